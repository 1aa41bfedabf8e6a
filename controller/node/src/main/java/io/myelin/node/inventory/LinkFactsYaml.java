package io.myelin.node.inventory;

import io.myelin.core.model.Amount;
import io.myelin.core.model.Availability;
import io.myelin.core.model.Availability.Recurrence;
import io.myelin.core.model.Encryption;
import io.myelin.core.model.Ids;
import io.myelin.core.model.Invalid;
import io.myelin.core.model.LinkFacts;
import io.myelin.core.model.Medium;
import io.myelin.core.model.TimeWindow;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;

/**
 * The keys of a cable that say more than its ends, capacity, latency and cost. All are optional;
 * what is left out is unknown, and is not written.
 */
final class LinkFactsYaml {
  private LinkFactsYaml() {}

  static LinkFacts read(Yaml y) {
    return new LinkFacts(
        y.value("jitter", Amount.UNKNOWN, t -> Amount.of(Quantities.timeNs("jitter", t))),
        y.value("loss", Amount.UNKNOWN, t -> Amount.of(Quantities.sharePpb("loss", t))),
        y.values("regions", t -> t),
        y.value("encryption", Encryption.UNKNOWN, LinkFactsYaml::encryption),
        y.value("medium", Medium.UNKNOWN, Yaml.constant("medium", "a medium", Medium.values())),
        y.values("srlgs", t -> t),
        new Availability(
            y.list("available", LinkFactsYaml::recurrence),
            y.list("maintenance", LinkFactsYaml::recurrence)),
        y.value("source", "", t -> Ids.requireText("source", t)),
        mtu(y));
  }

  /** Also that of NICs; bytes. */
  static int mtu(Yaml y) {
    return y.value("mtu", 0, t -> Math.toIntExact(Math.min(Quantities.bytes("mtu", t), 1 << 20)));
  }

  static void writeMtu(StringBuilder s, int bytes) {
    if (bytes > 0) {
      s.append(", mtu: ").append(bytes);
    }
  }

  /** Also that of access links. */
  static Encryption encryption(String text) {
    return Yaml.constant("encryption", "an encryption", Encryption.values()).apply(text);
  }

  private static Recurrence recurrence(Yaml y) {
    long from = y.value("from", t -> Quantities.instantMs("from", t));
    long to = y.value("to", TimeWindow.FOREVER, t -> Quantities.instantMs("to", t));
    long lasts = y.value("for", TimeWindow.FOREVER, t -> Quantities.timeMs("for", t));
    Invalid.unless(
        to == TimeWindow.FOREVER || lasts == TimeWindow.FOREVER,
        "for",
        "is not allowed beside 'to'; allowed: one of them, or neither for no end");
    long end = lasts == TimeWindow.FOREVER ? to : TimeWindow.lasting(from, lasts).endMs();
    return new Recurrence(from, end, y.value("every", 0L, t -> Quantities.timeMs("every", t)));
  }

  /** Appends what {@link #read} reads back to the same facts. */
  static void write(StringBuilder s, LinkFacts f) {
    if (f.jitterNs().known()) {
      s.append(", jitter: ").append(f.jitterNs().value()).append("ns");
    }
    if (f.lossPpb().known()) {
      BigDecimal share = BigDecimal.valueOf(f.lossPpb().value(), 9).stripTrailingZeros();
      s.append(", loss: ").append(share.toPlainString());
    }
    if (!f.regions().isEmpty()) {
      s.append(", regions: ").append(f.regions());
    }
    writeEncryption(s, f.encryption());
    if (f.medium() != Medium.UNKNOWN) {
      s.append(", medium: ").append(Yaml.constant(f.medium()));
    }
    if (!f.srlgs().isEmpty()) {
      s.append(", srlgs: ").append(f.srlgs());
    }
    Yaml.optional(s, "source", f.source());
    writeMtu(s, f.mtuBytes());
    write(s, "available", f.availability().open());
    write(s, "maintenance", f.availability().closed());
  }

  static void writeEncryption(StringBuilder s, Encryption e) {
    if (e != Encryption.UNKNOWN) {
      s.append(", encryption: ").append(Yaml.constant(e));
    }
  }

  private static void write(StringBuilder s, String key, List<Recurrence> windows) {
    if (windows.isEmpty()) {
      return;
    }
    s.append(", ").append(key).append(": [");
    String separator = "";
    for (Recurrence r : windows) {
      s.append(separator).append("{from: \"").append(Instant.ofEpochMilli(r.startMs())).append('"');
      if (r.endMs() != TimeWindow.FOREVER) {
        s.append(", to: \"").append(Instant.ofEpochMilli(r.endMs())).append('"');
      }
      if (r.everyMs() > 0) {
        s.append(", every: ").append(r.everyMs()).append("ms");
      }
      s.append('}');
      separator = ", ";
    }
    s.append(']');
  }
}
