package io.myelin.softswitch.p4rt;

import com.google.rpc.Code;
import io.myelin.p4.v1.ActionProfileAction;
import io.myelin.p4.v1.ActionProfileActionSet;
import io.myelin.p4.v1.CounterData;
import io.myelin.p4.v1.FieldMatch;
import io.myelin.p4.v1.MeterConfig;
import io.myelin.p4.v1.MeterCounterData;
import io.myelin.p4.v1.TableAction;
import io.myelin.p4.v1.TableEntry;
import io.myelin.p4.v1.Update;
import io.myelin.softswitch.engine.ActionCall;
import io.myelin.softswitch.engine.CounterValue;
import io.myelin.softswitch.engine.EntryAction;
import io.myelin.softswitch.engine.MeterRates;
import io.myelin.softswitch.engine.SwitchControl;
import io.myelin.softswitch.engine.TableFullException;
import io.myelin.softswitch.p4rt.PipelineInfo.TableInfo;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The entries of one table: P4Runtime 1.4 §9.1. */
final class TableStore {
  private final TableInfo table;
  private final String name;
  private final EntryChecks checks;
  private final SwitchControl control;
  private final @Nullable ProfileStore profile;
  private final Map<Key, Stored> entries = new LinkedHashMap<>();
  private @Nullable TableEntry defaultEntry;

  record Key(List<FieldMatch> match, int priority) {}

  /** An entry as the client wrote it, without direct resources' values. */
  static final class Stored {
    final long handle;
    TableEntry entry;
    EntryAction action;
    @Nullable MeterConfig meter;
    boolean idleReported;

    Stored(long handle, TableEntry entry, EntryAction action) {
      this.handle = handle;
      this.entry = entry;
      this.action = action;
    }
  }

  TableStore(
      TableInfo table, EntryChecks checks, SwitchControl control, @Nullable ProfileStore profile) {
    this.table = table;
    this.name = table.name();
    this.checks = checks;
    this.control = control;
    this.profile = profile;
    for (SwitchControl.InitialEntry e : control.initialEntries(name)) {
      adoptInitial(e);
    }
  }

  TableInfo table() {
    return table;
  }

  Iterable<Stored> stored() {
    return entries.values();
  }

  @Nullable TableEntry changedDefault() {
    return defaultEntry;
  }

  // ---- write ---------------------------------------------------------------------------------

  void write(Update.Type type, TableEntry e) {
    if (e.getIsConst()) {
      throw RpcException.invalid("table '" + name + "': is_const must be false in writes");
    }
    if (table.table().getIsConstTable()) {
      throw new RpcException(Code.PERMISSION_DENIED, "table '" + name + "' is const");
    }
    if (e.getIsDefaultAction()) {
      writeDefault(type, e);
      return;
    }
    if (table.table().getMatchFieldsCount() == 0) {
      throw RpcException.invalid(
          "table '" + name + "' has no key, so it has only its default entry");
    }
    EntryChecks.Match match = checks.match(table, e.getMatchList());
    checkPriority(e.getPriority());
    Key key = new Key(match.canonical(), e.getPriority());
    Stored old = entries.get(key);
    switch (type) {
      case INSERT -> {
        if (old != null) {
          throw new RpcException(
              Code.ALREADY_EXISTS, "table '" + name + "' already has this entry");
        }
        insert(key, match, e);
      }
      case MODIFY -> modify(known(old), e);
      case DELETE -> {
        Stored stored = mutable(known(old));
        control.removeEntry(name, stored.handle);
        entries.remove(key);
        use(stored.action, -1);
      }
      case UNSPECIFIED, UNRECOGNIZED -> throw ProfileStore.unspecified();
    }
  }

  private Stored known(@Nullable Stored s) {
    if (s == null) {
      throw RpcException.notFound("table '" + name + "' has no such entry");
    }
    return s;
  }

  private Stored mutable(Stored s) {
    if (s.entry.getIsConst()) {
      throw new RpcException(Code.PERMISSION_DENIED, "this entry of table '" + name + "' is const");
    }
    return s;
  }

  private void checkPriority(int priority) {
    if (table.priority() ? priority <= 0 : priority != 0) {
      throw RpcException.invalid(
          "table '"
              + name
              + "': priority "
              + priority
              + " is not allowed; "
              + (table.priority()
                  ? "it must be positive, since the key has ternary, range or optional fields"
                  : "it must be 0, since the key has neither ternary, range nor optional fields"));
    }
  }

