package io.myelin.onos.store;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.onosproject.cluster.Leader;
import org.onosproject.cluster.Leadership;
import org.onosproject.cluster.LeadershipEvent;
import org.onosproject.cluster.LeadershipEventListener;
import org.onosproject.cluster.LeadershipServiceAdapter;
import org.onosproject.cluster.NodeId;

/** ONOS's election among nodes of one process: the test decides, or the first candidate leads. */
final class Election {
  private final List<NodeId> candidates = new ArrayList<>();
  private final List<LeadershipEventListener> listeners = new CopyOnWriteArrayList<>();
  private @Nullable NodeId leader;
  private long term;

  /** The service as one node sees it. */
  final class At extends LeadershipServiceAdapter {
    private final NodeId self;

    At(NodeId self) {
      this.self = self;
    }

    @Override
    public Leadership runForLeadership(String topic) {
      run(self);
      return getLeadership(topic);
    }

    @Override
    public void withdraw(String topic) {
      leave(self);
    }

    @Override
    public @Nullable NodeId getLeader(String topic) {
      return leader();
    }

    @Override
    public Leadership getLeadership(String topic) {
      return now();
    }

    @Override
    public void addListener(LeadershipEventListener listener) {
      listeners.add(listener);
    }

    @Override
    public void removeListener(LeadershipEventListener listener) {
      listeners.remove(listener);
    }
  }

  At at(NodeId node) {
    return new At(node);
  }

  private synchronized void run(NodeId node) {
    if (!candidates.contains(node)) {
      candidates.add(node);
    }
    if (leader == null) {
      elect(node);
    }
  }

  /** A node stands for election no more, on its own or because nothing was heard of it. */
  synchronized void leave(NodeId node) {
    candidates.remove(node);
    if (node.equals(leader)) {
      elect(candidates.isEmpty() ? null : candidates.get(0));
    }
  }

  private synchronized @Nullable NodeId leader() {
    return leader;
  }

  private synchronized Leadership now() {
    return new Leadership(
        Candidacy.TOPIC,
        leader == null ? null : new Leader(leader, term, 0),
        List.copyOf(candidates));
  }

  /** Who stands for election. */
  synchronized List<NodeId> candidates() {
    return List.copyOf(candidates);
  }

  /** Makes a node the leader, whatever it was. */
  void elect(@Nullable NodeId node) {
    synchronized (this) {
      leader = node;
      term++;
    }
    Leadership l = now();
    listeners.forEach(
        x -> x.event(new LeadershipEvent(LeadershipEvent.Type.LEADER_AND_CANDIDATES_CHANGED, l)));
  }
}
