package io.myelin.softswitch.engine;

import io.myelin.softswitch.time.Scheduler;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A switch: runs a loaded program on the frames that it receives.
 *
 * <p>{@link #receive} is called on the scheduler's thread; everything else from any thread.
 */
public final class Softswitch implements SwitchControl {
  private static final Logger log = LoggerFactory.getLogger(Softswitch.class);

  public static final int DEFAULT_CPU_PORT = 255;

  private final Scheduler scheduler;
  private final int cpuPort;
  private final TrafficManager traffic;
  private final Forwarding forwarding;
  private final AtomicLong droppedByProgram = new AtomicLong();
  private final AtomicLong droppedByLoop = new AtomicLong();
  private final AtomicLong droppedNoProgram = new AtomicLong();
  private volatile @Nullable SwitchState state;
  private volatile @Nullable Listener listener;

  /** A switch whose frames to and from the controller use port {@value #DEFAULT_CPU_PORT}. */
  public Softswitch(Scheduler scheduler) {
    this(scheduler, DEFAULT_CPU_PORT);
  }

  public Softswitch(Scheduler scheduler, int cpuPort) {
    this.scheduler = scheduler;
    this.cpuPort = cpuPort;
    forwarding = new Forwarding(new Exits());
    traffic = new TrafficManager(scheduler, forwarding);
    traffic.attach(new Port(cpuPort, this::toController, PortConfig.UNLIMITED));
  }

  /** Where the pipelines hand packets on. */
  private final class Exits implements Forwarding.Outlet {
    @Override
    public void enqueue(PacketContext c, int port) {
      traffic.enqueue(c, port);
    }

    @Override
    public void again(PacketContext c) {
      scheduler.after(0, () -> forwarding.ingress(c));
    }

    @Override
    public void digest(String name, List<byte[]> fields) {
      Listener l = listener;
      if (l != null) {
        l.digest(name, fields);
      }
    }

    @Override
    public void droppedByProgram() {
      Softswitch.this.droppedByProgram.lazySet(Softswitch.this.droppedByProgram.get() + 1);
    }

    @Override
    public void droppedByLoop() {
      Softswitch.this.droppedByLoop.incrementAndGet();
      log.warn("packet dropped after {} rounds", Forwarding.MAX_ROUNDS);
    }
  }

  private void toController(byte[] frame) {
    Listener l = listener;
    if (l != null) {
      l.packetIn(frame);
    }
  }

  // ---- data side --------------------------------------------------------------------------------
  /** Processes a frame that arrived at a port. Call on the scheduler's thread. */
  public void receive(int port, byte[] frame) {
    Port p = traffic.port(port);
    if (p == null || !p.up) {
      return;
    }
    p.received(frame.length);
    SwitchState s = state;
    if (s == null) {
      droppedNoProgram.incrementAndGet();
      return;
    }
    forwarding.receive(s, port, frame);
  }

  /**
   * Attaches a port, up.
   *
   * @throws IllegalArgumentException if there is one already, or the number is out of range
   */
  public void attach(int port, PortSink sink, PortConfig config) {
    traffic.attach(new Port(port, sink, config));
  }

  /** Removes a port; what waits in its queues is lost. */
  public void detach(int port) {
    traffic.detach(port);
  }

  /** A port that is down loses what is sent to it, and group members that watch it rest. */
  public void setPortUp(int port, boolean up) {
    traffic.attached(port).up = up;
  }

  /** Whether a port is attached and up. */
  public boolean isPortUp(int port) {
    Port p = traffic.port(port);
    return p != null && p.up;
  }

  public boolean hasPort(int port) {
    return traffic.port(port) != null;
  }

  public PortStats portStats(int port) {
    return PortStats.of(traffic.attached(port));
  }

  public int cpuPort() {
    return cpuPort;
  }

  /**
   * Packets lost outside of ports.
   *
   * @param byProgram the program dropped them
   * @param noPort they were sent to a port that is not attached
   * @param noQueue their priority names no queue
   * @param loops they went round too often
   * @param noProgram no program was loaded
   */
  public record DropStats(long byProgram, long noPort, long noQueue, long loops, long noProgram) {}

  public DropStats drops() {
    return new DropStats(
        droppedByProgram.get(),
        traffic.droppedNoPort.get(),
        traffic.droppedNoQueue.get(),
        droppedByLoop.get(),
        droppedNoProgram.get());
  }

  // ---- SwitchControl ----------------------------------------------------------------------------

  @Override
  public void load(P4Program program) {
    Workspace workspace = new Workspace(program.scratchWords, program.keyWords);
    state = new SwitchState(program, scheduler, workspace, this::isPortUp);
  }

  @Override
  public @Nullable P4Program program() {
    SwitchState s = state;
    return s == null ? null : s.program;
  }

  private SwitchState state() {
    SwitchState s = state;
    if (s == null) {
      throw new IllegalStateException("no program is loaded");
    }
    return s;
  }

  private Table table(String name) {
    SwitchState s = state();
    return s.tables[s.program.tables.find(name).index];
  }

  private ActionProfile profile(String name) {
    SwitchState s = state();
    return s.profiles[s.program.profiles.find(name).index()];
  }

  private ExternInfo extern(String name, ExternInfo.Kind kind) {
    ExternInfo info = state().program.externs.find(name);
    if (info.kind() != kind) {
      throw new IllegalArgumentException(name + " is a " + info.kind() + ", not a " + kind);
    }
    return info;
  }

  private static void checkIndex(ExternInfo info, int index) {
    if (index < 0 || index >= info.size()) {
      throw new IllegalArgumentException(
          info.name() + " has the indices 0 to " + (info.size() - 1) + ", not " + index);
    }
  }

  @Override
  public long addEntry(String table, List<MatchField> match, int priority, EntryAction action) {
    return table(table).add(match, priority, action);
  }

  @Override
  public void modifyEntry(String table, long handle, EntryAction action) {
    table(table).modify(handle, action);
  }

  @Override
  public void removeEntry(String table, long handle) {
    table(table).remove(handle);
  }

  /**
   * Has a table find nothing from now on, whatever is written to it: to measure what it is worth.
   *
   * @param table its name in the program, e.g. {@code MyelinIngress.bypass}
   */
  public void suspendTable(String table) {
    table(table).suspend();
  }

  @Override
  public void setDefaultAction(String table, @Nullable ActionCall action) {
    table(table).setDefault(action);
  }

  @Override
  public List<InitialEntry> initialEntries(String table) {
    return List.copyOf(table(table).info.initialEntries);
  }

  @Override
  public CounterValue entryCounter(String table, long handle) {
    return table(table).counter(handle);
  }

  @Override
  public void setEntryCounter(String table, long handle, CounterValue value) {
    table(table).setCounter(handle, value);
  }

  @Override
  public CounterValue defaultEntryCounter(String table) {
    return table(table).defaultCounter();
  }

  @Override
  public void setDefaultEntryCounter(String table, CounterValue value) {
    table(table).setDefaultCounter(value);
  }

  @Override
  public void setEntryMeter(String table, long handle, @Nullable MeterRates rates) {
    table(table).setMeter(handle, rates);
  }

  @Override
  public long entryLastHitNs(String table, long handle) {
    return table(table).lastHitNs(handle);
  }

  @Override
  public long nowNs() {
    return scheduler.nowNs();
  }

  @Override
  public void putMember(String profile, int memberId, ActionCall action) {
    profile(profile).putMember(memberId, action);
  }

  @Override
  public void removeMember(String profile, int memberId) {
    profile(profile).removeMember(memberId);
  }

  @Override
  public void putGroup(String profile, int groupId, List<EntryAction.WeightedMember> members) {
    profile(profile).putGroup(groupId, members);
  }

  @Override
  public void removeGroup(String profile, int groupId) {
    profile(profile).removeGroup(groupId);
  }

  @Override
  public int counterSize(String counter) {
    return extern(counter, ExternInfo.Kind.COUNTER).size();
  }

  @Override
  public CounterValue counter(String counter, int index) {
    return counterAt(counter, index).get(index);
  }

  @Override
  public void setCounter(String counter, int index, CounterValue value) {
    counterAt(counter, index).set(index, value);
  }

  private CounterArray counterAt(String counter, int index) {
    ExternInfo info = extern(counter, ExternInfo.Kind.COUNTER);
    checkIndex(info, index);
    return state().counters[info.index()];
  }

  @Override
  public int meterSize(String meter) {
    return extern(meter, ExternInfo.Kind.METER).size();
  }

  @Override
  public void setMeter(String meter, int index, @Nullable MeterRates rates) {
    ExternInfo info = extern(meter, ExternInfo.Kind.METER);
    checkIndex(info, index);
    if (rates != null) {
      Meter.validate(rates);
    }
    state().meters[info.index()].set(index, rates == null ? null : new Meter(rates, nowNs()));
  }

  @Override
  public int registerSize(String register) {
    return extern(register, ExternInfo.Kind.REGISTER).size();
  }

  @Override
  public byte[] register(String register, int index) {
    return registerAt(register, index).get(index);
  }

  @Override
  public void setRegister(String register, int index, byte[] value) {
    registerAt(register, index).set(index, value, "register " + register);
  }

  private RegisterArray registerAt(String register, int index) {
    ExternInfo info = extern(register, ExternInfo.Kind.REGISTER);
    checkIndex(info, index);
    return state().registers[info.index()];
  }

  @Override
  public void setValueSet(String valueSet, List<List<MatchField>> members) {
    SwitchState s = state();
    s.valueSets[s.program.valueSets.find(valueSet).index].replace(members);
  }

  @Override
  public void setMulticastGroup(int groupId, @Nullable List<Replica> replicas) {
    put(
        state().multicastGroups,
        groupId,
        replicas == null ? null : new ReplicationList(replicas, PacketContext.NO_LIMIT));
  }

  @Override
  public void setCloneSession(int sessionId, @Nullable List<Replica> replicas, int truncateBytes) {
    if (sessionId < 0 || sessionId > 0x7fff || truncateBytes < 0) {
      throw new IllegalArgumentException(
          "clone session "
              + sessionId
              + " is not within 0 to 32767, or truncation "
              + truncateBytes
              + " is negative");
    }
    put(
        state().cloneSessions,
        sessionId,
        replicas == null
            ? null
            : new ReplicationList(
                replicas, truncateBytes == 0 ? PacketContext.NO_LIMIT : truncateBytes));
  }

  private static void put(
      Map<Integer, ReplicationList> map, int id, @Nullable ReplicationList list) {
    if (list == null) {
      map.remove(id);
    } else {
      map.put(id, list);
    }
  }

  @Override
  public void packetOut(byte[] frame) {
    byte[] copy = frame.clone();
    scheduler.after(0, () -> receive(cpuPort, copy));
  }

  @Override
  public void listener(Listener newListener) {
    listener = newListener;
  }
}