  private void insert(Key key, EntryChecks.Match match, TableEntry e) {
    TableEntry.Builder kept = kept(e).addAllMatch(match.canonical()).setPriority(e.getPriority());
    EntryAction action = action(e, kept);
    checkResources(e);
    long handle;
    try {
      handle = control.addEntry(name, match.engine(), e.getPriority(), action);
    } catch (TableFullException full) {
      throw new RpcException(
          Code.RESOURCE_EXHAUSTED,
          full.getMessage() == null ? name + " is full" : full.getMessage());
    }
    Stored stored = new Stored(handle, kept.build(), action);
    entries.put(key, stored);
    use(action, +1);
    if (e.hasMeterConfig()) {
      meter(stored, e.getMeterConfig());
    }
    if (e.hasCounterData()) {
      control.setEntryCounter(name, handle, value(e.getCounterData()));
    }
  }

  private void modify(Stored stored, TableEntry e) {
    mutable(stored);
    TableEntry.Builder kept =
        kept(e).addAllMatch(stored.entry.getMatchList()).setPriority(e.getPriority());
    EntryAction action = action(e, kept);
    checkResources(e);
    control.modifyEntry(name, stored.handle, action);
    use(action, +1);
    use(stored.action, -1);
    stored.entry = kept.build();
    stored.action = action;
    if (table.directMeter()) {
      meter(stored, e.hasMeterConfig() ? e.getMeterConfig() : null);
    }
    if (e.hasCounterData()) {
      control.setEntryCounter(name, stored.handle, value(e.getCounterData()));
    }
  }

  private void writeDefault(Update.Type type, TableEntry e) {
    if (type != Update.Type.MODIFY) {
      throw RpcException.invalid("table '" + name + "': the default entry can only be modified");
    }
    if (e.getMatchCount() > 0 || e.getPriority() != 0) {
      throw RpcException.invalid(
          "table '" + name + "': the default entry has neither match nor priority");
    }
    if (table.table().getConstDefaultActionId() != 0 || profile != null) {
      throw new RpcException(
          Code.PERMISSION_DENIED, "table '" + name + "': the default action is const");
    }
    if (e.getIdleTimeoutNs() != 0) {
      throw RpcException.invalid("table '" + name + "': the default entry has no idle timeout");
    }
    checkResources(e);
    if (!e.hasAction()) {
      control.setDefaultAction(name, null);
      defaultEntry = null;
      return;
    }
    if (!e.getAction().hasAction()) {
      throw RpcException.invalid("table '" + name + "': the default entry takes a plain action");
    }
    EntryChecks.Checked action =
        checks.action(table, e.getAction().getAction(), EntryChecks.Place.DEFAULT);
    control.setDefaultAction(name, action.engine());
    defaultEntry =
        kept(e)
            .setIsDefaultAction(true)
            .setAction(TableAction.newBuilder().setAction(action.canonical()))
            .build();
    if (e.hasCounterData()) {
      control.setDefaultEntryCounter(name, value(e.getCounterData()));
    }
  }

  /** The fields that are kept as they come. */
  @SuppressWarnings("deprecation") // old clients still use controller_metadata
  private TableEntry.Builder kept(TableEntry e) {
    if (e.getIdleTimeoutNs() < 0
        || (e.getIdleTimeoutNs() > 0
            && table.table().getIdleTimeoutBehavior()
                == io.myelin.p4.config.v1.Table.IdleTimeoutBehavior.NO_TIMEOUT)) {
      throw RpcException.invalid(
          "table '"
              + name
              + "': idle_timeout_ns "
              + e.getIdleTimeoutNs()
              + " is not allowed; the table does not support idle timeouts");
    }
    return TableEntry.newBuilder()
        .setTableId(table.table().getPreamble().getId())
        .setMetadata(e.getMetadata())
        .setControllerMetadata(e.getControllerMetadata())
        .setIdleTimeoutNs(e.getIdleTimeoutNs());
  }

