package io.myelin.node.northbound;

import static io.myelin.v1.ConditionType.CONDITION_TYPE_AUDIT_FAILING;
import static io.myelin.v1.ConditionType.CONDITION_TYPE_INTERNAL_ERRORS;
import static io.myelin.v1.ConditionType.CONDITION_TYPE_INVENTORY_DIFFERS;
import static io.myelin.v1.ConditionType.CONDITION_TYPE_INVENTORY_REFUSED;
import static io.myelin.v1.ConditionType.CONDITION_TYPE_LATENCY_MISMATCH;
import static io.myelin.v1.ConditionType.CONDITION_TYPE_MISCABLED;
import static io.myelin.v1.ConditionType.CONDITION_TYPE_MTU_TOO_SMALL;
import static io.myelin.v1.ConditionType.CONDITION_TYPE_OUT_OF_HANDS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.myelin.core.loop.QuietFabric;
import io.myelin.core.model.DeviceId;
import io.myelin.core.model.Inventory;
import io.myelin.core.model.Link;
import io.myelin.core.model.LinkId;
import io.myelin.core.state.Command;
import io.myelin.core.topology.FabricOptions;
import io.myelin.core.topology.LeafSpine;
import io.myelin.node.store.InProcessStateLog;
import io.myelin.v1.Condition;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** What is not as it should be is said for as long as it is so, and since when. */
final class ConditionsTest {
  private static final long DECLARED_NS = FabricOptions.DEFAULT.latencyNs();

  private final Inventory inventory = new LeafSpine(3, 2, 1).inventory(FabricOptions.DEFAULT);
  private final InProcessStateLog log = new InProcessStateLog(1);
  private final SortedMap<LinkId, LinkId> miscabled = new TreeMap<>();
  private String refused = "";
  private String differs = "";
  private String audit = "";
  private long errors;
  private long nowMs = 5_000;
  private final Conditions conditions =
      new Conditions(
          log,
          new QuietFabric() {
            @Override
            public SortedMap<LinkId, LinkId> miscabled() {
              return miscabled;
            }
          },
          new Conditions.Own(() -> refused, () -> differs, () -> audit, () -> errors),
          () -> nowMs);

  ConditionsTest() {
    log.submit(new Command.SetInventory(inventory, 1)).join();
  }

  private List<Link> links() {
    List<Link> all = new ArrayList<>();
    inventory.links().forEach((id, l) -> all.add(l));
    return all;
  }

  private void measured(LinkId link, long latencyNs) {
    log.submit(new Command.ObserveLink(link, true, latencyNs, 1)).join();
  }

  @Test
  void whereAllIsWellNothingIsSaid() {
    links().forEach(l -> measured(l.id(), DECLARED_NS + 90_000)); // what software adds
    assertEquals(List.of(), conditions.look().summary());
    assertEquals(List.of(), conditions.look().general());
  }

  @Test
  void whatAMemberKnowsOfItselfIsSaidUntilItIsOver() {
    refused = "the inventory is not taken over";
    audit = "disk full";
    errors = 3;
    conditions.look();
    nowMs = 9_000;
    List<Condition> general = conditions.look().general();
    assertEquals(
        Map.of(
            CONDITION_TYPE_INVENTORY_REFUSED, refused,
            CONDITION_TYPE_AUDIT_FAILING, audit,
            CONDITION_TYPE_INTERNAL_ERRORS, "3 internal errors since start; see the log"),
        messages(general));
    general.forEach(c -> assertEquals(5, c.getSince().getSeconds(), "since it was first seen"));
    assertEquals(messages(general), messages(conditions.last().summary()));
    refused = "";
    audit = "";
    assertEquals(1, conditions.look().general().size());
    nowMs = 12_000;
    audit = "disk full";
    assertEquals(12, conditions.look().general().get(0).getSince().getSeconds(), "it came back");
  }

  private static Map<io.myelin.v1.ConditionType, String> messages(List<Condition> all) {
    Map<io.myelin.v1.ConditionType, String> messages = new TreeMap<>();
    all.forEach(c -> messages.put(c.getType(), c.getMessage()));
    return messages;
  }

  @Test
  void aDeviceOutOfHandsSaysWhyAndEndsWhenItIsBack() {
    DeviceId leaf = new DeviceId("leaf1");
    log.submit(new Command.ObserveDevice(leaf, "another controller is primary", 1)).join();
    Condition c = conditions.look().of("leaf1").get(0);
    assertEquals(CONDITION_TYPE_OUT_OF_HANDS, c.getType());
    assertEquals(
        "leaf1: another controller is primary; its leases are unconfirmed", c.getMessage());
    log.submit(new Command.ObserveDevice(leaf, "", 1)).join();
    assertEquals(List.of(), conditions.look().of("leaf1"));
  }

