package io.myelin.softswitch.p4rt;

import io.myelin.p4.v1.Update;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Applies a batch of updates in its order (§12). Called under the write lock. */
final class BatchWriter {
  private final ForwardingState state;

  BatchWriter(ForwardingState state) {
    this.state = state;
  }

  /** CONTINUE_ON_ERROR: every update is tried. */
  void continueOnError(List<Update> updates) {
    BatchErrors errors = new BatchErrors("update", updates.size());
    for (int i = 0; i < updates.size(); i++) {
      Refusal r = tryWrite(updates.get(i), UndoLog.OFF);
      if (r != null) {
        errors.set(i, r);
      }
    }
    if (errors.any()) {
      throw errors.status();
    }
  }

  /** ROLLBACK_ON_ERROR: the first failure takes back the updates before it. */
  void rollbackOnError(List<Update> updates) {
    UndoLog undo = UndoLog.on();
    for (int i = 0; i < updates.size(); i++) {
      Refusal r = tryWrite(updates.get(i), undo);
      if (r != null) {
        undo.rollBack();
        BatchErrors errors = new BatchErrors("update", updates.size());
        for (int j = 0; j < updates.size(); j++) {
          errors.set(j, j == i ? r : BatchErrors.aborted(j < i ? "rolled back" : "not tried", i));
        }
        errors.blame(i, r);
        throw errors.status();
      }
    }
  }

  private @Nullable Refusal tryWrite(Update update, UndoLog undo) {
    try {
      UnknownFields.refuse(update, "");
      state.write(update, undo);
      return null;
    } catch (RuntimeException e) {
      return Errors.refusal(e);
    }
  }
}
