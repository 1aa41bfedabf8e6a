package io.myelin.softswitch.p4rt;

import com.google.protobuf.Any;
import io.grpc.Status;
import io.myelin.p4.v1.Update;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Applies a batch of updates in its order (§12). Called under the write lock. */
final class BatchWriter {
  private final ForwardingState state;
  private @Nullable List<Any> details;
  private int failed;
  private String first = "";

  BatchWriter(ForwardingState state) {
    this.state = state;
  }

  /** CONTINUE_ON_ERROR: every update is tried. */
  void continueOnError(List<Update> updates) {
    for (int i = 0; i < updates.size(); i++) {
      Refusal r = tryWrite(updates.get(i), UndoLog.OFF);
      if (r != null) {
        fail(i, r, updates.size());
      }
    }
    throwIfFailed();
  }

  /** ROLLBACK_ON_ERROR: the first failure takes back the updates before it. */
  void rollbackOnError(List<Update> updates) {
    UndoLog undo = UndoLog.on();
    for (int i = 0; i < updates.size(); i++) {
      Refusal r = tryWrite(updates.get(i), undo);
      if (r != null) {
        undo.rollBack();
        for (int j = 0; j < updates.size(); j++) {
          fail(j, j == i ? r : aborted(j < i ? "rolled back" : "not tried", i), updates.size());
        }
        first = r.reason();
        break;
      }
    }
    throwIfFailed();
  }

  private static Refusal aborted(String what, int culprit) {
    return Refusal.of(Status.Code.ABORTED, what + ": update " + culprit + " failed");
  }

  private @Nullable Refusal tryWrite(Update update, UndoLog undo) {
    try {
      state.write(update, undo);
      return null;
    } catch (RuntimeException e) {
      return Errors.refusal(e);
    }
  }

  private void fail(int index, Refusal r, int size) {
    if (details == null) {
      details = new ArrayList<>(size);
      for (int i = 0; i < size; i++) {
        details.add(Errors.ok());
      }
      first = "update " + index + ": " + r.reason();
    }
    failed++;
    details.set(index, Errors.detail(r));
  }

  private void throwIfFailed() {
    if (details != null) {
      throw Errors.batch(details, failed, first);
    }
  }
}
