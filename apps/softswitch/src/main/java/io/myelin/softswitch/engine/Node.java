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
abstract class Node {
  final String name;

  Node(String name) {
    this.name = name;
  }

  /** Where {@link #run} may go on, without the pipeline's end. */
  abstract Stream<Node> next();

  /**
   * Refuses a graph in which a packet could go round for ever.
   *
   * @throws InvalidProgramException that names a node that leads to itself
   */
  static void requireEnd(@Nullable Node first) {
    Set<Node> done = new HashSet<>();
    Map<Node, Iterator<Node>> above = new HashMap<>();
    Deque<Node> path = new ArrayDeque<>();
    for (Node n = first; n != null; ) {
      if (above.put(n, n.next().iterator()) != null) {
        throw new InvalidProgramException("the control flow leads from " + n.name + " back to it");
      }
      path.push(n);
      n = null;
      while (n == null && !path.isEmpty()) {
        Node top = path.peek();
        Iterator<Node> rest = above.getOrDefault(top, Collections.emptyIterator());
        while (n == null && rest.hasNext()) {
          Node next = rest.next();
          n = done.contains(next) ? null : next;
        }
        if (n == null) {
          done.add(path.pop());
          above.remove(top);
        }
      }
    }
  }

  static Stream<Node> present(@Nullable Node... nodes) {
    List<Node> out = new ArrayList<>();
    for (Node n : nodes) {
      if (n != null) {
        out.add(n);
      }
    }
    return out.stream();
  }

  /** Runs and returns the node to go on with, or null at the pipeline's end. */
  abstract @Nullable Node run(PacketContext c);
}
