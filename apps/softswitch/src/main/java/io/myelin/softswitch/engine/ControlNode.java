package io.myelin.softswitch.engine;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A table, conditional or action call of a pipeline. */
abstract class ControlNode {
  final String name;

  ControlNode(String name) {
    this.name = name;
  }

  /** Where {@link #run} may go on, without the pipeline's end. */
  abstract Stream<ControlNode> next();

  /**
   * Refuses a graph in which a packet could go round for ever.
   *
   * @throws InvalidProgramException that names a node that leads to itself
   */
  static void requireEnd(@Nullable ControlNode first) {
    Set<ControlNode> done = new HashSet<>();
    Map<ControlNode, Iterator<ControlNode>> above = new HashMap<>();
    Deque<ControlNode> path = new ArrayDeque<>();
    for (ControlNode n = first; n != null; ) {
      if (above.put(n, n.next().iterator()) != null) {
        throw new InvalidProgramException("the control flow leads from " + n.name + " back to it");
      }
      path.push(n);
      n = null;
      while (n == null && !path.isEmpty()) {
        ControlNode top = path.peek();
        Iterator<ControlNode> rest = above.getOrDefault(top, Collections.emptyIterator());
        while (n == null && rest.hasNext()) {
          ControlNode next = rest.next();
          n = done.contains(next) ? null : next;
        }
        if (n == null) {
          done.add(path.pop());
          above.remove(top);
        }
      }
    }
  }

  static Stream<ControlNode> present(@Nullable ControlNode... nodes) {
    List<ControlNode> out = new ArrayList<>();
    for (ControlNode n : nodes) {
      if (n != null) {
        out.add(n);
      }
    }
    return out.stream();
  }

  /** Runs and returns the node to go on with, or null at the pipeline's end. */
  abstract @Nullable ControlNode run(PacketContext c);
}
