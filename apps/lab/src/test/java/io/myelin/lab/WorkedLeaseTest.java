package io.myelin.lab;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.myelin.core.model.DeviceId;
import io.myelin.core.model.EndpointId;
import io.myelin.core.model.IpAddress;
import io.myelin.core.model.MacAddress;
import io.myelin.core.model.U128;
import io.myelin.core.path.Objective;
import io.myelin.core.path.PathSearch;
import io.myelin.core.pipeline.Entry;
import io.myelin.core.pipeline.EntryAction;
import io.myelin.core.pipeline.FieldMatch;
import io.myelin.core.pipeline.myelin.MyelinPipeline;
import io.myelin.core.pipeline.myelin.MyelinTable;
import io.myelin.core.place.Placement;
import io.myelin.core.state.Command;
import io.myelin.core.state.FabricState;
import io.myelin.core.state.LeaseConditions.Now;
import io.myelin.core.state.LeaseName;
import io.myelin.core.state.LeaseSpec;
import io.myelin.core.state.Route;
import io.myelin.core.state.StateMachine;
import io.myelin.core.state.Terms;
import io.myelin.core.state.TrafficSelector;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The section "One lease, table by table" of docs/ARCHITECTURE.md is what switches should hold. */
final class WorkedLeaseTest {
  private static final Path PAGE = Path.of("../../docs/ARCHITECTURE.md");

  /** The action of a longer entry stands on a line of its own. */
  private static final int MAX_LINE = 118;

  /** Widths of keys of ternary match, bits, by p4/myelin.p4. */
  private static final Map<String, Integer> WIDTHS =
      Map.ofEntries(
          Map.entry("tenant", 16),
          Map.entry("dst_tenant", 16),
          Map.entry("src_addr", 128),
          Map.entry("dst_addr", 128),
          Map.entry("ip_protocol", 8),
          Map.entry("dst_port", 16),
          Map.entry("roce", 1),
          Map.entry("bth_opcode", 8),
          Map.entry("small", 1),
          Map.entry("dscp", 6),
          Map.entry("leased", 1));

  private static FabricState before;
  private static FabricState after;

  /** The first lease of docs/TUTORIAL.md. */
  @BeforeAll
  static void admit() {
    before =
        StateMachine.apply(
                FabricState.EMPTY,
                new Command.SetInventory(LabPlan.of(FabricSpec.DEFAULT).inventory(), 0))
            .after();
    LeaseSpec spec =
        new LeaseSpec(
            new EndpointId("gpu-1-1"),
            new EndpointId("gpu-2-1"),
            TrafficSelector.ROCE,
            20_000_000,
            Terms.of(Objective.LATENCY),
            LeaseSpec.NEVER);
    PathSearch.Found found = (PathSearch.Found) Placement.of(before, spec, Now.calm(1_000)).find();
    LeaseName name = new LeaseName(LabFabric.TENANT, "first");
    after =
        StateMachine.apply(
                before, new Command.CreateLease(name, spec, Route.of(found.path()), null, 1_000))
            .after();
  }

  /** Each line of the section's blocks is an entry, and no entry of these keys is left out. */
  @Test
  void thePageShowsTheEntriesThatAPacketOfTheLeaseMeets() throws IOException {
    assertEquals(
        String.join(
            "\n",
            List.of(
                "leaf1",
                met("leaf1", MyelinTable.TENANT_CLASSIFIER, "ingress_port=5"),
                met("leaf1", MyelinTable.ENDPOINT_TENANT, "dst_addr=10.2.0.1"),
                met("leaf1", MyelinTable.ISOLATION_ACL, "tenant=1"),
                met("leaf1", MyelinTable.PATH_STEERING, "src_addr=10.1.0.1"),
                met("leaf1", MyelinTable.ADJACENCY, "label=17"),
                met("leaf1", MyelinTable.PORT_STATUS, "egress_port=1"),
                met("leaf1", MyelinTable.TRAFFIC_CLASS, "leased=1"),
                met("leaf1", MyelinTable.QUEUE_PROFILE, "egress_port=1 queue=5"),
                "spine1",
                met("spine1", MyelinTable.TENANT_CLASSIFIER, "ingress_port=1"),
                met("spine1", MyelinTable.ADJACENCY, "label=18"),
                met("spine1", MyelinTable.PORT_STATUS, "egress_port=2"),
                met("spine1", MyelinTable.TRAFFIC_CLASS, "leased=1"),
                met("spine1", MyelinTable.QUEUE_PROFILE, "egress_port=2 queue=5"),
                "leaf2",
                met("leaf2", MyelinTable.TENANT_CLASSIFIER, "ingress_port=1"),
                met("leaf2", MyelinTable.ADJACENCY, "label=21"),
                met("leaf2", MyelinTable.PORT_STATUS, "egress_port=5"),
                met("leaf2", MyelinTable.TRAFFIC_CLASS, "leased=1"),
                met("leaf2", MyelinTable.NEIGHBOR, "egress_port=5"),
                met("leaf2", MyelinTable.QUEUE_PROFILE, "egress_port=5 queue=5"),
                "detours at leaf1, port 1",
                met("leaf1", MyelinTable.NODE_BYPASS, "egress_port=1 label=18"),
                met("leaf1", MyelinTable.BYPASS, "egress_port=1"))),
        blocks());
  }

