package io.myelin.sim.cluster;

import io.myelin.core.state.LeaseName;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Clients that watch leases: they go on behind their token, at whatever member they reach, and
 * begin anew where it is not known. Nothing that changed may be missed by one that went on.
 */
final class Watchers {
  private static final int WATCHERS = 4;
  private static final long LOOK_NS = 150 * World.MS;

  /** A change, in the order of the log. */
  private record Change(long index, LeaseName lease) {}

  private final World world;
  private final List<Member> members;
  private final List<Change> truth = new ArrayList<>();
  private final List<Watcher> watchers = new ArrayList<>();
  private int resumed;

  private static final class Watcher {
    private String token = "";
    private long upTo; // everything to here was seen, or was in a snapshot
  }

  Watchers(World world, List<Member> members) {
    this.world = world;
    this.members = members;
    for (int i = 0; i < WATCHERS; i++) {
      watchers.add(new Watcher());
    }
  }

  void start() {
    world.after(LOOK_NS, this::look);
  }

  /** How often one went on behind a token. */
  int resumed() {
    return resumed;
  }

  /** A lease changed with a command. */
  void changed(long index, LeaseName lease) {
    truth.add(new Change(index, lease));
  }

  private void look() {
    Member m = members.get(world.random.nextInt(members.size()));
    if (!m.isDead() && !m.isPaused()) {
      watchers.forEach(w -> goOn(w, m));
    }
    world.after(LOOK_NS, this::look);
  }

  private void goOn(Watcher w, Member m) {
    Optional<List<LeaseName>> told =
        w.token.isEmpty() ? Optional.empty() : m.changes().since(w.token);
    if (told.isPresent()) {
      resumed++;
      Set<LeaseName> seen = new HashSet<>(told.get());
      for (Change c : truth) {
        if (c.index > w.upTo && c.index <= m.log().index() && !seen.contains(c.lease)) {
          throw world.violated(
              Invariants.WATCHED,
              "a client that went on at "
                  + m.id()
                  + " behind "
                  + w.token
                  + " was not told of "
                  + c.lease);
        }
      }
    }
    w.upTo = told.isPresent() ? Math.max(w.upTo, m.log().index()) : m.log().index();
    w.token = m.changes().token(m.changes().position());
  }
}
