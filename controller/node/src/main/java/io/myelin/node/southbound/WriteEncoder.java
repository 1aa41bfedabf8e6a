package io.myelin.node.southbound;

import io.myelin.core.model.U128;
import io.myelin.core.pipeline.Entry;
import io.myelin.core.pipeline.EntryAction;
import io.myelin.core.pipeline.EntryKey;
import io.myelin.core.pipeline.FieldMatch;
import io.myelin.core.pipeline.Table;
import io.myelin.core.reconcile.TableUpdate;
import io.myelin.p4.config.v1.MatchField;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Encodes a batch as a {@code p4.v1.WriteRequest}, straight from entries by name to bytes on the
 * wire.
 *
 * <p>Building protobuf messages for every match and parameter took as long as the rest of a write
 * together (docs/BENCHMARKS.md). Here the request is written from its end to its beginning: when a
 * nested message's length is wanted, its content is already there, so one pass does.
 *
 * <p>All names are resolved on construction, so that a program that lacks one fails there. Field
 * numbers are those of p4runtime.proto; EntryCodecTest parses the result with the generated
 * classes.
 */
final class WriteEncoder {
  private static final int VARINT = 0;
  private static final int BYTES = 2;

  private final Map<Table, TableIds> tables = new HashMap<>();
  private final Map<String, ActionIds> actions = new HashMap<>();

  private record TableIds(int id, Map<String, FieldIds> fields) {}

  private record FieldIds(int id, U128 ones) {}

  private record ActionIds(int id, Map<String, Integer> params) {}

  /** A request on its way: {@code length} bytes from {@code offset}. */
  record Encoded(byte[] buffer, int offset, int length) {}

  WriteEncoder(CompiledProgram program) {
    for (Table t : program.pipeline().tables()) {
      if (t.isCloneSessions()) {
        continue; // not of the program
      }
      io.myelin.p4.config.v1.Table info = program.table(t.p4Name());
      Map<String, FieldIds> fields = new HashMap<>();
      for (MatchField f : info.getMatchFieldsList()) {
        fields.put(f.getName(), new FieldIds(f.getId(), U128.ones(f.getBitwidth())));
      }
      tables.put(t, new TableIds(info.getPreamble().getId(), fields));
      info.getActionRefsList().forEach(ref -> learn(program.actionById(ref.getId())));
    }
  }

  private void learn(io.myelin.p4.config.v1.Action action) {
    Map<String, Integer> params = new HashMap<>();
    action.getParamsList().forEach(p -> params.put(p.getName(), p.getId()));
    actions.put(
        action.getPreamble().getAlias(), new ActionIds(action.getPreamble().getId(), params));
  }

  /**
   * Encodes a batch; thread-safe.
   *
   * @param electionHigh high half of the election id; the low half is {@code electionLow}
   */
  Encoded encode(long deviceId, long electionHigh, long electionLow, List<TableUpdate> updates) {
    Backwards out = new Backwards(64 + 192 * updates.size());
    for (int i = updates.size() - 1; i >= 0; i--) {
      int end = out.position();
      update(out, updates.get(i));
      out.close(4, end);
    }
    int end = out.position();
    out.number(2, electionLow);
    out.number(1, electionHigh);
    out.close(3, end);
    out.number(1, deviceId);
    return out.encoded();
  }

  private void update(Backwards out, TableUpdate u) {
    int entity = out.position();
    int content = out.position();
    if (u.entry().key().table().isCloneSessions()) {
      int session = out.position();
      CloneSessions.encode(u.entry(), out);
      out.close(2, session);
      out.close(9, content); // packet_replication_engine_entry
    } else {
      entry(out, u.entry(), u.type() == TableUpdate.Type.DELETE);
      out.close(2, content); // table_entry
    }
    out.close(2, entity);
    out.number(
        1,
        switch (u.type()) {
          case INSERT -> 1;
          case MODIFY -> 2;
          case DELETE -> 3;
        });
  }

  private void entry(Backwards out, Entry e, boolean keyOnly) {
    EntryKey key = e.key();
    TableIds ids = tables.get(key.table());
    if (ids == null) {
      throw new AssertionError("every table is resolved on construction: " + key.table());
    }
    if (key.isDefault()) {
      out.number(8, 1);
    }
    if (!keyOnly) {
      meter(out, e);
    }
    out.number(4, key.priority());
    if (!keyOnly) {
      int end = out.position();
      tableAction(out, e.action());
      out.close(3, end);
    }
    for (int i = key.match().size() - 1; i >= 0; i--) {
      int end = out.position();
      match(out, key.table(), ids, key.match().get(i));
      out.close(2, end);
    }
    out.number(1, ids.id);
  }

