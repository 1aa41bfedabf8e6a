package io.myelin.sim.cluster;

import io.myelin.core.model.EndpointId;
import io.myelin.core.model.Inventory;
import io.myelin.core.model.LinkId;
import io.myelin.core.model.TenantId;
import io.myelin.core.path.Constraints;
import io.myelin.core.path.Objective;
import io.myelin.core.path.Scope;
import io.myelin.core.place.Bursts;
import io.myelin.core.place.Placement;
import io.myelin.core.port.LiveConditions;
import io.myelin.core.state.Applied;
import io.myelin.core.state.Command;
import io.myelin.core.state.Degradation;
import io.myelin.core.state.FabricState;
import io.myelin.core.state.Lease;
import io.myelin.core.state.LeaseName;
import io.myelin.core.state.LeaseSpec;
import io.myelin.core.state.Named;
import io.myelin.core.state.Outcome;
import io.myelin.core.state.RequestKey;
import io.myelin.core.state.RequestRecord;
import io.myelin.core.state.Route;
import io.myelin.core.state.Terms;
import io.myelin.core.state.TrafficSelector;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Schedulers that ask for leases, change and release them: each request under an id of its own,
 * made again of whichever member until somebody answers. They remember what they were told.
 */
final class Clients {
  private static final long PATIENCE_NS = 1_000 * World.MS;
  private static final long AGAIN_NS = 50 * World.MS;
  private static final int ATTEMPTS = 40;
  private static final int OVERTAKEN = 16;
  private static final long GBPS = 1_000_000_000L;

  private final World world;
  private final List<Member> members;
  private final Inventory inventory = SimFabric.INVENTORY;
  private final TenantId tenant = inventory.tenants().iterator().next().getKey();
  private final List<EndpointId> endpoints = new ArrayList<>();

  /** Leases that were acknowledged, with when they expire by themselves. */
  private final Map<LeaseName, Long> granted = new TreeMap<>();

  /** Those of them that somebody asked to release, whether or not it was answered. */
  private final Set<LeaseName> releasing = new TreeSet<>();

  private final Set<LeaseName> released = new TreeSet<>();
  private final boolean crowded;
  private int serial;
  private int names;
  private int answered;

  Clients(World world, List<Member> members) {
    this.world = world;
    this.members = members;
    crowded = world.random.nextBoolean();
    inventory.endpoints().forEach((id, e) -> endpoints.add(id));
  }

  int answered() {
    return answered;
  }

  // ---- what they ask for -----------------------------------------------------------------------

  /** Mostly one; now and then several race for the same links. */
  void create(long seed) {
    Random r = new Random(seed);
    int all = r.nextInt(5) == 0 ? 2 + r.nextInt(4) : 1;
    for (int i = 0; i < all; i++) {
      create(r);
    }
  }

  /** In every other run the fabric is nearly full, so that a failure leaves too little for all. */
  private long bandwidthBps(Random r) {
    int wide = r.nextInt(4) == 0 ? 250 : 60;
    return GBPS * (crowded ? 40 + r.nextInt(wide + 60) : 10 + r.nextInt(wide));
  }

  private static Degradation degradation(Random r, long bandwidthBps) {
    return switch (r.nextInt(6)) {
      case 0 -> new Degradation(Degradation.Mode.FIXED, 0);
      case 1 -> new Degradation(Degradation.Mode.SHARE, bandwidthBps / 2);
      default -> Degradation.DEFAULT;
    };
  }

