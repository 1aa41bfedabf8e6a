package io.myelin.onos.store;

import java.time.Duration;
import java.util.function.LongSupplier;
import org.onosproject.cluster.Leadership;
import org.onosproject.cluster.LeadershipEventListener;
import org.onosproject.cluster.LeadershipService;
import org.onosproject.cluster.NodeId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides whether this node is to lead: it stands for ONOS's election, hears whom that has elected,
 * and looks for the leader's sign of life.
 *
 * <p>Confined to the log's worker, but for {@link #run} and {@link #withdraw}.
 */
final class Candidacy {
  private static final Logger log = LoggerFactory.getLogger(Candidacy.class);

  static final String TOPIC = "myelin-leader";

  /**
   * A leader to whom ONOS's storage has not answered for so long leads no more: another may have
   * been elected, which it cannot know.
   */
  static final Duration PATIENCE = Duration.ofSeconds(3);

  /**
   * When nothing was heard of a leader for so long, whoever notices opens a leadership, elected or
   * not: ONOS's nodes may each hold another for the elected one.
   */
  static final Duration ABANDONED = Duration.ofSeconds(15);

  /** Between looks whether this node still stands for election. */
  static final long STAND_NS = Duration.ofSeconds(5).toNanos();

  private final NodeId self;
  private final LeadershipService elections;
  private final LeaderBeat beat;
  private final LongSupplier clockNs;
  private final LeadershipEventListener onElection;
  private long stoodNs;

  /** Whom ONOS has elected, as far as this node knows; empty: nobody. */
  private String elected = "";

  /** Whom ONOS had elected when this node began to lead, and of whom nothing was heard. */
  private String silent = "";

  /**
   * What a node that does not lead finds.
   *
   * @param opens whether it is to open a leadership
   * @param leader who leads otherwise; empty: nobody
   */
  record Finding(boolean opens, String leader) {}

  /**
   * @param clockNs monotonic
   * @param onElection told of each election
   */
  Candidacy(
      NodeId self,
      LeadershipService elections,
      LeaderBeat beat,
      LongSupplier clockNs,
      Runnable onElection) {
    this.self = self;
    this.elections = elections;
    this.beat = beat;
    this.clockNs = clockNs;
    this.onElection = e -> onElection.run();
    stoodNs = clockNs.getAsLong();
  }

  /** Runs for leadership from now on. */
  void run() {
    elections.addListener(onElection);
    elections.runForLeadership(TOPIC);
  }

  void withdraw() {
    elections.removeListener(onElection);
    elections.withdraw(TOPIC);
  }

  /** Looks whom ONOS has elected. */
  void look() {
    stand();
    elected = elected();
  }

  private String elected() {
    try {
      NodeId leader = elections.getLeader(TOPIC);
      return leader == null ? "" : leader.id();
    } catch (RuntimeException e) {
      // ONOS asks its storage, with exceptions of many kinds.
      log.debug("ONOS does not say who is elected", e);
      return "";
    }
  }

  /** Stands for election again: ONOS forgets candidates of whom it did not hear for a while. */
  private void stand() {
    long now = clockNs.getAsLong();
    if (now - stoodNs < STAND_NS) {
      return;
    }
    stoodNs = now;
    try {
      Leadership known = elections.getLeadership(TOPIC);
      if (known == null || !known.candidates().contains(self)) {
        log.info("node {} stands for election again", self.id());
        elections.runForLeadership(TOPIC);
      }
    } catch (RuntimeException e) {
      log.debug("ONOS does not say who stands for election", e);
    }
  }

  /**
   * Shows that this node leads; where another is elected, that it leads no more.
   *
   * @return whom it makes way for; empty: nobody
   */
  String stay(long term) {
    if (elected.isEmpty() || elected.equals(self.id()) || elected.equals(silent)) {
      beat.beat(term);
      return "";
    }
    beat.release();
    return elected;
  }

  /** Looks whether this node, which does not lead, is to. */
  Finding find() {
    beat.look();
    String other = beat.other(PATIENCE);
    boolean mine = elected.equals(self.id());
    boolean abandoned = !mine && beat.silentFor(ABANDONED);
    if ((mine || abandoned) && other.isEmpty()) {
      silent = abandoned ? elected : "";
      return new Finding(true, "");
    }
    return new Finding(false, other.isEmpty() ? elected : other);
  }

  /** Shows that this node leads. */
  void beat(long term) {
    beat.beat(term);
  }

  /** Shows that this node leads no more. */
  void release() {
    beat.release();
  }
}
