package io.myelin.softswitch.engine;

import java.util.List;

/** An action ready to run with the data in {@link PacketContext#args}. */
final class CompiledAction {
  final String name;
  final ActionParameters parameters;
  private final Primitive[] steps;
  private final boolean jumps;

  CompiledAction(String name, ActionParameters parameters, List<Primitive> steps) {
    this.name = name;
    this.parameters = parameters;
    this.steps = steps.toArray(Primitive[]::new);
    this.jumps = steps.stream().anyMatch(s -> s instanceof Primitive.Jump);
  }

  void run(PacketContext c, long[] args) {
    c.args = args;
    if (jumps) {
      runWithJumps(c);
      return;
    }
    for (Primitive s : steps) {
      s.run(c);
      if (c.exit) {
        return;
      }
    }
  }

  /** The compiler only jumps forward: it has no loops inside actions. */
  private void runWithJumps(PacketContext c) {
    for (int i = 0; i < steps.length && !c.exit; ) {
      if (steps[i] instanceof Primitive.Jump jump) {
        int to = jump.target(c);
        i = to < 0 ? i + 1 : to;
      } else {
        steps[i++].run(c);
      }
    }
  }
}
