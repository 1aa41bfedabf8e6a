package io.myelin.node.southbound;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import io.myelin.core.model.U128;
import io.myelin.core.pipeline.Entry;
import io.myelin.core.pipeline.EntryAction;
import io.myelin.core.pipeline.EntryKey;
import io.myelin.core.pipeline.FieldMatch;
import io.myelin.core.pipeline.myelin.MyelinPipeline;
import io.myelin.core.pipeline.myelin.MyelinTable;
import io.myelin.core.reconcile.TableUpdate;
import io.myelin.p4.v1.CloneSessionEntry;
import io.myelin.p4.v1.TableEntry;
import io.myelin.p4.v1.WriteRequest;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

final class EntryCodecTest {
  private final EntryDecoder decoder =
      new EntryDecoder(CompiledProgram.of(MyelinPipeline.INSTANCE));
  private final WriteEncoder encoder =
      new WriteEncoder(CompiledProgram.of(MyelinPipeline.INSTANCE));

  private static final Entry STEERING =
      new Entry(
          new EntryKey(
              MyelinTable.PATH_STEERING,
              List.of(
                  FieldMatch.ternary("tenant", 3, 16),
                  FieldMatch.ternary("src_addr", new U128(7, -1), U128.MAX),
                  FieldMatch.ternary("dest_qp", 0xabcdef, 24)),
              30),
          new EntryAction.Call(
              "push_2",
              List.of(
                  new EntryAction.Arg("label1", U128.of(17)),
                  new EntryAction.Arg("label2", U128.ZERO),
                  new EntryAction.Arg("tc", U128.of(1)),
                  new EntryAction.Arg("gated", U128.ZERO))),
          new Entry.Meter(1, 2, 3, 4));

  private static final Entry ROUTE =
      new Entry(
          new EntryKey(
              MyelinTable.ROUTING,
              List.of(FieldMatch.lpm("dst_addr", new U128(0, 0xffff0a000001L), 128)),
              0),
          new EntryAction.Weighted(
              List.of(
                  new EntryAction.Member(EntryAction.call("forward", "port", 1), 2, 1),
                  new EntryAction.Member(EntryAction.call("forward", "port", 300), 1, 0))));

  @Test
  void whatIsReadBackEqualsWhatWasWritten() {
    for (Entry e : List.of(STEERING, ROUTE)) {
      assertEquals(e, decoder.decode(wire(e)));
    }
  }

  @Test
  void cloneSessionsAreEntriesToo() {
    Entry e =
        new Entry(
            new EntryKey(MyelinTable.CLONE_SESSION, List.of(FieldMatch.exact("session_id", 1)), 0),
            EntryAction.call(EntryAction.CLONE_TO, "port", 255));
    CloneSessionEntry wire =
        parse(encoder.encode(7, 5, 3, List.of(new TableUpdate(TableUpdate.Type.INSERT, e))))
            .getUpdates(0)
            .getEntity()
            .getPacketReplicationEngineEntry()
            .getCloneSessionEntry();
    assertEquals(1, wire.getSessionId());
    assertEquals(ByteString.copyFrom(new byte[] {-1}), wire.getReplicas(0).getPort());
    assertEquals(e, decoder.decode(wire));
  }

  private TableEntry wire(Entry e) {
    return parse(encoder.encode(7, 5, 3, List.of(new TableUpdate(TableUpdate.Type.INSERT, e))))
        .getUpdates(0)
        .getEntity()
        .getTableEntry();
  }

  private static WriteRequest parse(WriteEncoder.Encoded e) {
    try {
      return WriteRequest.parseFrom(ByteString.copyFrom(e.buffer(), e.offset(), e.length()));
    } catch (InvalidProtocolBufferException malformed) {
      throw new AssertionError(malformed);
    }
  }

  @Test
  @SuppressWarnings("EnumOrdinal") // each type in turn
  void batchesKeepTheirOrderAndTheirHeader() {
    List<TableUpdate> updates = new ArrayList<>();
    for (int i = 0; i < 1_000; i++) {
      EntryKey key = new EntryKey(MyelinTable.ADJACENCY, List.of(FieldMatch.exact("label", i)), 0);
      updates.add(
          new TableUpdate(
              TableUpdate.Type.values()[i % 3],
              new Entry(key, EntryAction.call("pop_forward", "port", 1))));
    }
    WriteRequest r = parse(encoder.encode(7, 5, -1, updates));
    assertEquals(7, r.getDeviceId());
    assertEquals(5, r.getElectionId().getHigh());
    assertEquals(-1, r.getElectionId().getLow());
    assertEquals(1_000, r.getUpdatesCount());
    for (int i = 0; i < 1_000; i++) {
      assertEquals(i % 3 + 1, r.getUpdates(i).getTypeValue());
      TableEntry e = r.getUpdates(i).getEntity().getTableEntry();
      assertEquals(i, EntryDecoder.value(e.getMatch(0).getExact().getValue()).lo());
      assertEquals(i % 3 != 2, e.hasAction(), "a removal carries its key only");
    }
  }

  /** Widths, zeros and the boundary between the halves of 128 bits. */
  @Property(tries = 500)
  void everyValueSurvives(
      @ForAll long hi, @ForAll long lo, @ForAll @IntRange(max = 127) int shift) {
    U128 value = shift >= 64 ? new U128(0, lo >>> (shift - 64)) : new U128(hi >>> shift, lo);
    Entry e =
        new Entry(
            new EntryKey(
                MyelinTable.PATH_STEERING,
                List.of(FieldMatch.ternary("src_addr", value, U128.MAX)),
                1),
            new EntryAction.Call(
                "push_1",
                List.of(
                    new EntryAction.Arg("label1", U128.of(17)),
                    new EntryAction.Arg("tc", U128.ZERO),
                    new EntryAction.Arg("gated", U128.ZERO))));
    assertEquals(e, decoder.decode(wire(e)));
    TableEntry wire = wire(e);
    assertEquals(
        ByteString.copyFrom(value.canonicalBytes()), wire.getMatch(0).getTernary().getValue());
  }

  @Test
  void defaultEntriesAreMarked() {
    Entry e =
        new Entry(
            EntryKey.defaultOf(MyelinTable.SWITCH_CONFIG),
            new EntryAction.Call(
                "set_switch",
                java.util.List.of(
                    new EntryAction.Arg("switch_id", U128.of(3)),
                    new EntryAction.Arg("hash_seed", U128.of(9)))));
    assertTrue(wire(e).getIsDefaultAction());
    assertEquals(e, decoder.decode(wire(e)));
  }

  @Test
  void bytesAreCanonical() {
    TableEntry wire = wire(STEERING);
    assertEquals(1, wire.getMatch(0).getTernary().getValue().size());
    assertEquals(2, wire.getMatch(0).getTernary().getMask().size());
    assertEquals(
        1, wire.getAction().getAction().getParams(1).getValue().size(), "zero is one byte");
  }

  @Test
  void unknownNamesAreAnsweredWithTheKnownOnes() {
    Entry bad =
        new Entry(
            new EntryKey(MyelinTable.ADJACENCY, List.of(FieldMatch.exact("lable", 1)), 0),
            EntryAction.call("pop_forward", "port", 1));
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class,
            () -> encoder.encode(1, 1, 1, List.of(new TableUpdate(TableUpdate.Type.INSERT, bad))));
    assertTrue(String.valueOf(e.getMessage()).contains("'lable'; it has: [label]"), e.getMessage());
  }
}
