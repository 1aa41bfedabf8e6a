package io.myelin.softswitch.p4rt;

import com.google.protobuf.ByteString;
import io.myelin.p4.v1.CounterEntry;
import io.myelin.p4.v1.Entity;
import io.myelin.p4.v1.Index;
import io.myelin.p4.v1.MeterConfig;
import io.myelin.p4.v1.MeterEntry;
import io.myelin.p4.v1.P4Data;
import io.myelin.p4.v1.RegisterEntry;
import io.myelin.softswitch.engine.CounterValue;
import io.myelin.softswitch.engine.MeterRates;
import io.myelin.softswitch.engine.SwitchControl;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/** Indexed counters, meters and registers (§9.3, §9.4, §9.7): arrays of cells. */
final class ArrayStore {
  private final PipelineInfo info;
  private final SwitchControl control;

  /** Configured meter cells by meter id and index; the rest are green. */
  private final Map<Integer, Map<Integer, MeterConfig>> meterConfigs = new HashMap<>();

  ArrayStore(PipelineInfo info, SwitchControl control) {
    this.info = info;
    this.control = control;
  }

  /** One cell, or all of them when the index is unset. */
  private static void cells(boolean has, Index index, int size, String what, IntConsumer each) {
    if (!has) {
      for (int i = 0; i < size; i++) {
        each.accept(i);
      }
      return;
    }
    long i = index.getIndex();
    if (i < 0) {
      throw Refusal.invalid("index " + i + " of " + what + " is negative");
    }
    if (i >= size) {
      throw Refusal.outOfRange(
          "index " + i + " of " + what + " is beyond its size; valid: 0 to " + (size - 1));
    }
    each.accept((int) i);
  }

  private static Index index(int i) {
    return Index.newBuilder().setIndex(i).build();
  }

  // ---- counters --------------------------------------------------------------------------------

  void write(CounterEntry c, UndoLog undo) {
    PipelineInfo.ArraySpec spec = info.counters.get(c.getCounterId());
    String name = spec.engineName();
    String what = "counter '" + spec.name() + "'";
    CounterValue value = TableStore.fromProto(c.getData());
    cells(
        c.hasIndex(),
        c.getIndex(),
        control.counterSize(name),
        what,
        i -> {
          if (!c.hasData()) {
            return;
          }
          if (undo.isOn()) {
            CounterValue before = control.counter(name, i);
            undo.push(() -> control.setCounter(name, i, before));
          }
          control.setCounter(name, i, value);
        });
  }

  void read(CounterEntry c, Consumer<Entity> out) {
    for (Map.Entry<Integer, PipelineInfo.ArraySpec> s : info.counters.select(c.getCounterId())) {
      String name = s.getValue().engineName();
      cells(
          c.getCounterId() != 0 && c.hasIndex(),
          c.getIndex(),
          control.counterSize(name),
          "counter '" + s.getValue().name() + "'",
          i -> {
            CounterEntry.Builder e =
                CounterEntry.newBuilder()
                    .setCounterId(s.getKey())
                    .setIndex(index(i))
                    .setData(TableStore.toProto(control.counter(name, i)));
            out.accept(Entity.newBuilder().setCounterEntry(e).build());
          });
    }
  }

  // ---- meters ----------------------------------------------------------------------------------

  void write(MeterEntry m, UndoLog undo) {
    PipelineInfo.ArraySpec spec = info.meters.get(m.getMeterId());
    String what = "meter '" + spec.name() + "'";
    if (m.hasCounterData()) {
      throw Meters.noColourCounters(what);
    }
    MeterConfig config = m.hasConfig() ? m.getConfig() : null;
    MeterRates rates = config == null ? null : rates(config, spec, what);
    cells(
        m.hasIndex(),
        m.getIndex(),
        control.meterSize(spec.engineName()),
        what,
        i -> {
          if (undo.isOn()) {
            MeterConfig before = configs(m.getMeterId()).get(i);
            MeterRates ratesBefore = before == null ? null : rates(before, spec, what);
            undo.push(() -> set(m.getMeterId(), spec, i, before, ratesBefore));
          }
          set(m.getMeterId(), spec, i, config, rates);
        });
  }

