package io.myelin.softswitch.engine;

import io.myelin.softswitch.time.Scheduler;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntPredicate;

/** Everything that a loaded program remembers: entries, externs, replication. */
final class SwitchState {
  final P4Program program;
  final Scheduler clock;
  final Workspace workspace;
  final Table[] tables;
  final ActionProfile[] profiles;
  final CounterArray[] counters;
  final MeterArray[] meters;
  final RegisterArray[] registers;
  final ValueSet[] valueSets;
  final Map<Integer, ReplicationList> multicastGroups = new ConcurrentHashMap<>();
  final Map<Integer, ReplicationList> cloneSessions = new ConcurrentHashMap<>();
  final ContextPool pool;

  /** When the packet being processed entered its pipeline. */
  long packetTimeNs;

  private final IntPredicate portUp;

  SwitchState(P4Program program, Scheduler clock, Workspace workspace, IntPredicate portUp) {
    this.program = program;
    this.clock = clock;
    this.workspace = workspace;
    this.portUp = portUp;
    profiles =
        program.profiles.all().stream().map(ActionProfile::new).toArray(ActionProfile[]::new);
    tables = program.tables.all().stream().map(t -> new Table(t, this)).toArray(Table[]::new);
    counters =
        of(program, ExternInfo.Kind.COUNTER)
            .map(e -> new CounterArray(e.size()))
            .toArray(CounterArray[]::new);
    meters = of(program, ExternInfo.Kind.METER).map(MeterArray::new).toArray(MeterArray[]::new);
    registers =
        of(program, ExternInfo.Kind.REGISTER).map(RegisterArray::new).toArray(RegisterArray[]::new);
    valueSets = program.valueSets.all().stream().map(ValueSet::new).toArray(ValueSet[]::new);
    pool = new ContextPool(this);
  }

  private static java.util.stream.Stream<ExternInfo> of(P4Program p, ExternInfo.Kind kind) {
    return p.externs.all().stream().filter(e -> e.kind() == kind);
  }

  /** Whether a member that watches this port counts; a negative port is not watched. */
  boolean isUp(int port) {
    return port < 0 || portUp.test(port);
  }

  Binding bind(TableInfo table, EntryAction action) {
    ProfileInfo profile = table.profile;
    if (action instanceof ActionCall call) {
      if (profile != null) {
        throw new IllegalArgumentException(
            "entries of table "
                + table.name
                + " refer to action profile "
                + profile.name()
                + ", not to an action");
      }
      return table.bind(call);
    }
    if (profile == null) {
      throw new IllegalArgumentException(
          "table "
              + table.name
              + " has no action profile; give an action of "
              + table.actions.keySet());
    }
    return profiles[profile.index()].bind(action);
  }

  void release(TableInfo table, Binding binding) {
    ProfileInfo profile = table.profile;
    if (profile != null) {
      profiles[profile.index()].release(binding);
    }
  }
}
