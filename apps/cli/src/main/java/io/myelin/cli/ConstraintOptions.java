package io.myelin.cli;

import io.myelin.node.inventory.Quantities;
import io.myelin.v1.Constraints;
import io.myelin.v1.Encryption;
import io.myelin.v1.Medium;
import io.myelin.v1.Objective;
import io.myelin.v1.Scope;
import io.myelin.v1.Weights;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What a path is chosen for, and what it must keep to: the same for leases and questions. */
final class ConstraintOptions {

  /** What a path is chosen for, on the command line. */
  enum Goal {
    LATENCY(Objective.OBJECTIVE_LATENCY),
    COST(Objective.OBJECTIVE_COST),
    BALANCED(Objective.OBJECTIVE_BALANCED);

    final Objective proto;

    Goal(Objective proto) {
      this.proto = proto;
    }
  }

  private enum Cipher {
    MACSEC(Encryption.ENCRYPTION_MACSEC),
    IPSEC(Encryption.ENCRYPTION_IPSEC),
    WIREGUARD(Encryption.ENCRYPTION_WIREGUARD);

    private final Encryption proto;

    Cipher(Encryption proto) {
      this.proto = proto;
    }
  }

  private enum Material {
    FIBRE(Medium.MEDIUM_FIBRE),
    COPPER(Medium.MEDIUM_COPPER),
    RADIO(Medium.MEDIUM_RADIO),
    LEO(Medium.MEDIUM_LEO),
    CELLULAR(Medium.MEDIUM_CELLULAR);

    private final Medium proto;

    Material(Medium proto) {
      this.proto = proto;
    }
  }

  /** What paths must not have in common, on the command line. */
  enum Shared {
    LINK(Scope.SCOPE_LINK),
    NODE(Scope.SCOPE_NODE),
    SRLG(Scope.SCOPE_SRLG);

    final Scope proto;

    Shared(Scope proto) {
      this.proto = proto;
    }
  }

  @Option(
      names = "--objective",
      description = "latency, cost or balanced; left out of a new request: latency.")
  private @Nullable Goal objective;

  @Option(
      names = "--weights",
      paramLabel = "L,C,R",
      split = ",",
      description = "With --objective balanced: of latency, cost and load, 0 to 100 (1,0,1).")
  private @Nullable List<Integer> weights;

  @Option(names = "--max-latency", paramLabel = "TIME", description = "Of the path, e.g. 12ms.")
  private @Nullable String maxLatency;

  @Option(names = "--max-jitter", paramLabel = "TIME", description = "Of the path, e.g. 50us.")
  private @Nullable String maxJitter;

  @Option(names = "--max-loss", paramLabel = "SHARE", description = "Of the path, e.g. 0.001%%.")
  private @Nullable String maxLoss;

  @Option(
      names = "--max-cost",
      paramLabel = "MICROS",
      description = "Millionths of the currency unit per gigabyte.")
  private @Nullable Long maxCost;

  @Option(names = "--max-hops", paramLabel = "N", description = "Switches on the way.")
  private @Nullable Integer maxHops;

  @Option(
      names = "--region",
      paramLabel = "REGION",
      split = ",",
      description = "Only through these regions.")
  private List<String> regions = List.of();

  @Option(
      names = "--not-region",
      paramLabel = "REGION",
      split = ",",
      description = "Not through these regions.")
  private List<String> deniedRegions = List.of();

  @Option(
      names = "--encrypted",
      arity = "0..1",
      split = ",",
      fallbackValue = "MACSEC,IPSEC,WIREGUARD",
      paramLabel = "KIND",
      description = "Only over encrypted links, of these kinds if given: macsec, ipsec, wireguard.")
  private List<Cipher> encryption = List.of();

  @Option(
      names = "--not-medium",
      paramLabel = "MEDIUM",
      split = ",",
      description = "Not over links of these: fibre, copper, radio, leo, cellular.")
  private List<Material> media = List.of();

  @Option(
      names = "--avoid",
      paramLabel = "WHAT",
      split = ",",
      description =
          "Not through this switch (leaf1), link (leaf1/1>spine1/1) or SRLG (srlg:duct-7).")
  private List<String> avoid = List.of();

  @Option(
      names = "--via",
      paramLabel = "SWITCH",
      split = ",",
      description = "Through these switches, in this order.")
  private List<String> via = List.of();

  @Option(
      names = "--disjoint-from",
      paramLabel = "LEASE",
      split = ",",
      description = "Without a cable in common with these leases.")
  private List<String> disjointFrom = List.of();

  @Option(
      names = "--disjoint-in",
      paramLabel = "SCOPE",
      split = ",",
      description = "What else not to have in common with them: link, node, srlg.")
  private List<Shared> scopes = List.of();

  Objective objective() {
    return objective == null ? Objective.OBJECTIVE_LATENCY : objective.proto;
  }

  /** Whether an objective was named. */
  boolean hasObjective() {
    return objective != null;
  }

  boolean hasWeights() {
    return weights != null;
  }

  /** Weights that a change names, whatever the objective is. */
  Weights changedWeights() {
    return weights(weights);
  }

  Weights weights() {
    ErrorOutput.unless(
        weights == null || objective == Goal.BALANCED,
        "--weights count with --objective balanced only");
    return weights(weights);
  }

  private static Weights weights(@Nullable List<Integer> weights) {
    if (weights == null) {
      return Weights.getDefaultInstance();
    }
    if (weights.size() != 3 || weights.stream().anyMatch(w -> w < 0)) {
      throw new ErrorOutput.Failure(
          ErrorOutput.USAGE,
          "--weights: " + weights + " is not allowed; three of 0 to 100, e.g. 1,0,1");
    }
    return Weights.newBuilder()
        .setLatency(weights.get(0))
        .setCost(weights.get(1))
        .setLoad(weights.get(2))
        .build();
  }

  Constraints constraints() {
    ErrorOutput.unless(
        scopes.isEmpty() || !disjointFrom.isEmpty(),
        "--disjoint-in counts with --disjoint-from only");
    Constraints.Builder b = Constraints.newBuilder();
    if (maxLatency != null) {
      b.setMaxLatencyNs(Quantities.timeNs("--max-latency", maxLatency));
    }
    if (maxJitter != null) {
      b.setMaxJitterNs(Quantities.timeNs("--max-jitter", maxJitter));
    }
    if (maxLoss != null) {
      b.setMaxLossPpb(Quantities.sharePpb("--max-loss", maxLoss));
    }
    if (maxCost != null) {
      b.setMaxCostMicrosPerGb(maxCost);
    }
    if (maxHops != null) {
      b.setMaxHops(maxHops);
    }
    b.addAllAllowedRegions(regions).addAllDeniedRegions(deniedRegions).addAllVia(via);
    encryption.forEach(e -> b.addEncryption(e.proto));
    media.forEach(m -> b.addExcludedMedia(m.proto));
    for (String what : avoid) {
      if (what.startsWith("srlg:")) {
        b.getAvoidBuilder().addSrlgs(what.substring("srlg:".length()));
      } else if (what.contains(">")) {
        b.getAvoidBuilder().addLinks(what);
      } else {
        b.getAvoidBuilder().addDevices(what);
      }
    }
    disjointFrom.forEach(l -> b.getDisjointFromBuilder().addLeases(l));
    scopes.forEach(s -> b.getDisjointFromBuilder().addScopes(s.proto));
    return b.build();
  }
}