  private static MeterRates rates(MeterConfig c, PipelineInfo.ArraySpec spec, String what) {
    io.myelin.p4.config.v1.MeterSpec type = spec.spec();
    if (type == null) {
      throw new IllegalStateException(what);
    }
    return Meters.rates(c, type, what);
  }

  private Map<Integer, MeterConfig> configs(int meterId) {
    return meterConfigs.computeIfAbsent(meterId, id -> new HashMap<>());
  }

  private void set(
      int meterId,
      PipelineInfo.ArraySpec spec,
      int i,
      @Nullable MeterConfig config,
      @Nullable MeterRates rates) {
    control.setMeter(spec.engineName(), i, rates);
    if (config == null) {
      configs(meterId).remove(i);
    } else {
      configs(meterId).put(i, config);
    }
  }

  void read(MeterEntry m, Consumer<Entity> out) {
    if (m.hasCounterData()) {
      throw Meters.noColourCounters("no meter of this switch");
    }
    for (Map.Entry<Integer, PipelineInfo.ArraySpec> s : info.meters.select(m.getMeterId())) {
      Map<Integer, MeterConfig> configs = meterConfigs.getOrDefault(s.getKey(), Map.of());
      cells(
          m.getMeterId() != 0 && m.hasIndex(),
          m.getIndex(),
          control.meterSize(s.getValue().engineName()),
          "meter '" + s.getValue().name() + "'",
          i -> {
            MeterEntry.Builder e =
                MeterEntry.newBuilder().setMeterId(s.getKey()).setIndex(index(i));
            MeterConfig config = configs.get(i);
            if (config != null) {
              e.setConfig(config);
            }
            out.accept(Entity.newBuilder().setMeterEntry(e).build());
          });
    }
  }

  // ---- registers -------------------------------------------------------------------------------

  private static int width(PipelineInfo.ArraySpec spec, String what) {
    if (spec.bitwidth() <= 0) {
      throw Refusal.unimplemented(what + " is not of type bit<W>, the only one supported");
    }
    return spec.bitwidth();
  }

  void write(RegisterEntry r, UndoLog undo) {
    PipelineInfo.ArraySpec spec = info.registers.get(r.getRegisterId());
    String name = spec.engineName();
    String what = "register '" + spec.name() + "'";
    int bits = width(spec, what);
    if (r.getData().getDataCase() != P4Data.DataCase.BITSTRING) {
      throw Refusal.invalid(
          what + " takes a bitstring of " + bits + " bits, not " + r.getData().getDataCase());
    }
    ByteString value = Bytestrings.canonical(r.getData().getBitstring(), bits, "data of " + what);
    byte[] cell = new byte[Bytestrings.bytes(bits)];
    Bytestrings.put(value, cell, 0, cell.length);
    cells(
        r.hasIndex(),
        r.getIndex(),
        control.registerSize(name),
        what,
        i -> {
          if (undo.isOn()) {
            byte[] before = control.register(name, i);
            undo.push(() -> control.setRegister(name, i, before));
          }
          control.setRegister(name, i, cell);
        });
  }

  void read(RegisterEntry r, Consumer<Entity> out) {
    for (Map.Entry<Integer, PipelineInfo.ArraySpec> s : info.registers.select(r.getRegisterId())) {
      String name = s.getValue().engineName();
      String what = "register '" + s.getValue().name() + "'";
      width(s.getValue(), what);
      cells(
          r.getRegisterId() != 0 && r.hasIndex(),
          r.getIndex(),
          control.registerSize(name),
          what,
          i -> {
            RegisterEntry.Builder e =
                RegisterEntry.newBuilder().setRegisterId(s.getKey()).setIndex(index(i));
            e.getDataBuilder().setBitstring(Bytestrings.canonical(control.register(name, i)));
            out.accept(Entity.newBuilder().setRegisterEntry(e).build());
          });
    }
  }
}
