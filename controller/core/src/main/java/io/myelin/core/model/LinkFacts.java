package io.myelin.core.model;

import java.util.Collection;
import java.util.List;
import java.util.TreeSet;

/**
 * What requests may constrain besides bandwidth, latency and cost.
 *
 * <p>What is unknown is no good where a request asks for it: not zero, not a usual value.
 *
 * @param jitterNs variation of delay, nanoseconds; paths add it up (its worst case)
 * @param lossPpb packets lost of 10^9; paths add it up, which never understates
 * @param regions that the link touches on its way, sorted; empty: unknown
 * @param srlgs shared risk link groups (RFC 4202 §2.3): what fails with it, sorted
 * @param source who says so, for the evidence that leases carry
 * @param mtuBytes largest packet behind the Ethernet header that it carries, labels included; 0:
 *     unknown
 */
public record LinkFacts(
    Amount jitterNs,
    Amount lossPpb,
    List<String> regions,
    Encryption encryption,
    Medium medium,
    List<String> srlgs,
    Availability availability,
    String source,
    int mtuBytes) {

  /** Nothing is known. */
  public static final LinkFacts UNKNOWN =
      new LinkFacts(
          Amount.UNKNOWN,
          Amount.UNKNOWN,
          List.of(),
          Encryption.UNKNOWN,
          Medium.UNKNOWN,
          List.of(),
          Availability.ALWAYS,
          "",
          0);

  /** All packets. */
  public static final long MAX_LOSS_PPB = 1_000_000_000;

  /** Facts without an MTU. */
  public LinkFacts(
      Amount jitterNs,
      Amount lossPpb,
      List<String> regions,
      Encryption encryption,
      Medium medium,
      List<String> srlgs,
      Availability availability,
      String source) {
    this(jitterNs, lossPpb, regions, encryption, medium, srlgs, availability, source, 0);
  }

  public LinkFacts {
    Mtu.require(mtuBytes);
    Invalid.unless(
        lossPpb.value() <= MAX_LOSS_PPB,
        "loss",
        lossPpb + " ppb is not allowed; allowed: 0 to 1000000000");
    regions = names("regions", regions);
    srlgs = names("srlgs", srlgs);
  }

  private static List<String> names(String field, Collection<String> names) {
    names.forEach(n -> Ids.require(field, n));
    return List.copyOf(new TreeSet<>(names));
  }

  public LinkFacts withJitterNs(long ns) {
    Invalid.unless(ns >= 0, "jitter", ns + " ns is not allowed");
    return new LinkFacts(
        Amount.of(ns), lossPpb, regions, encryption, medium, srlgs, availability, source, mtuBytes);
  }

  public LinkFacts withLossPpb(long ppb) {
    Invalid.unless(ppb >= 0, "loss", ppb + " ppb is not allowed; allowed: 0 to 1000000000");
    return new LinkFacts(
        jitterNs,
        Amount.of(ppb),
        regions,
        encryption,
        medium,
        srlgs,
        availability,
        source,
        mtuBytes);
  }

  public LinkFacts withRegions(Collection<String> r) {
    return new LinkFacts(
        jitterNs,
        lossPpb,
        List.copyOf(r),
        encryption,
        medium,
        srlgs,
        availability,
        source,
        mtuBytes);
  }

  public LinkFacts withEncryption(Encryption e) {
    return new LinkFacts(
        jitterNs, lossPpb, regions, e, medium, srlgs, availability, source, mtuBytes);
  }

  public LinkFacts withMedium(Medium m) {
    return new LinkFacts(
        jitterNs, lossPpb, regions, encryption, m, srlgs, availability, source, mtuBytes);
  }

  public LinkFacts withSrlgs(Collection<String> s) {
    return new LinkFacts(
        jitterNs,
        lossPpb,
        regions,
        encryption,
        medium,
        List.copyOf(s),
        availability,
        source,
        mtuBytes);
  }

  public LinkFacts withAvailability(Availability a) {
    return new LinkFacts(
        jitterNs, lossPpb, regions, encryption, medium, srlgs, a, source, mtuBytes);
  }

  public LinkFacts withSource(String s) {
    return new LinkFacts(
        jitterNs, lossPpb, regions, encryption, medium, srlgs, availability, s, mtuBytes);
  }

  public LinkFacts withMtuBytes(int bytes) {
    return new LinkFacts(
        jitterNs, lossPpb, regions, encryption, medium, srlgs, availability, source, bytes);
  }
}
