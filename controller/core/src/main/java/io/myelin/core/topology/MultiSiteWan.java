package io.myelin.core.topology;

import io.myelin.core.model.Availability;
import io.myelin.core.model.Availability.Recurrence;
import io.myelin.core.model.Device;
import io.myelin.core.model.DeviceId;
import io.myelin.core.model.Encryption;
import io.myelin.core.model.Inventory;
import io.myelin.core.model.LinkFacts;
import io.myelin.core.model.Medium;
import io.myelin.core.topology.FabricBuilder.Cable;
import io.myelin.core.topology.FabricOptions.WanOptions;
import java.util.ArrayList;
import java.util.List;

/**
 * Sites, each a region with a small leaf-spine fabric and a border switch above its spines, at the
 * corners of a regular polygon. Between border switches:
 *
 * <ul>
 *   <li>neighbours: two fibres, in ducts that share nothing. The one in duct {@code duct-a-i} takes
 *       the straight way; the one in {@code duct-b-i} is a quarter longer and costs half;
 *   <li>from four sites on, chords across: fibre as long and as dear as geometry says. A chord
 *       leaves both its sites through their duct b, and so fails with it;
 *   <li>from the first site to the second: terrestrial radio, which is straighter and faster than
 *       fibre (two thirds of its latency), narrow, dear, lossy in rain and not encrypted;
 *   <li>from the first site to the one opposite: satellites in low orbit, there for ten minutes of
 *       each orbit. Which countries they touch is not known, so their regions are empty.
 * </ul>
 *
 * <p>Fibre is there so that requests have choices, radio and satellites so that constraints have
 * something to exclude.
 */
public record MultiSiteWan(int sites) implements GeneratedFabric {
  /** At 800 km each, once around the globe. */
  private static final int MAX_SITES = 48;

  /** Light in air against light in fibre. */
  private static final double AIR = 2 / 3.0;

  /** Up to an orbit of 550 km and down again, 1100 km at 300 km/ms. */
  private static final long ORBIT_LATENCY_NS = 3_666_667;

  /** What one carrier of either kind brings. */
  private static final long NARROW_BPS = 1_000_000_000L;

  private static final long ORBIT_MS = 95 * 60_000;
  private static final long PASS_MS = 10 * 60_000;

  public MultiSiteWan {
    ShortForm.require("SITES", sites, 2, MAX_SITES);
  }

  @Override
  public String shortForm() {
    return ShortForm.WAN.of(sites);
  }

  @Override
  public Size size() {
    Size site = WanOptions.DEFAULT.site().size();
    long toBorder = WanOptions.DEFAULT.site().spines();
    long radioAndSatellites = 2;
    long between = 2L * ringSegments() + chords() + radioAndSatellites;
    return new Size(
        sites * (site.switches() + 1),
        sites * (site.cables() + toBorder) + between,
        sites * site.endpoints());
  }

  @Override
  public Inventory inventory(FabricOptions options) {
    FabricBuilder fabric = new FabricBuilder(inventoryName(), options.maxLabels());
    List<DeviceId> borders = new ArrayList<>();
    for (int i = 0; i < sites; i++) {
      borders.add(addSite(fabric, options, i));
    }
    addRing(fabric, options.wan(), borders);
    addChords(fabric, options.wan(), borders);
    addRadio(fabric, options.wan(), borders);
    addSatellites(fabric, options.wan(), borders);
    return fabric.build();
  }

  /** Its border switch. */
  private DeviceId addSite(FabricBuilder fabric, FabricOptions options, int i) {
    String name = "site" + (i + 1);
    SiteBuilder site =
        new SiteBuilder(fabric, options, name + "-", region(i), name, SiteBuilder.source(this));
    List<DeviceId> spines = options.wan().site().addTo(site);
    DeviceId border = site.device("border", Device.Role.BORDER);
    spines.forEach(spine -> site.cable(spine, border));
    return border;
  }

  private void addRing(FabricBuilder fabric, WanOptions wan, List<DeviceId> borders) {
    for (int i = 0; i < ringSegments(); i++) {
      int j = (i + 1) % sites;
      LinkFacts facts = fibre(wan, i, j);
      Cable straight =
          new Cable(
              wan.rateBps(),
              wan.latencyNs(),
              wan.costMicrosPerGb(),
              facts.withSrlgs(List.of("duct-a-" + (i + 1))));
      Cable detour =
          new Cable(
              wan.rateBps(),
              wan.latencyNs() / 4 * 5,
              wan.costMicrosPerGb() / 2,
              facts.withSrlgs(List.of(ductB(i))));
      fabric.cable(borders.get(i), borders.get(j), straight);
      fabric.cable(borders.get(i), borders.get(j), detour);
    }
  }

  private void addChords(FabricBuilder fabric, WanOptions wan, List<DeviceId> borders) {
    for (int i = 0; i < chords(); i++) {
      int j = i + opposite();
      fabric.cable(
          borders.get(i),
          borders.get(j),
          new Cable(
              wan.rateBps(),
              Math.round(wan.latencyNs() * across()),
              Math.round(wan.costMicrosPerGb() * across()),
              fibre(wan, i, j).withSrlgs(List.of(ductB(i), ductB(j)))));
    }
  }

  private void addRadio(FabricBuilder fabric, WanOptions wan, List<DeviceId> borders) {
    LinkFacts facts =
        between(0, 1).withMedium(Medium.RADIO).withEncryption(Encryption.NONE).withLossPpb(10_000);
    fabric.cable(
        borders.get(0),
        borders.get(1),
        new Cable(NARROW_BPS, Math.round(wan.latencyNs() * AIR), 2 * wan.costMicrosPerGb(), facts));
  }

  private void addSatellites(FabricBuilder fabric, WanOptions wan, List<DeviceId> borders) {
    Availability passes =
        new Availability(List.of(new Recurrence(0, PASS_MS, ORBIT_MS)), List.of());
    LinkFacts facts =
        LinkFacts.UNKNOWN
            .withMedium(Medium.LEO)
            .withEncryption(Encryption.IPSEC)
            .withJitterNs(5_000_000)
            .withLossPpb(100_000)
            .withAvailability(passes)
            .withSource(SiteBuilder.source(this));
    fabric.cable(
        borders.get(0),
        borders.get(opposite()),
        new Cable(
            NARROW_BPS,
            ORBIT_LATENCY_NS + Math.round(wan.latencyNs() * across() * AIR),
            5 * wan.costMicrosPerGb(),
            facts));
  }

  private int ringSegments() {
    return sites == 2 ? 1 : sites;
  }

  /** Up to three sites are all neighbours. */
  private int chords() {
    return sites < 4 ? 0 : opposite();
  }

  /** How many corners on the site is that faces one. */
  private int opposite() {
    return sites / 2;
  }

  /** Length of a chord over half the sites, in sides of the polygon. */
  private double across() {
    double side = StrictMath.PI / sites;
    return StrictMath.sin(side * opposite()) / StrictMath.sin(side);
  }

  private LinkFacts fibre(WanOptions wan, int i, int j) {
    return between(i, j).withMedium(Medium.FIBRE).withEncryption(wan.encryption());
  }

  private LinkFacts between(int i, int j) {
    return FabricBuilder.invented(SiteBuilder.source(this))
        .withRegions(List.of(region(i), region(j)));
  }

  private static String region(int i) {
    return "region" + (i + 1);
  }

  private static String ductB(int i) {
    return "duct-b-" + (i + 1);
  }
}
