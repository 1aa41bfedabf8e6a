package io.myelin.node.seeded;

import io.myelin.node.store.InProcessStateLog;

/** Breaks the rule that adapters never import each other; see ArchitectureTest. */
final class Violation {
  private final InProcessStateLog other = new InProcessStateLog(1);

  long index() {
    return other.progress().index();
  }
}
