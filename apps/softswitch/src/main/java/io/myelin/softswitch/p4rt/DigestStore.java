package io.myelin.softswitch.p4rt;

import io.myelin.p4.v1.DigestEntry;
import io.myelin.p4.v1.Entity;
import io.myelin.p4.v1.Update;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Which digests are enabled, and how (§9.8). */
final class DigestStore {
  private final PipelineInfo info;
  private final BiConsumer<DigestSpec, DigestEntry.@Nullable Config> target;
  private final Map<Integer, DigestEntry> entries = new TreeMap<>();

  DigestStore(PipelineInfo info, BiConsumer<DigestSpec, DigestEntry.@Nullable Config> target) {
    this.info = info;
    this.target = target;
  }

  void write(Update.Type type, DigestEntry d, UndoLog undo) {
    DigestSpec spec = info.digests.get(d.getDigestId());
    String what = "digest '" + spec.name() + "'";
    DigestEntry before = entries.get(d.getDigestId());
    if (type == Update.Type.INSERT && before != null) {
      throw Refusal.exists(what + " is enabled");
    }
    if (type != Update.Type.INSERT && before == null) {
      throw Refusal.notFound(what + " is not enabled");
    }
    DigestEntry.Config c = d.getConfig();
    if (type != Update.Type.DELETE
        && (c.getMaxTimeoutNs() < 0 || c.getMaxListSize() < 0 || c.getAckTimeoutNs() < 0)) {
      throw Refusal.invalid(
          what + " has a negative max_timeout_ns, max_list_size or ack_timeout_ns");
    }
    set(spec, type == Update.Type.DELETE ? null : d);
    undo.push(() -> set(spec, before));
  }

  private void set(DigestSpec spec, @Nullable DigestEntry d) {
    if (d == null) {
      entries.remove(spec.id());
      target.accept(spec, null);
    } else {
      entries.put(spec.id(), d);
      target.accept(spec, d.getConfig());
    }
  }

  void read(DigestEntry d, Consumer<Entity> out) {
    if (d.getDigestId() != 0) {
      info.digests.get(d.getDigestId());
    }
    entries.forEach(
        (id, e) -> {
          if (d.getDigestId() == 0 || d.getDigestId() == id) {
            out.accept(Entity.newBuilder().setDigestEntry(e).build());
          }
        });
  }
}
