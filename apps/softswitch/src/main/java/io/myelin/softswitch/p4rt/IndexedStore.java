package io.myelin.softswitch.p4rt;

import com.google.rpc.Code;
import io.myelin.p4.config.v1.Counter;
import io.myelin.p4.config.v1.Meter;
import io.myelin.p4.config.v1.Register;
import io.myelin.p4.v1.CounterEntry;
import io.myelin.p4.v1.Entity;
import io.myelin.p4.v1.Index;
import io.myelin.p4.v1.MeterConfig;
import io.myelin.p4.v1.MeterEntry;
import io.myelin.p4.v1.P4Data;
import io.myelin.p4.v1.RegisterEntry;
import io.myelin.p4.v1.Update;
import io.myelin.softswitch.engine.SwitchControl;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Indirect counters, meters and registers: P4Runtime 1.4 §9.3, §9.4, §9.7. */
final class IndexedStore {
  private final PipelineInfo info;
  private final SwitchControl control;
  private final Map<Cell, MeterConfig> meterConfigs = new HashMap<>();

  private record Cell(int id, int index) {}

  IndexedStore(PipelineInfo info, SwitchControl control) {
    this.info = info;
    this.control = control;
  }

  // ---- write ---------------------------------------------------------------------------------

  void write(Update.Type type, CounterEntry e) {
    modifyOnly(type, "counter");
    String name = counter(e.getCounterId());
    int size = control.counterSize(name);
    if (!e.hasIndex()) {
      for (int i = 0; i < size; i++) {
        control.setCounter(name, i, TableStore.value(e.getData()));
      }
      return;
    }
    control.setCounter(
        name, index("counter", name, e.getIndex(), size), TableStore.value(e.getData()));
  }

  void write(Update.Type type, MeterEntry e) {
    modifyOnly(type, "meter");
    String name = meter(e.getMeterId());
    int size = control.meterSize(name);
    int from = e.hasIndex() ? index("meter", name, e.getIndex(), size) : 0;
    int to = e.hasIndex() ? from + 1 : size;
    MeterConfig config = e.hasConfig() ? e.getConfig() : null;
    for (int i = from; i < to; i++) {
      setMeter(e.getMeterId(), name, i, config);
    }
  }

  private void setMeter(int id, String name, int index, @Nullable MeterConfig config) {
    control.setMeter(name, index, config == null ? null : TableStore.rates(config));
    if (config == null) {
      meterConfigs.remove(new Cell(id, index));
    } else {
      meterConfigs.put(new Cell(id, index), config);
    }
  }

  void write(Update.Type type, RegisterEntry e) {
    modifyOnly(type, "register");
    Register register = register(e.getRegisterId());
    String name = register.getPreamble().getName();
    int width = width(register);
    if (e.getData().getDataCase() != P4Data.DataCase.BITSTRING) {
      throw RpcException.invalid(
          "register '" + name + "': data is " + e.getData().getDataCase() + "; allowed: BITSTRING");
    }
    byte[] value =
        Bytestrings.canonical(e.getData().getBitstring(), width, "register '" + name + "'")
            .toByteArray();
    int size = control.registerSize(name);
    int from = e.hasIndex() ? index("register", name, e.getIndex(), size) : 0;
    int to = e.hasIndex() ? from + 1 : size;
    for (int i = from; i < to; i++) {
      control.setRegister(name, i, value);
    }
  }

  private static void modifyOnly(Update.Type type, String kind) {
    if (type != Update.Type.MODIFY) {
      throw RpcException.invalid("a " + kind + " entry can only be modified");
    }
  }

  private static int index(String kind, String name, Index index, int size) {
    if (index.getIndex() < 0 || index.getIndex() >= size) {
      throw new RpcException(
          Code.OUT_OF_RANGE,
          kind
              + " '"
              + name
              + "': index "
              + index.getIndex()
              + " is not allowed; allowed: 0 to "
              + (size - 1));
    }
    return (int) index.getIndex();
  }

