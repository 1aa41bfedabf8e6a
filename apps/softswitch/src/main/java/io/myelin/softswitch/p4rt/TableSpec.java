package io.myelin.softswitch.p4rt;

import io.myelin.p4.config.v1.ActionRef;
import io.myelin.p4.config.v1.DirectMeter;
import io.myelin.p4.config.v1.MeterSpec;
import io.myelin.p4.config.v1.Table;
import io.myelin.p4.v1.Action;
import io.myelin.p4.v1.TableEntry;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A table as the P4Info describes it, resolved once. */
final class TableSpec {
  final int id;
  final String name;
  final String engineName;
  final KeySpec key;
  final long size;
  final boolean isConst;
  final boolean constDefault;
  final boolean idleTimeouts;
  final @Nullable ProfileSpec profile;
  final boolean directCounter;
  final @Nullable MeterSpec directMeter;
  final TableEntry initialDefault;

  private final Map<Integer, Ref> actions = new LinkedHashMap<>();

  private record Ref(ActionSpec action, ActionRef.Scope scope) {
    @Override
    public String toString() {
      return Integer.toUnsignedString(action.id()) + " (" + action.name() + ")";
    }
  }

  /** Where an action is to be used. */
  enum Use {
    ENTRY,
    DEFAULT
  }

  TableSpec(Table t, PipelineInfo info) {
    id = t.getPreamble().getId();
    engineName = t.getPreamble().getName();
    name = PipelineInfo.shortName(t.getPreamble());
    key = new KeySpec("table '" + name + "'", t.getMatchFieldsList());
    size = t.getSize();
    isConst = t.getIsConstTable();
    idleTimeouts = t.getIdleTimeoutBehavior() == Table.IdleTimeoutBehavior.NOTIFY_CONTROL;
    for (ActionRef ref : t.getActionRefsList()) {
      actions.put(
          ref.getId(), new Ref(info.declaredAction(ref.getId(), this.what()), ref.getScope()));
    }
    profile = t.getImplementationId() == 0 ? null : info.declaredProfile(t);
    // An indirect table's default is a constant NoAction (§9.1.3).
    constDefault = t.getConstDefaultActionId() != 0 || profile != null;
    boolean counter = false;
    MeterSpec meter = null;
    for (int resource : t.getDirectResourceIdsList()) {
      DirectMeter m = info.directMeter(resource);
      if (m != null) {
        meter = m.getSpec();
      } else if (info.isDirectCounter(resource)) {
        counter = true;
      } else {
        throw Refusal.invalid(
            what() + " has an unknown direct resource id " + Integer.toUnsignedString(resource));
      }
    }
    directCounter = counter;
    directMeter = meter;
    initialDefault = initialDefault(t);
  }

  private TableEntry initialDefault(Table t) {
    TableEntry.Builder out = TableEntry.newBuilder().setTableId(id).setIsDefaultAction(true);
    if (t.hasInitialDefaultAction()) {
      Action.Builder a = out.getActionBuilder().getActionBuilder();
      a.setActionId(t.getInitialDefaultAction().getActionId());
      t.getInitialDefaultAction()
          .getArgumentsList()
          .forEach(x -> a.addParamsBuilder().setParamId(x.getParamId()).setValue(x.getValue()));
    } else if (t.getConstDefaultActionId() != 0) {
      Ref ref = actions.get(t.getConstDefaultActionId());
      if (ref != null && !ref.action.hasParams()) {
        out.getActionBuilder().getActionBuilder().setActionId(ref.action.id());
      }
    }
    return out.build();
  }

  String what() {
    return "table '" + name + "'";
  }

  /** Checks an action of an entry, member or default entry (§9.1.2). */
  ActionSpec.Resolved resolve(Action action, Use use) {
    Ref ref = actions.get(action.getActionId());
    if (ref == null) {
      throw Refusal.invalid(
          what()
              + " has no action id "
              + Integer.toUnsignedString(action.getActionId())
              + "; valid: "
              + Options.list(actions.values()));
    }
    if (ref.scope == ActionRef.Scope.DEFAULT_ONLY && use == Use.ENTRY) {
      throw Refusal.denied(
          "action '" + ref.action.name() + "' of " + what() + " is for the default entry only");
    }
    if (ref.scope == ActionRef.Scope.TABLE_ONLY && use == Use.DEFAULT) {
      throw Refusal.denied(
          "action '" + ref.action.name() + "' of " + what() + " is not for the default entry");
    }
    return ref.action.resolve(action);
  }

  /** Checks that an action filter names an action of the table. */
  void checkAction(int actionId) {
    if (!actions.containsKey(actionId)) {
      throw Refusal.invalid(
          what()
              + " has no action id "
              + Integer.toUnsignedString(actionId)
              + "; valid: "
              + Options.list(actions.values()));
    }
  }

  @Nullable ActionSpec actionByEngineName(String actionName) {
    for (Ref r : actions.values()) {
      if (r.action.engineName().equals(actionName)) {
        return r.action;
      }
    }
    return null;
  }
}
