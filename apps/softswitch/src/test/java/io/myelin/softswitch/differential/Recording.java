package io.myelin.softswitch.differential;

import io.myelin.p4.v1.Update;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/** Runs a scenario on one switch and notes what happens. */
final class Recording {
  /** Batches whose outcome is kept in full; of the others a digest. */
  static final int FULL_BATCHES = 150;

  private Recording() {}

  /** SHA-256 of entries and packets: says whether the generators still make the same ones. */
  private static final class Inputs {
    private final MessageDigest digest = Program.sha256();

    void add(List<Packets.Packet> batch) {
      for (Packets.Packet p : batch) {
        digest.update(ByteBuffer.allocate(8).putInt(p.port()).putInt(p.frame().length).array());
        digest.update(p.frame());
      }
    }

    String hex() {
      return HexFormat.of().formatHex(digest.digest());
    }
  }

  static Vectors of(Comparison.Scenario scenario, Subject subject, long seed, int packets) {
    Inputs inputs = new Inputs();
    List<Update> entries = scenario.entries(seed);
    entries.forEach(u -> inputs.digest.update(u.toByteArray()));
    scenario.program(subject, seed);
    Packets source = scenario.source(seed);
    List<String> texts = new ArrayList<>();
    List<Long> digests = new ArrayList<>();
    for (int sent = 0; sent < packets; sent += Comparison.BATCH) {
      List<Packets.Packet> batch = Comparison.batch(source);
      inputs.add(batch);
      String text = Observation.of(subject.feed(batch), batch.size(), scenario.mask()).text();
      if (texts.size() < FULL_BATCHES) {
        texts.add(text);
      } else {
        digests.add(Vectors.digest(text));
      }
    }
    return new Vectors(
        scenario.program().hash(),
        seed,
        inputs.hex(),
        texts,
        digests,
        Counters.read(scenario.program(), subject.client()).toString());
  }
}
