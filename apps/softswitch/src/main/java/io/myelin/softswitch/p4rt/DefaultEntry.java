package io.myelin.softswitch.p4rt;

import io.myelin.p4.v1.CounterData;
import io.myelin.p4.v1.TableAction;
import io.myelin.p4.v1.TableEntry;
import io.myelin.p4.v1.Update;
import io.myelin.softswitch.engine.ActionCall;
import io.myelin.softswitch.engine.CounterValue;
import io.myelin.softswitch.engine.SwitchControl;
import org.jspecify.annotations.Nullable;

/** What a table does on a miss (§9.1.3): always there, modified and reset. */
final class DefaultEntry {
  private final TableSpec spec;
  private final SwitchControl control;
  private final String what;

  /** Null: the program's initial one. */
  private @Nullable TableEntry override;

  DefaultEntry(TableSpec spec, SwitchControl control) {
    this.spec = spec;
    this.control = control;
    this.what = "the default entry of " + spec.what();
  }

  TableEntry proto() {
    return override == null ? spec.initialDefault : override;
  }

  boolean isOverridden() {
    return override != null;
  }

  CounterValue counter() {
    return control.defaultEntryCounter(spec.engineName);
  }

  /** Applies an update whose direct resources have been checked. */
  void write(Update.Type type, TableEntry t, UndoLog undo) {
    check(type, t);
    TableEntry next = t.hasAction() && !spec.constDefault ? canonical(t) : null;
    if (undo.isOn()) {
      TableEntry before = override;
      CounterValue counter = spec.directCounter ? counter() : null;
      undo.push(
          () -> {
            if (!spec.constDefault) {
              set(before);
            }
            if (counter != null) {
              control.setDefaultEntryCounter(spec.engineName, counter);
            }
          });
    }
    if (!spec.constDefault) {
      set(next);
    }
    if (t.hasCounterData()) {
      control.setDefaultEntryCounter(spec.engineName, TableStore.fromProto(t.getCounterData()));
    } else if (!t.hasAction() && spec.directCounter) {
      control.setDefaultEntryCounter(spec.engineName, CounterValue.ZERO);
    }
  }

  private void check(Update.Type type, TableEntry t) {
    if (type != Update.Type.MODIFY) {
      throw Refusal.invalid(what + " can only be modified, not " + type);
    }
    if (t.getMatchCount() > 0 || t.getPriority() != 0) {
      throw Refusal.invalid(what + " has neither match nor priority");
    }
    if (t.getIdleTimeoutNs() != 0) {
      throw Refusal.invalid(what + " has no idle timeout");
    }
    if (t.hasMeterConfig()) {
      throw Refusal.unimplemented(what + " has no meter in this switch");
    }
    if (spec.constDefault && (t.hasAction() || !t.hasCounterData())) {
      throw Refusal.denied(what + " is constant");
    }
  }

  private TableEntry canonical(TableEntry t) {
    if (t.getAction().getTypeCase() != TableAction.TypeCase.ACTION) {
      throw Refusal.invalid(what + " takes an action only");
    }
    ActionSpec.Resolved r = spec.resolve(t.getAction().getAction(), TableSpec.Use.DEFAULT);
    return TableStore.withoutDirect(t)
        .setAction(TableAction.newBuilder().setAction(r.canonical()))
        .build();
  }

  private void set(@Nullable TableEntry entry) {
    ActionCall call =
        entry == null
            ? null
            : spec.resolve(entry.getAction().getAction(), TableSpec.Use.DEFAULT).call();
    control.setDefaultAction(spec.engineName, call);
    override = entry;
  }

  void setCounter(CounterData data, UndoLog undo) {
    CounterValue before = undo.isOn() ? counter() : CounterValue.ZERO;
    control.setDefaultEntryCounter(spec.engineName, TableStore.fromProto(data));
    undo.push(() -> control.setDefaultEntryCounter(spec.engineName, before));
  }
}