  private static void meter(Backwards out, Entry e) {
    Entry.Meter m = e.meter();
    if (m != null) {
      int end = out.position();
      out.number(4, m.peakBurst());
      out.number(3, m.peakPerS());
      out.number(2, m.committedBurst());
      out.number(1, m.committedPerS());
      out.close(6, end);
    }
  }

  private static void match(Backwards out, Table table, TableIds ids, FieldMatch m) {
    FieldIds field = ids.fields.get(m.field());
    if (field == null) {
      throw new IllegalArgumentException(
          "table '"
              + table.p4Name()
              + "' has no field '"
              + m.field()
              + "'; it has: "
              + ids.fields.keySet());
    }
    int end = out.position();
    switch (m.kind()) {
      case EXACT -> {
        out.value(1, m.value());
        out.close(2, end);
      }
      case LPM -> {
        out.number(2, m.prefixLength());
        out.value(1, m.value());
        out.close(4, end);
      }
      case TERNARY -> {
        out.value(2, m.mask().and(field.ones));
        out.value(1, m.value());
        out.close(3, end);
      }
    }
    out.number(1, field.id);
  }

  private void tableAction(Backwards out, EntryAction action) {
    int end = out.position();
    if (action instanceof EntryAction.Call call) {
      call(out, call);
      out.close(1, end);
      return;
    }
    List<EntryAction.Member> members = ((EntryAction.Weighted) action).members();
    for (int i = members.size() - 1; i >= 0; i--) {
      EntryAction.Member m = members.get(i);
      int member = out.position();
      if (m.watchPort() != 0) {
        out.value(4, U128.of(m.watchPort()));
      }
      out.number(2, m.weight());
      int call = out.position();
      call(out, m.call());
      out.close(1, call);
      out.close(1, member);
    }
    out.close(4, end);
  }

  private void call(Backwards out, EntryAction.Call call) {
    ActionIds ids = actions.get(call.action());
    if (ids == null) {
      throw new IllegalArgumentException(
          "the program has no action '" + call.action() + "'; it has: " + actions.keySet());
    }
    for (int i = call.args().size() - 1; i >= 0; i--) {
      EntryAction.Arg arg = call.args().get(i);
      Integer id = ids.params.get(arg.name());
      if (id == null) {
        throw new IllegalArgumentException(
            "action '"
                + call.action()
                + "' has no parameter '"
                + arg.name()
                + "'; it has: "
                + ids.params.keySet());
      }
      int end = out.position();
      out.value(3, arg.value());
      out.number(2, id);
      out.close(4, end);
    }
    out.number(1, ids.id);
  }

  /** Protobuf's wire format, written from the end; grows to the left. */
  static final class Backwards {
    private static final int LONGEST_FIELD = 32;
    private byte[] buffer;
    private int start;

    Backwards(int capacity) {
      buffer = new byte[capacity];
      start = capacity;
    }

    int position() {
      return start - buffer.length; // counted from the end, so that growing changes nothing
    }

    Encoded encoded() {
      return new Encoded(buffer, start, buffer.length - start);
    }

    private void room() {
      if (start < LONGEST_FIELD) {
        byte[] larger = new byte[2 * buffer.length + LONGEST_FIELD];
        System.arraycopy(
            buffer, start, larger, larger.length - (buffer.length - start), buffer.length - start);
        start += larger.length - buffer.length;
        buffer = larger;
      }
    }

    /** A varint field; like protobuf, leaves out zero. */
    void number(int field, long value) {
      if (value != 0) {
        room();
        varint(value);
        varint(field << 3 | VARINT);
      }
    }

    /** A bytes field: the canonical form of a value (P4Runtime 1.4 §8.4). */
    void value(int field, U128 value) {
      room();
      int end = start;
      long lo = value.lo();
      for (long hi = value.hi(); hi != 0; hi >>>= 8) {
        if (end - start < 8) {
          // The low half comes first, whole, when there is a high half.
          for (int i = 0; i < 8; i++) {
            buffer[--start] = (byte) (lo >>> (8 * i));
          }
          lo = 0;
        }
        buffer[--start] = (byte) hi;
      }
      for (; lo != 0; lo >>>= 8) {
        buffer[--start] = (byte) lo;
      }
      if (start == end) {
        buffer[--start] = 0;
      }
      varint(end - start);
      varint(field << 3 | BYTES);
    }

    /** Makes what was written since {@code end} the content of a message field. */
    void close(int field, int end) {
      room();
      varint(end - position());
      varint(field << 3 | BYTES);
    }

    private void varint(long value) {
      int size = Math.max(1, (70 - Long.numberOfLeadingZeros(value)) / 7);
      start -= size;
      int at = start;
      long v = value;
      while ((v & ~0x7fL) != 0) {
        buffer[at++] = (byte) (v | 0x80);
        v >>>= 7;
      }
      buffer[at] = (byte) v;
    }
  }
}
