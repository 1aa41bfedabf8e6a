package io.myelin.cli;

import io.myelin.core.model.Inventory;
import io.myelin.core.topology.FabricOptions;
import io.myelin.core.topology.GeneratedFabric;
import io.myelin.core.topology.LeafSpine;
import io.myelin.lab.FabricSpec;
import io.myelin.lab.LabLimits;
import io.myelin.lab.LabPlan;
import io.myelin.node.inventory.Quantities;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Which fabric a lab or a demo runs. */
final class LabFabricOptions {
  private static final String TOPOLOGY = "--topology";

  @Spec(Spec.Target.MIXEE)
  private @Nullable CommandSpec command;

  @Option(
      names = "--leaves",
      defaultValue = "4",
      description = "Leaves (default: ${DEFAULT-VALUE}).")
  private int leaves = 4;

  @Option(
      names = "--spines",
      defaultValue = "4",
      description = "Spines (default: ${DEFAULT-VALUE}).")
  private int spines = 4;

  @Option(
      names = "--hosts",
      defaultValue = "4",
      description = "Hosts a leaf (default: ${DEFAULT-VALUE}).")
  private int hosts = 4;

  @Option(
      names = TOPOLOGY,
      paramLabel = "FABRIC",
      description = {
        "Another fabric: fat-tree:4, rail:2x4x4x4, dragonfly:2, wan:4, leaf-spine:8x4x4, or a file:",
        "an inventory (.yaml) or a map (.graphml, .json). Its switches get ports of this machine."
      })
  private @Nullable String topology;

  @Option(
      names = "--rate",
      defaultValue = "40M",
      paramLabel = "RATE",
      description =
          "Of every port (default: ${DEFAULT-VALUE}; software forwards some 100k packets a second in"
              + " all). With --topology: of the fastest port, to which the others keep their proportion.")
  private String rate = "40M";

  /**
   * The fabric; what had to be assumed goes to standard error.
   *
   * @throws io.myelin.core.model.Invalid when there is no room for it
   */
  LabPlan plan() {
    long rateBps = Quantities.rateBps("--rate", rate);
    String text = topology;
    if (text != null) {
      Ignored.refuse(
          command, List.of("--leaves", "--spines", "--hosts"), "does not go with --topology");
    }
    LabPlan plan = text == null ? leafSpine(rateBps) : any(text, rateBps);
    LabLimits.slowClock(plan).ifPresent(LabFabricOptions::note);
    return plan;
  }

  private LabPlan leafSpine(long rateBps) {
    FabricSpec d = FabricSpec.DEFAULT;
    FabricSpec spec =
        new FabricSpec(leaves, spines, hosts, rateBps, d.latencyNs(), d.queueBytes(), d.mtu());
    if (spines > 0) { // one leaf by itself always fits
      LabLimits.require("--leaves, --spines, --hosts", new LeafSpine(leaves, spines, hosts));
    }
    return LabPlan.of(spec);
  }

  private static LabPlan any(String text, long rateBps) {
    Inventory fabric;
    if (TopologyArgument.isGenerated(text)) {
      GeneratedFabric generated = GeneratedFabric.parse(TOPOLOGY, text);
      LabLimits.require(TOPOLOGY, generated);
      fabric = generated.inventory(FabricOptions.DEFAULT);
    } else {
      fabric = TopologyArgument.read(text);
      LabLimits.require(TOPOLOGY, text, fabric);
    }
    LabPlan plan = LabPlan.of(fabric, rateBps);
    plan.slowedDown(fabric).ifPresent(LabFabricOptions::note);
    return plan;
  }

  private static void note(String text) {
    System.err.println("myelin: " + text);
  }
}