  private static int width(Register r) {
    var spec = r.getTypeSpec();
    if (!spec.hasBitstring() || !spec.getBitstring().hasBit()) {
      throw RpcException.unimplemented(
          "register '" + r.getPreamble().getName() + "': only registers of bit<W> can be accessed");
    }
    return spec.getBitstring().getBit().getBitwidth();
  }

  private String counter(int id) {
    return PipelineInfo.find("counter", id, info.counters(), c -> c.getPreamble().getName())
        .getPreamble()
        .getName();
  }

  private String meter(int id) {
    return PipelineInfo.find("meter", id, info.meters(), m -> m.getPreamble().getName())
        .getPreamble()
        .getName();
  }

  private Register register(int id) {
    return PipelineInfo.find("register", id, info.registers(), r -> r.getPreamble().getName());
  }

  // ---- read ----------------------------------------------------------------------------------

  void read(CounterEntry f, Consumer<Entity> out) {
    if (f.getCounterId() != 0) {
      counter(f.getCounterId());
    }
    for (Map.Entry<Integer, Counter> c : info.counters().entrySet()) {
      if (f.getCounterId() != 0 && f.getCounterId() != c.getKey()) {
        continue;
      }
      String name = c.getValue().getPreamble().getName();
      int size = control.counterSize(name);
      int from = f.hasIndex() ? index("counter", name, f.getIndex(), size) : 0;
      int to = f.hasIndex() ? from + 1 : size;
      for (int i = from; i < to; i++) {
        out.accept(
            Entity.newBuilder()
                .setCounterEntry(
                    CounterEntry.newBuilder()
                        .setCounterId(c.getKey())
                        .setIndex(Index.newBuilder().setIndex(i))
                        .setData(TableStore.data(control.counter(name, i))))
                .build());
      }
    }
  }

  void read(MeterEntry f, Consumer<Entity> out) {
    if (f.getMeterId() != 0) {
      meter(f.getMeterId());
    }
    for (Map.Entry<Integer, Meter> m : info.meters().entrySet()) {
      if (f.getMeterId() != 0 && f.getMeterId() != m.getKey()) {
        continue;
      }
      String name = m.getValue().getPreamble().getName();
      int size = control.meterSize(name);
      int from = f.hasIndex() ? index("meter", name, f.getIndex(), size) : 0;
      int to = f.hasIndex() ? from + 1 : size;
      for (int i = from; i < to; i++) {
        MeterEntry.Builder b =
            MeterEntry.newBuilder().setMeterId(m.getKey()).setIndex(Index.newBuilder().setIndex(i));
        MeterConfig config = meterConfigs.get(new Cell(m.getKey(), i));
        if (config != null) {
          b.setConfig(config);
        }
        out.accept(Entity.newBuilder().setMeterEntry(b).build());
      }
    }
  }

  void read(RegisterEntry f, Consumer<Entity> out) {
    if (f.getRegisterId() != 0) {
      register(f.getRegisterId());
    }
    for (Map.Entry<Integer, Register> r : info.registers().entrySet()) {
      if (f.getRegisterId() != 0 && f.getRegisterId() != r.getKey()) {
        continue;
      }
      width(r.getValue());
      String name = r.getValue().getPreamble().getName();
      int size = control.registerSize(name);
      int from = f.hasIndex() ? index("register", name, f.getIndex(), size) : 0;
      int to = f.hasIndex() ? from + 1 : size;
      for (int i = from; i < to; i++) {
        out.accept(
            Entity.newBuilder()
                .setRegisterEntry(
                    RegisterEntry.newBuilder()
                        .setRegisterId(r.getKey())
                        .setIndex(Index.newBuilder().setIndex(i))
                        .setData(
                            P4Data.newBuilder()
                                .setBitstring(Bytestrings.of(control.register(name, i)))))
                .build());
      }
    }
  }

  /** Configured meters, for replay into another pipeline. */
  void meters(Consumer<MeterEntry> out) {
    meterConfigs.forEach(
        (cell, config) ->
            out.accept(
                MeterEntry.newBuilder()
                    .setMeterId(cell.id)
                    .setIndex(Index.newBuilder().setIndex(cell.index))
                    .setConfig(config)
                    .build()));
  }
}
