package io.myelin.softswitch.engine;

import java.util.List;

/** The parameters of an action, laid out in words one behind the other. */
record ActionParameters(String action, List<Parameter> parameters) {
  static final ActionParameters NONE = new ActionParameters("", List.of());

  ActionParameters {
    parameters = List.copyOf(parameters);
  }

  /** A parameter of {@code width} bits from word {@code slot} on. */
  record Parameter(String name, int width, int slot) {}

  Num load(int index) {
    if (index < 0 || index >= parameters.size()) {
      throw new InvalidProgramException(
          "action " + action + " has no parameter " + index + "; it has " + parameters);
    }
    Parameter p = parameters.get(index);
    return new ReadExpressions.Local(p.slot(), p.width());
  }

  int words() {
    return parameters.stream().mapToInt(p -> Bits.words(p.width())).sum();
  }

  /** Encodes arguments as the action reads them. */
  long[] encode(List<byte[]> args) {
    if (args.size() != parameters.size()) {
      throw new IllegalArgumentException(
          "action "
              + action
              + " takes "
              + parameters.size()
              + " arguments "
              + parameters.stream().map(Parameter::name).toList()
              + ", got "
              + args.size());
    }
    long[] out = new long[words()];
    for (int i = 0; i < args.size(); i++) {
      Parameter p = parameters.get(i);
      Bits.fromBytes(
          args.get(i), out, p.slot(), p.width(), "parameter " + p.name() + " of " + action);
    }
    return out;
  }
}
