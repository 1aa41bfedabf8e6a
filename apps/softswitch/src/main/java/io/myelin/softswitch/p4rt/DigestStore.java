package io.myelin.softswitch.p4rt;

import com.google.rpc.Code;
import io.myelin.p4.config.v1.Digest;
import io.myelin.p4.v1.DigestEntry;
import io.myelin.p4.v1.DigestList;
import io.myelin.p4.v1.DigestListAck;
import io.myelin.p4.v1.P4Data;
import io.myelin.p4.v1.P4StructLike;
import io.myelin.p4.v1.Update;
import io.myelin.softswitch.time.Scheduler;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Digest configuration and lists: P4Runtime 1.4 §9.8. A list goes out when it is full or {@code
 * max_timeout_ns} old; the same digest is not reported again until its list was acknowledged or
 * {@code ack_timeout_ns} has passed.
 */
final class DigestStore {
  /** Bound on lists without an acknowledgement; digests beyond are dropped. */
  private static final int MAX_UNACKED = 64;

  private static final int DEFAULT_LIST_SIZE = 1;

  private final PipelineInfo info;
  private final Scheduler scheduler;
  private final Consumer<DigestList> out;
  private final Map<Integer, Stream> streams = new TreeMap<>();
  private final Map<String, Integer> ids = new HashMap<>();
  private long nextListId = 1;

  private static final class Stream {
    DigestEntry entry;
    final Map<P4Data, Long> suppressedUntil = new HashMap<>();
    final Map<Long, List<P4Data>> unacked = new HashMap<>();
    List<P4Data> pending = new ArrayList<>();
    long generation;

    Stream(DigestEntry entry) {
      this.entry = entry;
    }
  }

  DigestStore(PipelineInfo info, Scheduler scheduler, Consumer<DigestList> out) {
    this.info = info;
    this.scheduler = scheduler;
    this.out = out;
    info.digests().forEach((id, d) -> ids.put(d.getPreamble().getName(), id));
  }

  synchronized void write(Update.Type type, DigestEntry e) {
    int id = e.getDigestId();
    String name =
        PipelineInfo.find("digest", id, info.digests(), d -> d.getPreamble().getName())
            .getPreamble()
            .getName();
    boolean there = streams.containsKey(id);
    if (type == Update.Type.INSERT && there) {
      throw new RpcException(Code.ALREADY_EXISTS, "digest '" + name + "' is already configured");
    }
    if (type != Update.Type.INSERT && !there) {
      throw RpcException.notFound("digest '" + name + "' is not configured");
    }
    DigestEntry.Config c = e.getConfig();
    if (c.getMaxTimeoutNs() < 0 || c.getMaxListSize() < 0 || c.getAckTimeoutNs() < 0) {
      throw RpcException.invalid("digest '" + name + "': no value of its config may be negative");
    }
    switch (type) {
      case INSERT -> streams.put(id, new Stream(e));
      case MODIFY -> {
        Stream s = streams.get(id);
        if (s != null) {
          s.entry = e;
        }
      }
      case DELETE -> streams.remove(id);
      case UNSPECIFIED, UNRECOGNIZED -> throw ProfileStore.unspecified();
    }
  }

  synchronized void read(DigestEntry f, Consumer<DigestEntry> to) {
    streams.forEach(
        (id, s) -> {
          if (f.getDigestId() == 0 || f.getDigestId() == id) {
            to.accept(s.entry);
          }
        });
  }

  /** A digest from the data plane. */
  synchronized void digest(String name, List<byte[]> fields) {
    Integer id = ids.get(name);
    Stream s = id == null ? null : streams.get(id);
    Digest info0 = id == null ? null : info.digests().get(id);
    if (s == null || info0 == null || id == null) {
      return; // not configured: not reported
    }
    P4Data data = data(info0, fields);
    long now = scheduler.nowNs();
    Long until = s.suppressedUntil.get(data);
    if ((until != null && until > now)
        || s.pending.contains(data)
        || s.unacked.size() >= MAX_UNACKED) {
      return;
    }
    s.pending.add(data);
    int size = s.entry.getConfig().getMaxListSize();
    long timeout = s.entry.getConfig().getMaxTimeoutNs();
    if (s.pending.size() >= (size == 0 ? DEFAULT_LIST_SIZE : size) || timeout == 0) {
      flush(id, s);
    } else if (s.pending.size() == 1) {
      long mine = ++s.generation;
      scheduler.after(timeout, () -> timedOut(id, s, mine));
    }
  }

  private synchronized void timedOut(int id, Stream s, long generation) {
    if (generation == s.generation && !s.pending.isEmpty()) {
      flush(id, s);
    }
  }

  private void flush(int id, Stream s) {
    s.generation++;
    long list = nextListId++;
    long until = scheduler.nowNs() + s.entry.getConfig().getAckTimeoutNs();
    s.pending.forEach(d -> s.suppressedUntil.put(d, until));
    List<P4Data> data = s.pending;
    s.pending = new ArrayList<>();
    if (s.entry.getConfig().getAckTimeoutNs() > 0) {
      s.unacked.put(list, data);
      scheduler.after(s.entry.getConfig().getAckTimeoutNs(), () -> release(s, list));
    }
    out.accept(
        DigestList.newBuilder()
            .setDigestId(id)
            .setListId(list)
            .setTimestamp(scheduler.nowNs())
            .addAllData(data)
            .build());
  }

  private synchronized void release(Stream s, long list) {
    List<P4Data> data = s.unacked.remove(list);
    if (data != null) {
      data.forEach(s.suppressedUntil::remove);
    }
  }

  /** Returns what is wrong with an acknowledgement, or null. */
  synchronized @Nullable String ack(DigestListAck ack) {
    Stream s = streams.get(ack.getDigestId());
    if (s == null) {
      return "digest " + ack.getDigestId() + " is not configured";
    }
    if (!s.unacked.containsKey(ack.getListId())) {
      return "list " + ack.getListId() + " awaits no acknowledgement";
    }
    release(s, ack.getListId());
    return null;
  }

  private static P4Data data(Digest digest, List<byte[]> fields) {
    if (fields.size() == 1 && digest.getTypeSpec().hasBitstring()) {
      return P4Data.newBuilder().setBitstring(Bytestrings.of(fields.get(0))).build();
    }
    P4StructLike.Builder struct = P4StructLike.newBuilder();
    fields.forEach(f -> struct.addMembers(P4Data.newBuilder().setBitstring(Bytestrings.of(f))));
    return digest.getTypeSpec().hasTuple()
        ? P4Data.newBuilder().setTuple(struct).build()
        : P4Data.newBuilder().setStruct(struct).build();
  }
}
