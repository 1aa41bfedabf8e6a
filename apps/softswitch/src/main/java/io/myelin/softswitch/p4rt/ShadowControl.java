package io.myelin.softswitch.p4rt;

import io.myelin.softswitch.engine.ActionCall;
import io.myelin.softswitch.engine.CounterValue;
import io.myelin.softswitch.engine.EntryAction;
import io.myelin.softswitch.engine.MatchField;
import io.myelin.softswitch.engine.MeterRates;
import io.myelin.softswitch.engine.P4Program;
import io.myelin.softswitch.engine.SwitchControl;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A switch without packets: takes what is written after VERIFY_AND_SAVE until it is committed, and
 * tries out whether state fits a pipeline before RECONCILE_AND_COMMIT. Counts nothing.
 */
final class ShadowControl implements SwitchControl {
  private final PipelineInfo info;
  private final Map<String, CounterValue> counters = new HashMap<>();
  private final Map<String, byte[]> registers = new HashMap<>();
  private long nextHandle = 1;

  ShadowControl(PipelineInfo info) {
    this.info = info;
  }

  private static String cell(String name, long index) {
    return name + '#' + index;
  }

  private static int size(PipelineInfo.Catalog<PipelineInfo.ArraySpec> catalog, String name) {
    for (PipelineInfo.ArraySpec a : catalog.all()) {
      if (a.engineName().equals(name)) {
        return Math.toIntExact(a.size());
      }
    }
    throw new IllegalArgumentException(name);
  }

  @Override
  public void load(P4Program program) {
    throw new UnsupportedOperationException("a shadow runs no program");
  }

  @Override
  public @Nullable P4Program program() {
    return null;
  }

  @Override
  public long addEntry(String table, List<MatchField> match, int priority, EntryAction action) {
    return nextHandle++;
  }

  @Override
  public void modifyEntry(String table, long handle, EntryAction action) {}

  @Override
  public void removeEntry(String table, long handle) {
    counters.remove(cell(table, handle));
  }

  @Override
  public void setDefaultAction(String table, @Nullable ActionCall action) {}

  @Override
  public List<InitialEntry> initialEntries(String table) {
    return List.of();
  }

  @Override
  public CounterValue entryCounter(String table, long handle) {
    return counters.getOrDefault(cell(table, handle), CounterValue.ZERO);
  }

  @Override
  public void setEntryCounter(String table, long handle, CounterValue value) {
    counters.put(cell(table, handle), value);
  }

  @Override
  public CounterValue defaultEntryCounter(String table) {
    return entryCounter(table, 0);
  }

  @Override
  public void setDefaultEntryCounter(String table, CounterValue value) {
    setEntryCounter(table, 0, value);
  }

  @Override
  public void setEntryMeter(String table, long handle, @Nullable MeterRates rates) {}

  @Override
  public long entryLastHitNs(String table, long handle) {
    return 0;
  }

  @Override
  public long nowNs() {
    return 0;
  }

  @Override
  public void putMember(String profile, int memberId, ActionCall action) {}

  @Override
  public void removeMember(String profile, int memberId) {}

  @Override
  public void putGroup(String profile, int groupId, List<EntryAction.WeightedMember> members) {}

  @Override
  public void removeGroup(String profile, int groupId) {}

  @Override
  public int counterSize(String counter) {
    return size(info.counters, counter);
  }

  @Override
  public CounterValue counter(String counter, int index) {
    return entryCounter(counter, index);
  }

  @Override
  public void setCounter(String counter, int index, CounterValue value) {
    setEntryCounter(counter, index, value);
  }

  @Override
  public int meterSize(String meter) {
    return size(info.meters, meter);
  }

  @Override
  public void setMeter(String meter, int index, @Nullable MeterRates rates) {}

  @Override
  public int registerSize(String register) {
    return size(info.registers, register);
  }

  @Override
  public byte[] register(String register, int index) {
    return registers.getOrDefault(cell(register, index), new byte[1]);
  }

  @Override
  public void setRegister(String register, int index, byte[] value) {
    registers.put(cell(register, index), value);
  }

  @Override
  public void setValueSet(String valueSet, List<List<MatchField>> members) {}

  @Override
  public void setMulticastGroup(int groupId, @Nullable List<Replica> replicas) {}

  @Override
  public void setCloneSession(int sessionId, @Nullable List<Replica> replicas, int truncateBytes) {}

  @Override
  public void packetOut(byte[] frame) {}

  @Override
  public void listener(Listener listener) {}
}