  private EntryAction action(TableEntry e, TableEntry.Builder kept) {
    TableAction a = e.getAction();
    if (profile == null) {
      if (!a.hasAction()) {
        throw RpcException.invalid("table '" + name + "' takes a plain action in its entries");
      }
      EntryChecks.Checked c = checks.action(table, a.getAction(), EntryChecks.Place.ENTRY);
      kept.setAction(TableAction.newBuilder().setAction(c.canonical()));
      return c.engine();
    }
    return switch (a.getTypeCase()) {
      case ACTION_PROFILE_MEMBER_ID -> {
        kept.setAction(a);
        yield profile.member(a.getActionProfileMemberId());
      }
      case ACTION_PROFILE_GROUP_ID -> {
        kept.setAction(a);
        yield profile.group(a.getActionProfileGroupId());
      }
      case ACTION_PROFILE_ACTION_SET -> oneShot(a.getActionProfileActionSet(), kept, profile);
      case ACTION, TYPE_NOT_SET ->
          throw RpcException.invalid(
              "table '" + name + "' has an action profile; allowed: member, group or action set");
    };
  }

  @SuppressWarnings("deprecation") // old clients still use watch
  private EntryAction oneShot(
      ActionProfileActionSet set, TableEntry.Builder kept, ProfileStore profileStore) {
    List<EntryAction.WeightedAction> list = new ArrayList<>();
    ActionProfileActionSet.Builder canonical = ActionProfileActionSet.newBuilder();
    long weights = 0;
    for (ActionProfileAction a : set.getActionProfileActionsList()) {
      EntryChecks.Checked c = checks.action(table, a.getAction(), EntryChecks.Place.ENTRY);
      weights += ProfileStore.weight(a.getWeight());
      Integer watch =
          switch (a.getWatchKindCase()) {
            case WATCH_PORT -> (Integer) ProfileStore.port(a.getWatchPort());
            case WATCH -> (Integer) a.getWatch();
            case WATCHKIND_NOT_SET -> null;
          };
      list.add(new EntryAction.WeightedAction(c.engine(), a.getWeight(), watch));
      canonical.addActionProfileActions(a.toBuilder().setAction(c.canonical()));
    }
    profileStore.boundOneShot(weights);
    kept.setAction(TableAction.newBuilder().setActionProfileActionSet(canonical));
    return new EntryAction.OneShot(list);
  }

  private void use(EntryAction action, int by) {
    if (profile != null && !(action instanceof ActionCall)) {
      profile.use(action, by);
    }
  }

  // ---- direct resources (§9.1.7) -------------------------------------------------------------

  private void checkResources(TableEntry e) {
    if (e.hasMeterConfig() && !table.directMeter()) {
      throw RpcException.invalid("table '" + name + "' has no direct meter");
    }
    if (e.hasCounterData() && !table.directCounter()) {
      throw RpcException.invalid("table '" + name + "' has no direct counter");
    }
    if (e.hasMeterConfig()) {
      rates(e.getMeterConfig());
    }
    if (e.hasMeterCounterData()
        && !e.getMeterCounterData().equals(MeterCounterData.getDefaultInstance())) {
      throw RpcException.unimplemented("table '" + name + "': meters do not count per colour");
    }
  }

  private void meter(Stored stored, @Nullable MeterConfig config) {
    control.setEntryMeter(name, stored.handle, config == null ? null : rates(config));
    stored.meter = config;
  }

  static MeterRates rates(MeterConfig c) {
    if (c.getCir() < 0 || c.getPir() < c.getCir() || c.getCburst() < 0 || c.getPburst() < 0) {
      throw RpcException.invalid(
          "meter: cir "
              + c.getCir()
              + ", cburst "
              + c.getCburst()
              + ", pir "
              + c.getPir()
              + ", pburst "
              + c.getPburst()
              + " are not allowed; none may be negative, and pir not below cir");
    }
    return new MeterRates(c.getCir(), c.getCburst(), c.getPir(), c.getPburst());
  }

  static CounterValue value(CounterData d) {
    return new CounterValue(d.getPacketCount(), d.getByteCount());
  }

  static CounterData data(CounterValue v) {
    return CounterData.newBuilder().setPacketCount(v.packets()).setByteCount(v.bytes()).build();
  }

  void writeCounter(TableEntry e, CounterData data) {
    require(table.directCounter(), "counter");
    if (e.getIsDefaultAction()) {
      control.setDefaultEntryCounter(name, value(data));
    } else {
      control.setEntryCounter(name, find(e).handle, value(data));
    }
  }

  void writeMeter(TableEntry e, @Nullable MeterConfig config) {
    require(table.directMeter(), "meter");
    meter(find(e), config);
  }

  void require(boolean has, String kind) {
    if (!has) {
      throw RpcException.invalid("table '" + name + "' has no direct " + kind);
    }
  }

