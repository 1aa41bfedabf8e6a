package io.myelin.core.pipeline;

import io.myelin.core.model.U128;
import java.util.List;

/** What an entry does, by P4 names. */
public sealed interface EntryAction {
  /** What an entry of {@link Table#isCloneSessions} does; argument {@code port}. */
  String CLONE_TO = "clone_to";

  /** An action with named arguments in the order of declaration. */
  record Call(String action, List<Arg> args) implements EntryAction {
    public Call {
      args = List.copyOf(args);
    }
  }

  /** A named argument. */
  record Arg(String name, U128 value) {}

  /** One of several calls, chosen by the action selector in proportion to weight. */
  record Weighted(List<Member> members) implements EntryAction {
    public Weighted {
      members = List.copyOf(members);
    }
  }

  /**
   * A member of a weighted choice.
   *
   * @param watchPort skipped while this port is down; 0: always there
   */
  record Member(Call call, int weight, int watchPort) {}

  static Call call(String action) {
    return new Call(action, List.of());
  }

  static Call call(String action, String name, long value) {
    return new Call(action, List.of(new Arg(name, U128.of(value))));
  }
}
