package io.myelin.core.place;

import io.myelin.core.state.Command;
import io.myelin.core.state.FabricState;
import io.myelin.core.state.Lease;
import io.myelin.core.state.LeaseConditions.Now;
import io.myelin.core.state.LeaseName;
import io.myelin.core.state.LeaseSpec;
import io.myelin.core.state.Terms;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * All that they ask for, for leases that have only a share of it, where only the arrangement of
 * leases is in the way: a cable that comes back may fit none of them as the others are. Every plan
 * makes a reduced lease whole and none smaller, so plans come to an end. Pure and deterministic;
 * admission is decided again when the command is applied.
 */
public final class Restoration {
  /** Leases that are tried one by one, at most: each try looks at all leases of the fabric. */
  private static final int MOST_ALONE = 8;

  /** What leases must have in common to be placed together. */
  private record Alike(Terms terms, long startTimeMs, long expireTimeMs) {
    static Alike of(LeaseSpec spec) {
      return new Alike(spec.terms(), spec.startTimeMs(), spec.expireTimeMs());
    }
  }

  private Restoration() {}

  /**
   * Moves after which some reduced leases have all that they ask for: all that are alike, else one.
   *
   * @param lacking leases that may have less than they ask for
   * @return empty: no arrangement was found
   */
  public static List<Command.Move> find(FabricState state, Iterable<LeaseName> lacking, Now now) {
    Map<Alike, List<Lease>> groups = new LinkedHashMap<>();
    List<Lease> alone = new ArrayList<>();
    for (LeaseName name : lacking) {
      Lease lease = state.leases().get(name);
      if (lease != null && lease.state().steers() && lease.shortBps() > 0) {
        groups.computeIfAbsent(Alike.of(lease.spec()), k -> new ArrayList<>()).add(lease);
        if (lease.job() == null) {
          alone.add(lease); // a job gains nothing by one of its flows
        }
      }
    }
    for (List<Lease> alike : groups.values()) {
      List<Command.Move> moves = alike.size() > 1 ? whole(state, alike, now) : null;
      if (moves != null) {
        return moves;
      }
    }
    for (Lease lease : alone.subList(0, Math.min(MOST_ALONE, alone.size()))) {
      List<Command.Move> moves = whole(state, List.of(lease), now);
      if (moves != null) {
        return moves;
      }
    }
    return List.of();
  }

  /** Null: there is no such arrangement, or none was found. */
  private static @Nullable List<Command.Move> whole(
      FabricState state, List<Lease> leases, Now now) {
    Map<Integer, Lease> there = new HashMap<>();
    for (int i = 0; i < leases.size(); i++) {
      there.put(i, leases.get(i));
    }
    List<LeaseSpec> specs = leases.stream().map(Lease::spec).toList();
    if (!(GroupPlacement.find(state, specs, there, List.of(), now)
        instanceof GroupPlacement.Placed placed)) {
      return null;
    }
    List<Command.Move> moves = new ArrayList<>(placed.moves());
    for (int i = 0; i < leases.size(); i++) {
      Lease lease = leases.get(i);
      moves.add(new Command.Move(lease.name(), lease.generation(), placed.routes().get(i)));
    }
    return moves;
  }
}
