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
 * Stands for the switch between VERIFY_AND_SAVE and COMMIT (§14): takes writes, forwards nothing.
 * Sizes are bounded again when the writes are replayed into the real switch.
 */
final class ShadowControl implements SwitchControl {
  private final Map<String, Integer> sizes = new HashMap<>();
  private long nextHandle = 1;

  ShadowControl(PipelineInfo info) {
    info.counters().values().forEach(c -> sizes.put(c.getPreamble().getName(), (int) c.getSize()));
    info.meters().values().forEach(m -> sizes.put(m.getPreamble().getName(), (int) m.getSize()));
    info.registers().values().forEach(r -> sizes.put(r.getPreamble().getName(), r.getSize()));
  }

  @Override
  public void load(P4Program program) {}

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
  public void removeEntry(String table, long handle) {}

  @Override
  public void setDefaultAction(String table, @Nullable ActionCall action) {}

  @Override
  public List<InitialEntry> initialEntries(String table) {
    return List.of();
  }

  @Override
  public CounterValue entryCounter(String table, long handle) {
    return CounterValue.ZERO;
  }

  @Override
  public void setEntryCounter(String table, long handle, CounterValue value) {}

  @Override
  public CounterValue defaultEntryCounter(String table) {
    return CounterValue.ZERO;
  }

  @Override
  public void setDefaultEntryCounter(String table, CounterValue value) {}

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
    return sizes.getOrDefault(counter, 0);
  }

  @Override
  public CounterValue counter(String counter, int index) {
    return CounterValue.ZERO;
  }

  @Override
  public void setCounter(String counter, int index, CounterValue value) {}

  @Override
  public int meterSize(String meter) {
    return sizes.getOrDefault(meter, 0);
  }

  @Override
  public void setMeter(String meter, int index, @Nullable MeterRates rates) {}

  @Override
  public int registerSize(String register) {
    return sizes.getOrDefault(register, 0);
  }

  @Override
  public byte[] register(String register, int index) {
    return new byte[1];
  }

  @Override
  public void setRegister(String register, int index, byte[] value) {}

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
