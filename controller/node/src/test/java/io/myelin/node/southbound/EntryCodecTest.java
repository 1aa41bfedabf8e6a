package io.myelin.node.southbound;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.myelin.core.model.U128;
import io.myelin.core.reconcile.TableUpdate;
import io.myelin.core.tables.Entry;
import io.myelin.core.tables.EntryAction;
import io.myelin.core.tables.EntryKey;
import io.myelin.core.tables.FieldMatch;
import io.myelin.core.tables.P4Table;
import io.myelin.p4.v1.TableEntry;
import java.util.List;
import org.junit.jupiter.api.Test;

final class EntryCodecTest {
  private final EntryCodec codec = new EntryCodec(Pipeline.myelin());

  private static final Entry STEERING =
      new Entry(
          new EntryKey(
              P4Table.PATH_STEERING,
              List.of(
                  FieldMatch.ternary("tenant", 3, 16),
                  FieldMatch.ternary("src_addr", new U128(7, -1), U128.MAX),
                  FieldMatch.ternary("dest_qp", 0xabcdef, 24)),
              30),
          new EntryAction.Call(
              "push_2",
              List.of(
                  new EntryAction.Arg("label1", U128.of(17)),
                  new EntryAction.Arg("label2", U128.ZERO))),
          new Entry.Meter(1, 2, 3, 4));

  private static final Entry ROUTE =
      new Entry(
          new EntryKey(
              P4Table.ROUTING,
              List.of(FieldMatch.lpm("dst_addr", new U128(0, 0xffff0a000001L), 128)),
              0),
          new EntryAction.Weighted(
              List.of(
                  new EntryAction.Member(EntryAction.call("forward", "port", 1), 2, 1),
                  new EntryAction.Member(EntryAction.call("forward", "port", 300), 1, 0))));

  @Test
  void whatIsReadBackEqualsWhatWasWritten() {
    for (Entry e : List.of(STEERING, ROUTE)) {
      TableEntry wire =
          codec.encode(new TableUpdate(TableUpdate.Type.INSERT, e)).getEntity().getTableEntry();
      assertEquals(e, codec.decode(wire));
    }
  }

  @Test
  void bytesAreCanonical() {
    TableEntry wire =
        codec
            .encode(new TableUpdate(TableUpdate.Type.INSERT, STEERING))
            .getEntity()
            .getTableEntry();
    assertEquals(1, wire.getMatch(0).getTernary().getValue().size());
    assertEquals(2, wire.getMatch(0).getTernary().getMask().size());
    assertEquals(
        1, wire.getAction().getAction().getParams(1).getValue().size(), "zero is one byte");
  }

  @Test
  void unknownNamesAreAnsweredWithTheKnownOnes() {
    Entry bad =
        new Entry(
            new EntryKey(P4Table.ADJACENCY, List.of(FieldMatch.exact("lable", 1)), 0),
            EntryAction.call("pop_forward", "port", 1));
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class,
            () -> codec.encode(new TableUpdate(TableUpdate.Type.INSERT, bad)));
    assertTrue(String.valueOf(e.getMessage()).contains("'lable'; it has: [label]"), e.getMessage());
  }
}
