package io.myelin.softswitch.engine;

import java.util.List;

/**
 * An action with its arguments.
 *
 * @param action the action's name in the P4Info, e.g. {@code push_2}
 * @param args one big-endian byte string per parameter, in the order of declaration, any length
 *     (shorter is zero-extended on the left)
 */
public record ActionCall(String action, List<byte[]> args) implements EntryAction {
  public ActionCall {
    args = List.copyOf(args);
  }
}