  private Stored find(TableEntry e) {
    return known(
        entries.get(new Key(checks.match(table, e.getMatchList()).canonical(), e.getPriority())));
  }

  // ---- read ----------------------------------------------------------------------------------

  /** Entries that a request selects (§9.1.6), without direct resources. */
  @SuppressWarnings("deprecation") // old clients still use controller_metadata
  void select(TableEntry filter, boolean any, Consumer<Stored> out) {
    if (!any && filter.getMatchCount() > 0) {
      Stored one =
          entries.get(
              new Key(
                  checks.match(table, filter.getMatchList()).canonical(), filter.getPriority()));
      if (one != null && matches(one, filter)) {
        out.accept(one);
      }
      return;
    }
    for (Stored s : entries.values()) {
      if (any || matches(s, filter)) {
        out.accept(s);
      }
    }
  }

  @SuppressWarnings("deprecation") // old clients still use controller_metadata
  private static boolean matches(Stored s, TableEntry f) {
    return (f.getPriority() == 0 || f.getPriority() == s.entry.getPriority())
        && (f.getMetadata().isEmpty() || f.getMetadata().equals(s.entry.getMetadata()))
        && (f.getControllerMetadata() == 0
            || f.getControllerMetadata() == s.entry.getControllerMetadata())
        && (!f.getAction().hasAction()
            || f.getAction().getAction().getActionId()
                == s.entry.getAction().getAction().getActionId());
  }

  /** An entry with the direct resources that the request asks for. */
  TableEntry full(Stored s, TableEntry filter) {
    TableEntry.Builder b = s.entry.toBuilder();
    if (filter.hasMeterConfig() && s.meter != null) {
      b.setMeterConfig(s.meter);
    }
    if (filter.hasCounterData() && table.directCounter()) {
      b.setCounterData(data(control.entryCounter(name, s.handle)));
    }
    if (filter.hasTimeSinceLastHit()
        && table.table().getIdleTimeoutBehavior()
            == io.myelin.p4.config.v1.Table.IdleTimeoutBehavior.NOTIFY_CONTROL) {
      b.setTimeSinceLastHit(TableEntry.IdleTimeout.newBuilder().setElapsedNs(idleNs(s)));
    }
    return b.build();
  }

  long idleNs(Stored s) {
    return Math.max(0, control.nowNs() - control.entryLastHitNs(name, s.handle));
  }

  TableEntry defaultEntry(TableEntry filter) {
    TableEntry.Builder b;
    if (defaultEntry != null) {
      b = defaultEntry.toBuilder();
    } else {
      b =
          TableEntry.newBuilder()
              .setTableId(table.table().getPreamble().getId())
              .setIsDefaultAction(true);
      initialDefault(b);
    }
    if (filter.hasCounterData() && table.directCounter()) {
      b.setCounterData(data(control.defaultEntryCounter(name)));
    }
    return b.build();
  }

  private void initialDefault(TableEntry.Builder b) {
    var initial = table.table().getInitialDefaultAction();
    int id =
        initial.getActionId() != 0
            ? initial.getActionId()
            : table.table().getConstDefaultActionId();
    if (id != 0) {
      io.myelin.p4.v1.Action.Builder a = io.myelin.p4.v1.Action.newBuilder().setActionId(id);
      initial
          .getArgumentsList()
          .forEach(
              arg ->
                  a.addParams(
                      io.myelin.p4.v1.Action.Param.newBuilder()
                          .setParamId(arg.getParamId())
                          .setValue(arg.getValue())));
      b.setAction(TableAction.newBuilder().setAction(a));
    }
  }

  // ---- entries of the program ----------------------------------------------------------------

  private void adoptInitial(SwitchControl.InitialEntry e) {
    TableEntry.Builder b =
        TableEntry.newBuilder()
            .setTableId(table.table().getPreamble().getId())
            .setPriority(table.priority() ? e.priority() : 0)
            .setIsConst(e.isConst());
    for (int i = 0; i < e.match().size(); i++) {
      FieldMatch m = InitialEntries.match(table.table().getMatchFields(i), e.match().get(i));
      if (m != null) {
        b.addMatch(m);
      }
    }
    var action = InitialEntries.action(checks, table, e.action());
    if (action != null) {
      b.setAction(TableAction.newBuilder().setAction(action));
    }
    TableEntry entry = b.build();
    entries.put(
        new Key(entry.getMatchList(), entry.getPriority()),
        new Stored(e.handle(), entry, e.action()));
  }
}
