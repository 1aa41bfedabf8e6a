package io.myelin.softswitch.engine;

import org.jspecify.annotations.Nullable;

/** A table, conditional or action call of a pipeline. */
abstract class Node {
  final String name;

  Node(String name) {
    this.name = name;
  }

  /** Runs and returns the node to go on with, or null at the pipeline's end. */
  abstract @Nullable Node run(PacketContext c);
}
