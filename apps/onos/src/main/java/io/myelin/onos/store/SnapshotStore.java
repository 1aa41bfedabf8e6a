package io.myelin.onos.store;

import io.myelin.node.store.SnapshotFile;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.onosproject.store.service.ConsistentMap;
import org.onosproject.store.service.Versioned;

/**
 * Snapshots in an ONOS map: a state is cut into chunks that ONOS's messages can carry; {@code head}
 * names the newest whole one. A snapshot is replaced by a later one only.
 */
final class SnapshotStore {
  /** Far below the 1 MiB that ONOS's primitives were seen to carry at once. */
  private static final int CHUNK_BYTES = 256 << 10;

  private static final String HEAD = "head";

  private final ConsistentMap<String, byte[]> map;
  private final String member;

  SnapshotStore(ConsistentMap<String, byte[]> map, String member) {
    this.map = map;
    this.member = member;
  }

  /**
   * What {@code head} says.
   *
   * @param entry of the log, the last that the snapshot covers
   * @param term the highest that an entry up to there bore
   */
  record Head(long entry, long term, int chunks, String prefix) {
    static final Head NONE = new Head(0, 0, 0, "");

    byte[] encode() {
      byte[] p = prefix.getBytes(StandardCharsets.UTF_8);
      return ByteBuffer.allocate(20 + p.length)
          .putLong(entry)
          .putLong(term)
          .putInt(chunks)
          .put(p)
          .array();
    }

    static Head decode(byte[] bytes) {
      ByteBuffer b = ByteBuffer.wrap(bytes);
      return new Head(
          b.getLong(),
          b.getLong(),
          b.getInt(),
          new String(bytes, 20, bytes.length - 20, StandardCharsets.UTF_8));
    }
  }

  Head head() {
    Versioned<byte[]> v = map.get(HEAD);
    return v == null ? Head.NONE : Head.decode(v.value());
  }

  /** A snapshot's content; null: a newer one took its place meanwhile. */
  SnapshotFile.@Nullable Content read(Head head) throws IOException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (int i = 0; i < head.chunks; i++) {
      Versioned<byte[]> chunk = map.get(head.prefix + i);
      if (chunk == null) {
        return null;
      }
      all.writeBytes(chunk.value());
    }
    return SnapshotFile.read("the snapshot in ONOS's storage", all.toByteArray());
  }

  /**
   * Writes a snapshot, unless there is a later one.
   *
   * @return whether it is the newest now
   */
  boolean write(long entry, long term, SnapshotFile.Content content) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    SnapshotFile.write(bytes, content);
    byte[] all = bytes.toByteArray();
    int chunks = (all.length + CHUNK_BYTES - 1) / CHUNK_BYTES;
    Head next = new Head(entry, term, chunks, member + "/" + entry + "/");
    for (int i = 0; i < chunks; i++) {
      int from = i * CHUNK_BYTES;
      map.put(
          next.prefix + i, Arrays.copyOfRange(all, from, Math.min(all.length, from + CHUNK_BYTES)));
    }
    Versioned<byte[]> was = map.get(HEAD);
    Head before = was == null ? Head.NONE : Head.decode(was.value());
    boolean mine =
        before.entry < entry
            && (was == null
                ? map.putIfAbsent(HEAD, next.encode()) == null
                : map.replace(HEAD, was.version(), next.encode()));
    if (mine) {
      for (int i = 0; i < before.chunks; i++) {
        map.remove(before.prefix + i);
      }
    }
    // What this node wrote in vain, also in an earlier life.
    String newest = mine ? next.prefix : before.prefix;
    for (String key : map.keySet()) {
      if (key.startsWith(member + "/") && !key.startsWith(newest)) {
        map.remove(key);
      }
    }
    return mine;
  }
}
