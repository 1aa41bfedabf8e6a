package io.myelin.softswitch.p4rt;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.protobuf.ByteString;
import io.grpc.Status;
import io.myelin.p4.v1.Entity;
import io.myelin.p4.v1.FieldMatch;
import io.myelin.p4.v1.TableEntry;
import io.myelin.p4.v1.Update;
import io.myelin.softswitch.engine.P4Program;
import io.myelin.softswitch.engine.Softswitch;
import io.myelin.softswitch.time.VirtualScheduler;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** Random writes against a model: a map from what identifies an entry to the entry. */
final class TableModelPropertyTest {
  private static final P4Program PROGRAM =
      P4Program.parse(Programs.CONFORMANCE.getP4DeviceConfig().toByteArray());
  private static final PipelineInfo INFO =
      PipelineInfo.of(Programs.CONFORMANCE.getP4Info(), PROGRAM);

  private record Key(Set<FieldMatch> match, int priority) {}

  private final Map<String, Integer> tables = new HashMap<>();
  private final Map<String, Integer> actions = new HashMap<>();

  TableModelPropertyTest() {
    Programs.CONFORMANCE
        .getP4Info()
        .getTablesList()
        .forEach(t -> tables.put(t.getPreamble().getAlias(), t.getPreamble().getId()));
    Programs.CONFORMANCE
        .getP4Info()
        .getActionsList()
        .forEach(a -> actions.put(a.getPreamble().getAlias(), a.getPreamble().getId()));
  }

  private static ByteString bytes(Random random, int value, boolean canonical) {
    byte[] b = canonical ? new byte[] {(byte) value} : new byte[1 + random.nextInt(4)];
    b[b.length - 1] = (byte) value;
    return ByteString.copyFrom(b);
  }

  /** An entry of a small space, so that keys collide; the second form has longer strings. */
  private TableEntry entry(Random key, Random form, boolean canonical, int priority) {
    TableEntry.Builder e =
        TableEntry.newBuilder().setTableId(tables.getOrDefault("acl", 0)).setPriority(priority);
    if (key.nextBoolean()) {
      int mask = 1 + key.nextInt(3);
      FieldMatch.Builder m = e.addMatchBuilder().setFieldId(1);
      m.getTernaryBuilder()
          .setValue(bytes(form, key.nextInt(4) & mask, canonical))
          .setMask(bytes(form, mask, canonical));
    }
    if (key.nextBoolean()) {
      int low = key.nextInt(2);
      e.addMatchBuilder()
          .setFieldId(2)
          .getRangeBuilder()
          .setLow(bytes(form, low, canonical))
          .setHigh(bytes(form, low + key.nextInt(2), canonical));
    }
    if (key.nextBoolean()) {
      e.addMatchBuilder()
          .setFieldId(3)
          .getOptionalBuilder()
          .setValue(bytes(form, key.nextInt(2), canonical));
    }
    e.addMatchBuilder()
        .setFieldId(4)
        .getExactBuilder()
        .setValue(bytes(form, key.nextInt(2), canonical));
    int port = key.nextInt(200);
    e.getActionBuilder()
        .getActionBuilder()
        .setActionId(actions.getOrDefault("out_of", 0))
        .addParamsBuilder()
        .setParamId(1)
        .setValue(bytes(form, port, canonical));
    return e.build();
  }

  @Property(tries = 60)
  void writesAndReadsAgreeWithAMap(@ForAll long seed) {
    Random random = new Random(seed);
    Softswitch sw = new Softswitch(new VirtualScheduler());
    sw.load(PROGRAM);
    ForwardingState state =
        new ForwardingState(
            INFO, sw, new IdleTimeouts(sw, () -> 0, n -> {}, t -> {}), (spec, config) -> {});
    Map<Key, TableEntry> model = new HashMap<>();
    for (int i = 0; i < 400; i++) {
      long keySeed = random.nextLong();
      int priority = 1 + random.nextInt(3);
      TableEntry canonical = entry(new Random(keySeed), random, true, priority);
      TableEntry given =
          random.nextBoolean() ? canonical : entry(new Random(keySeed), random, false, priority);
      Key key = new Key(new HashSet<>(canonical.getMatchList()), priority);
      Update.Type type =
          List.of(Update.Type.INSERT, Update.Type.INSERT, Update.Type.MODIFY, Update.Type.DELETE)
              .get(random.nextInt(4));
      Status.Code expected = expected(type, model.containsKey(key), model.size());
      assertEquals(expected, write(state, type, given), () -> "seed " + seed + ": " + given);
      if (expected == Status.Code.OK) {
        if (type == Update.Type.DELETE) {
          model.remove(key);
        } else {
          model.put(key, canonical);
        }
      }
    }
    List<TableEntry> read = new ArrayList<>();
    new StateReader(state, e -> read.add(e.getTableEntry()))
        .read(
            Entity.newBuilder()
                .setTableEntry(TableEntry.newBuilder().setTableId(tables.getOrDefault("acl", 0)))
                .build());
    assertEquals(new HashSet<>(model.values()), new HashSet<>(read), () -> "seed " + seed);
    assertEquals(model.size(), read.size());
  }

  private static Status.Code expected(Update.Type type, boolean present, int size) {
    if (type != Update.Type.INSERT) {
      return present ? Status.Code.OK : Status.Code.NOT_FOUND;
    }
    if (present) {
      return Status.Code.ALREADY_EXISTS;
    }
    return size >= 64 ? Status.Code.RESOURCE_EXHAUSTED : Status.Code.OK;
  }

  private static Status.Code write(ForwardingState state, Update.Type type, TableEntry entry) {
    try {
      state.write(
          Update.newBuilder()
              .setType(type)
              .setEntity(Entity.newBuilder().setTableEntry(entry))
              .build(),
          UndoLog.OFF);
      return Status.Code.OK;
    } catch (Refusal r) {
      return r.code();
    }
  }
}