  @Test
  void aFileThatDiffersIsSaid() {
    differs = "inventory file differs from the fabric's: 2 differences; myelin inventory diff";
    assertEquals(
        Map.of(CONDITION_TYPE_INVENTORY_DIFFERS, differs), messages(conditions.look().general()));
  }

  private String miscabling(String link) {
    Condition c = conditions.look().of(link).get(0);
    assertEquals(CONDITION_TYPE_MISCABLED, c.getType());
    return c.getMessage();
  }

  private void cabled(String link, String cable) {
    miscabled.put(new LinkId(link), new LinkId(cable));
  }

  @Test
  void twoCablesThatAreSwappedAreSaidToBe() {
    cabled("leaf1/1>spine1/1", "leaf1/1>spine2/2");
    cabled("leaf2/2>spine2/2", "leaf2/2>spine1/1");
    assertEquals(
        "leaf1/1 is cabled to spine2/2; the inventory says spine1/1; spine1/1 hears leaf2/2: swap?",
        miscabling("leaf1/1>spine1/1"));
    assertEquals(
        "leaf2/2 is cabled to spine1/1; the inventory says spine2/2; spine2/2 hears leaf1/1: swap?",
        miscabling("leaf2/2>spine2/2"));
  }

  @Test
  void aCableThatGoesElsewhereIsSaidOfItsLink() {
    cabled("leaf1/1>spine1/1", "leaf1/1>spine2/3");
    assertEquals(
        "leaf1/1 is cabled to spine2/3; the inventory says spine1/1, where nothing is heard of"
            + " another",
        miscabling("leaf1/1>spine1/1"));
    cabled("leaf3/2>spine2/3", "leaf3/2>spine1/2");
    cabled("leaf2/1>spine1/2", "leaf2/1>spine1/1");
    assertEquals(
        "leaf1/1 is cabled to spine2/3; the inventory says spine1/1; spine1/1 hears leaf2/1",
        miscabling("leaf1/1>spine1/1"),
        "three cables: no swap of two helps");
  }

  @Test
  void aPortThatTheInventoryDoesNotHaveIsSaidToBeNone() {
    cabled("leaf1/1>spine1/1", "leaf1/1>spine1/33");
    assertEquals(
        "leaf1/1 is cabled to spine1/33, a port that the inventory does not have; the inventory"
            + " says spine1/1, where nothing is heard of another",
        miscabling("leaf1/1>spine1/1"));
  }

  @Test
  void latencyThatIsMeasuredFourTimesAsHighIsSaid() {
    LinkId link = links().get(0).id();
    long declared = DECLARED_NS;
    measured(link, declared + 200_000);
    Condition c = conditions.look().of(link.value()).get(0);
    assertEquals(CONDITION_TYPE_LATENCY_MISMATCH, c.getType());
    assertEquals(
        link
            + ": "
            + declared
            + " ns are declared, "
            + (declared + 200_000)
            + " ns are measured: "
            + String.format(java.util.Locale.ROOT, "%.1f", (declared + 200_000) / (double) declared)
            + " times as long as declared",
        c.getMessage());
  }

  @Test
  void aCableThatDoesNotCarryLabelsIsSaid() {
    Link narrow = links().get(0);
    List<Link> all = new ArrayList<>(links());
    all.set(
        0,
        new Link(
            narrow.from(),
            narrow.to(),
            narrow.capacityBps(),
            narrow.latencyNs(),
            narrow.costMicrosPerGb(),
            narrow.facts().withMtuBytes(1_523)));
    List<io.myelin.core.model.Device> devices = new ArrayList<>();
    inventory.devices().forEach((id, d) -> devices.add(d));
    List<io.myelin.core.model.Endpoint> endpoints = new ArrayList<>();
    inventory.endpoints().forEach((id, e) -> endpoints.add(e));
    List<io.myelin.core.model.Tenant> tenants = new ArrayList<>();
    inventory.tenants().forEach((id, t) -> tenants.add(t));
    log.submit(new Command.SetInventory(new Inventory("x", 1, devices, all, endpoints, tenants), 1))
        .join();
    List<Condition> sum = conditions.look().summary();
    assertEquals(1, sum.size());
    assertEquals(CONDITION_TYPE_MTU_TOO_SMALL, sum.get(0).getType());
    assertEquals(
        narrow.id()
            + " carries packets of 1523 bytes; hosts send up to 1500 unless the inventory says"
            + " otherwise, and labels add up to 24: 1524 are needed",
        sum.get(0).getMessage());
  }

  @Test
  void aSummaryCountsWhatIsAboutMany() {
    links().forEach(l -> measured(l.id(), 5_000_000));
    List<Condition> sum = conditions.look().summary();
    assertEquals(1, sum.size());
    assertTrue(
        sum.get(0).getMessage().endsWith("; and " + (links().size() - 3) + " more"),
        sum.get(0)::getMessage);
  }
}