  private void create(Random r) {
    EndpointId from = endpoints.get(r.nextInt(endpoints.size()));
    EndpointId to = endpoints.get(r.nextInt(endpoints.size()));
    if (from.equals(to)) {
      return;
    }
    Terms terms = Terms.of(r.nextBoolean() ? Objective.LATENCY : Objective.BALANCED);
    if (r.nextInt(4) == 0) {
      terms = terms.withProtection(Set.of(Scope.LINK));
    } else if (r.nextInt(4) == 0) {
      List<LinkId> links = new ArrayList<>();
      inventory.links().forEach((id, l) -> links.add(id));
      LinkId avoided = links.get(r.nextInt(links.size()));
      terms =
          terms.with(
              Constraints.FREE.with(new Constraints.Avoid(Set.of(), Set.of(avoided), Set.of())));
    }
    long now = world.nowMs();
    long start = r.nextInt(8) == 0 ? now + 1_000 + r.nextInt(20_000) : LeaseSpec.AT_ONCE;
    long end = r.nextInt(3) == 0 ? now + 25_000 + r.nextInt(60_000) : LeaseSpec.NEVER;
    long bps = bandwidthBps(r);
    LeaseSpec spec =
        new LeaseSpec(
            from,
            to,
            new TrafficSelector(TrafficSelector.Kind.ROCE, List.of(1 + r.nextInt(1 << 20))),
            bps,
            terms.with(degradation(r, bps)).withBurstBps(r.nextInt(4) == 0 ? 2 * bps : 0),
            start,
            end);
    ask(
        r.nextInt(),
        (m, request) -> propose(m, spec, request),
        a -> {
          Lease lease = leaseOf(a);
          if (lease != null) {
            granted.put(lease.name(), lease.spec().expireTimeMs());
          }
        });
  }

  private @Nullable Command propose(Member m, LeaseSpec spec, Command.Request request) {
    FabricState s = m.log().state();
    LiveConditions present = m.present();
    if (s.inventory().endpoints().get(spec.source()) == null
        || s.inventory().endpoints().get(spec.destination()) == null) {
      return null;
    }
    Route route =
        Placement.of(s, spec, present.now(s.inventory())).route(spec.terms().protection());
    return route == null
        ? takeBack(s, spec, present)
        : new Command.CreateLease(
            new LeaseName(tenant, "l" + names++), spec, route, request, present.timeMs());
  }

  /** Where bursts alone are in the way, they are given back: whoever asks next has the room. */
  private static @Nullable Command takeBack(FabricState s, LeaseSpec spec, LiveConditions present) {
    List<LeaseName> bursting = Bursts.bursting(s);
    FabricState calm = Bursts.without(s, bursting, present.timeMs());
    Route route =
        bursting.isEmpty()
            ? null
            : Placement.of(calm, spec, present.now(s.inventory())).route(spec.terms().protection());
    return route == null
        ? null
        : new Command.SetBursts(Bursts.takenBack(s, bursting), present.timeMs());
  }

  void release(long seed) {
    LeaseName name = pick(seed);
    if (name == null) {
      return;
    }
    releasing.add(name);
    ask(
        (int) seed,
        (m, request) -> new Command.ReleaseLease(name, 0, request, m.clock().getAsLong()),
        a -> {
          if (leaseOf(a) != null) {
            released.add(name);
          }
        });
  }

  void resize(long seed) {
    LeaseName name = pick(seed);
    if (name == null) {
      return;
    }
    long bps = bandwidthBps(new Random(seed));
    ask(
        (int) seed,
        (m, request) -> {
          Lease lease = m.log().state().leases().get(name);
          return lease == null
                  || lease.spec().terms().degradation().minBps() > bps
                  || (lease.spec().terms().burstBps() > 0 && lease.spec().terms().burstBps() < bps)
              ? null
              : new Command.UpdateLease(
                  name,
                  lease.spec().withBandwidthBps(bps),
                  lease.route(),
                  0,
                  request,
                  m.clock().getAsLong());
        },
        a -> {});
  }

  private @Nullable LeaseName pick(long seed) {
    List<LeaseName> all = new ArrayList<>(new TreeSet<>(granted.keySet()));
    all.removeAll(new HashSet<>(releasing));
    return all.isEmpty() ? null : all.get(new Random(seed).nextInt(all.size()));
  }

  private static @Nullable Lease leaseOf(Applied a) {
    if (a.outcome() instanceof Outcome.LeaseDone d) {
      return d.lease();
    }
    return a.outcome() instanceof Outcome.Replayed r ? r.lease() : null;
  }

  // ---- how -------------------------------------------------------------------------------------

