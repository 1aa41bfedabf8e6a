package io.myelin.core.topology;

import io.myelin.core.model.Encryption;
import io.myelin.core.model.Link;
import io.myelin.core.model.Medium;

/**
 * What the numbers of a generated fabric leave open.
 *
 * @param hostRateBps of the access link of each NIC, bits per second
 * @param linkRateBps of each cable between switches of a site, bits per second
 * @param latencyNs of each such cable, nanoseconds
 * @param costMicrosPerGb of each such cable
 * @param medium of each such cable
 * @param encryption of each such cable and of access links
 * @param region of all switches of a single site
 * @param site name of a single site
 * @param maxLabels deepest label stack that every switch can push
 * @param wan between sites
 */
public record FabricOptions(
    long hostRateBps,
    long linkRateBps,
    long latencyNs,
    long costMicrosPerGb,
    Medium medium,
    Encryption encryption,
    String region,
    String site,
    int maxLabels,
    WanOptions wan) {

  /**
   * 400 Gb/s (IEEE 802.3bs) for NICs and switches alike, as the reference design of NVIDIA's DGX
   * H100 SuperPOD has them; 100 m of fibre; nobody bills traffic within a site, and nobody said
   * that it is encrypted.
   */
  public static final FabricOptions DEFAULT =
      new FabricOptions(
          400_000_000_000L,
          400_000_000_000L,
          Link.DEFAULT_LATENCY_NS,
          0,
          Medium.FIBRE,
          Encryption.UNKNOWN,
          "region1",
          "site1",
          FabricBuilder.MAX_LABELS,
          WanOptions.DEFAULT);

  /**
   * What sites of a wide-area network are like, and the fibre between neighbours.
   *
   * @param site each site's own fabric
   * @param rateBps of each fibre cable between sites, bits per second
   * @param latencyNs between neighbours on the ring, nanoseconds
   * @param costMicrosPerGb between neighbours on the ring
   * @param encryption of each fibre cable between sites
   */
  public record WanOptions(
      LeafSpine site, long rateBps, long latencyNs, long costMicrosPerGb, Encryption encryption) {

    /**
     * 400 Gb/s on one wavelength; 4 ms are 800 km of fibre; 0.02 a gigabyte, the list price of
     * large clouds between regions of a continent.
     */
    public static final WanOptions DEFAULT =
        new WanOptions(
            new LeafSpine(2, 2, 4), 400_000_000_000L, 4_000_000, 20_000, Encryption.MACSEC);
  }
}