  /** What the page says of how many entries a lease makes. */
  @Test
  void theLeaseMakesOneEntryAtItsIngressAndNoneElsewhere() {
    before
        .inventory()
        .devices()
        .forEach(
            (id, d) ->
                assertEquals(
                    id.equals(new DeviceId("leaf1")) ? 1 : 0,
                    MyelinPipeline.INSTANCE.entries(after, id).size()
                        - MyelinPipeline.INSTANCE.entries(before, id).size(),
                    () -> id + " holds state of the path"));
  }

  /** All entries of a table whose keys begin so, a line each. */
  private static String met(String device, MyelinTable table, String key) {
    List<String> lines = new ArrayList<>();
    for (Entry e : MyelinPipeline.INSTANCE.entries(after, new DeviceId(device)).values()) {
      if (e.key().table() != table) {
        continue;
      }
      String on = e.key().match().stream().map(m -> text(m)).collect(Collectors.joining(" "));
      if ((" " + on + " ").contains(" " + key + " ")) {
        String line = "  " + table.p4Name() + ": " + on + priority(e);
        String action = "-> " + text(e.action());
        lines.add(
            line.length() + action.length() < MAX_LINE
                ? line + " " + action
                : line + "\n    " + action);
        if (e.meter() != null) {
          lines.add("    meter: " + text(Objects.requireNonNull(e.meter())));
        }
      }
    }
    return lines.isEmpty() ? "  no entry of " + table : String.join("\n", lines);
  }

  private static String priority(Entry e) {
    return e.key().priority() == 0 ? "" : " priority " + e.key().priority();
  }

  private static String text(FieldMatch m) {
    String value = m.field() + "=" + text(m.field(), m.value());
    return switch (m.kind()) {
      case EXACT -> value;
      case LPM -> value + (m.prefixLength() == 128 ? "" : "/" + m.prefixLength());
      case TERNARY -> {
        int width = Objects.requireNonNull(WIDTHS.get(m.field()), m.field());
        yield m.mask().equals(U128.ones(width)) ? value : value + " mask " + m.mask();
      }
    };
  }

  private static String text(EntryAction action) {
    if (action instanceof EntryAction.Call c) {
      return c.action()
          + c.args().stream()
              .map(a -> a.name() + "=" + text(a.name(), a.value()))
              .collect(Collectors.joining(", ", "(", ")"));
    }
    return ((EntryAction.Weighted) action)
        .members().stream()
            .map(m -> text(m.call()) + (m.watchPort() == 0 ? "" : " while port " + m.watchPort()))
            .collect(Collectors.joining(", else "));
  }

  private static String text(String name, U128 value) {
    if (name.endsWith("_mac")) {
      return new MacAddress(value.lo()).toString();
    }
    return name.endsWith("_addr")
        ? new IpAddress(value).toString()
        : Long.toUnsignedString(value.lo());
  }

  private static String text(Entry.Meter m) {
    return "committed "
        + m.committedPerS()
        + " B/s burst "
        + m.committedBurst()
        + " B, peak "
        + m.peakPerS()
        + " B/s burst "
        + m.peakBurst()
        + " B";
  }

  /** The blocks {@code entries} of the page, one behind the other. */
  private static String blocks() throws IOException {
    List<String> lines = new ArrayList<>();
    @Nullable String block = null;
    for (String line : Files.readAllLines(PAGE)) {
      if (line.startsWith("```")) {
        block = block == null ? line.substring(3) : null;
      } else if ("entries".equals(block)) {
        lines.add(line);
      }
    }
    return String.join("\n", lines);
  }
}