  private void ask(
      int fingerprint,
      BiFunction<Member, Command.Request, @Nullable Command> proposal,
      Consumer<Applied> then) {
    RequestKey key = new RequestKey(tenant, "r" + serial++);
    Command.Request request = new Command.Request(key, "f" + fingerprint);
    new Call(request, proposal, then).attempt(ATTEMPTS);
  }

  /** One request, however often it is made. */
  private final class Call {
    private final Command.Request request;
    private final BiFunction<Member, Command.Request, @Nullable Command> proposal;
    private final Consumer<Applied> then;
    private boolean done;
    private int attempt;
    private int at = world.random.nextInt(members.size());

    Call(
        Command.Request request,
        BiFunction<Member, Command.Request, @Nullable Command> proposal,
        Consumer<Applied> then) {
      this.request = request;
      this.proposal = proposal;
      this.then = then;
    }

    void attempt(int left) {
      if (done || left == 0) {
        return;
      }
      int mine = ++attempt;
      Member m = members.get(at % members.size());
      Runnable elsewhere =
          () -> {
            if (!done && mine == attempt) {
              at++;
              world.after(AGAIN_NS, () -> attempt(left - 1));
            }
          };
      world.after(
          world.delayNs(),
          () -> {
            if (!m.isDead()) {
              m.deliver(() -> serve(m, OVERTAKEN, elsewhere));
            }
          });
      world.after(PATIENCE_NS, elsewhere);
    }

    /** In the member's process. */
    private void serve(Member m, int searches, Runnable elsewhere) {
      if (!m.log().leadership().leads()) {
        answer(elsewhere);
        return;
      }
      Applied before = replay(m);
      if (before != null) {
        answer(() -> finish(before));
        return;
      }
      Command c = proposal.apply(m, request);
      if (c == null) {
        answer(() -> done = true); // refused: there is no way
        return;
      }
      m.log()
          .submit(c)
          .whenComplete(
              (a, t) -> {
                if (t != null) {
                  answer(elsewhere);
                } else if (a.outcome() instanceof Outcome.Overtaken && searches > 0) {
                  m.deliver(() -> serve(m, searches - 1, elsewhere));
                } else {
                  answer(() -> finish(a));
                }
              });
    }

    private @Nullable Applied replay(Member m) {
      FabricState s = m.log().state();
      RequestRecord r = s.requestLog().records().get(request.key());
      Named about = r == null ? null : r.about();
      Lease lease = about instanceof LeaseName n ? s.leases().get(n) : null;
      return lease == null ? null : new Applied(s, s, new Outcome.Replayed(lease), List.of());
    }

    /** The answer may be lost. */
    private void answer(Runnable received) {
      if (world.random.nextInt(100) > 0) {
        world.after(world.delayNs(), received);
      }
    }

    private void finish(Applied a) {
      if (!done) {
        done = true;
        answered++;
        then.accept(a);
      }
    }
  }

  // ---- what they were told must be so ----------------------------------------------------------

  void check(FabricState s, long logMs) {
    granted.forEach(
        (name, expires) -> {
          Lease lease = s.leases().get(name);
          if (lease == null) {
            throw new Violation(Invariants.DURABLE, name + " was acknowledged and is gone");
          }
          boolean lives = lease.state().lives();
          boolean expired = expires <= logMs;
          // A switch may refuse another path of a lease that it took before: that is said.
          boolean failed =
              lease.state() == Lease.LeaseState.FAILED && lease.reason().contains("refused");
          if (!lives && !failed && !releasing.contains(name) && !expired) {
            throw new Violation(
                Invariants.DURABLE,
                name + " was acknowledged, nobody released it, and it is " + lease.state());
          }
          if (released.contains(name) && lives) {
            throw new Violation(
                Invariants.DURABLE, "the release of " + name + " was acknowledged; it lives");
          }
          boolean stuck =
              lease.state() == Lease.LeaseState.PROVISIONING
                  || lease.state() == Lease.LeaseState.RELEASING;
          if (stuck) {
            throw new Violation(Invariants.RECONCILED, name + " is stuck in " + lease.state());
          }
          if (lives && expired && expires + 2_000 < logMs) {
            throw new Violation(Invariants.TIME, name + " should have expired");
          }
        });
  }
}
