package io.myelin.softswitch.stf;

import io.myelin.softswitch.engine.SwitchControl;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Multicast groups made of nodes, and mirroring sessions, as simple_switch_CLI has them: nodes get
 * the handles 0, 1, 2… in the order of their making.
 */
final class StfReplication {
  private record NodePorts(int rid, List<Integer> ports) {}

  private final SwitchControl control;
  private final List<NodePorts> nodes = new ArrayList<>();
  private final Map<Integer, List<Integer>> groups = new LinkedHashMap<>();
  private final Map<Integer, Integer> groupOfSession = new HashMap<>();

  StfReplication(SwitchControl control) {
    this.control = control;
  }

  void createGroup(int group) {
    groups.put(group, new ArrayList<>());
  }

  void createNode(int rid, List<Integer> ports) {
    nodes.add(new NodePorts(rid, List.copyOf(ports)));
  }

  void updateNode(int handle, List<Integer> ports) {
    nodes.set(handle, new NodePorts(node(handle).rid(), List.copyOf(ports)));
    List.copyOf(groups.keySet()).forEach(this::apply);
  }

  private NodePorts node(int handle) {
    if (handle >= nodes.size()) {
      throw new IllegalArgumentException(
          "no multicast node " + handle + "; there are " + nodes.size());
    }
    return nodes.get(handle);
  }

  void associate(int group, int handle) {
    List<Integer> members = groups.get(group);
    if (members == null) {
      throw new IllegalArgumentException(
          "no multicast group " + group + "; there are " + groups.keySet());
    }
    node(handle);
    members.add(handle);
    apply(group);
  }

  /** Mirrors to a port, as replica 0 of its own. */
  void mirror(int session, int port) {
    control.setCloneSession(session, List.of(new SwitchControl.Replica(port, 0)), 0);
  }

  void mirrorToGroup(int session, int group) {
    groupOfSession.put(session, group);
    control.setCloneSession(session, replicas(group), 0);
  }

  void unmirror(int session) {
    groupOfSession.remove(session);
    control.setCloneSession(session, null, 0);
  }

  private @Nullable List<SwitchControl.Replica> replicas(int group) {
    List<SwitchControl.Replica> out = new ArrayList<>();
    for (int handle : groups.getOrDefault(group, List.of())) {
      NodePorts n = nodes.get(handle);
      n.ports().forEach(p -> out.add(new SwitchControl.Replica(p, n.rid())));
    }
    return out;
  }

  private void apply(int group) {
    control.setMulticastGroup(group, replicas(group));
    groupOfSession.forEach(
        (session, g) -> {
          if (g == group) {
            control.setCloneSession(session, replicas(group), 0);
          }
        });
  }
}
