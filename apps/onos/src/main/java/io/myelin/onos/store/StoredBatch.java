package io.myelin.onos.store;

import io.myelin.node.store.LogRecord;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * An entry of the log as it lies in ONOS's map: the term under which it was written, who wrote it,
 * and one or more records. Several commands that were waiting share one entry, since each costs a
 * round among ONOS's nodes.
 */
record StoredBatch(long term, String member, List<LogRecord> records) {
  /** A description of 10,000 switches, deflated, must fit. */
  private static final int MAX_RECORD_BYTES = 1 << 24;

  StoredBatch {
    records = List.copyOf(records);
  }

  byte[] encode() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(bytes);
    try {
      out.writeLong(term);
      out.writeUTF(member);
      out.writeInt(records.size());
      for (LogRecord r : records) {
        byte[] one = r.encode();
        out.writeInt(one.length);
        out.write(one);
      }
    } catch (IOException e) {
      throw new IllegalStateException("memory does not fail", e);
    }
    return bytes.toByteArray();
  }

  /**
   * @throws IOException naming what cannot be read
   */
  static StoredBatch decode(byte[] bytes) throws IOException {
    DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes));
    long term = in.readLong();
    String member = in.readUTF();
    int n = in.readInt();
    List<LogRecord> records = new ArrayList<>();
    for (int i = 0; i < n; i++) {
      int length = in.readInt();
      if (length < 0 || length > MAX_RECORD_BYTES) {
        throw new IOException("a log entry with a record of " + length + " bytes");
      }
      byte[] one = new byte[length];
      in.readFully(one);
      records.add(LogRecord.decode(one));
    }
    return new StoredBatch(term, member, records);
  }
}
