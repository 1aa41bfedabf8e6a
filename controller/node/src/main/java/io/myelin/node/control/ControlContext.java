package io.myelin.node.control;

import io.myelin.core.port.Southbound;
import io.myelin.core.port.StateLog;
import io.myelin.node.thread.GuardedExecutor;
import java.util.function.LongSupplier;

/**
 * What every part of the controller works with.
 *
 * @param control the control thread
 * @param clockMs wall clock, milliseconds since 1970
 */
record ControlContext(
    StateLog stateLog, Southbound southbound, GuardedExecutor control, LongSupplier clockMs) {
  /** The same, with a log that submits in another way. */
  ControlContext withLog(StateLog other) {
    return new ControlContext(other, southbound, control, clockMs);
  }
}
