package io.myelin.core.state;

import io.myelin.core.model.LinkId;

/** What became of a command. */
public sealed interface Outcome {

  /** Applied; there is nothing more to say. */
  record Done() implements Outcome {}

  /** Applied; the lease afterwards. */
  record LeaseDone(Lease lease) implements Outcome {}

  /** The same request was applied before; the lease as it is now. */
  record Replayed(Lease lease) implements Outcome {}

  /** Not applied, the state is as it was. */
  sealed interface Refused extends Outcome {}

  record LeaseExists(LeaseName name) implements Refused {}

  record LeaseNotFound(LeaseName name) implements Refused {}

  /** The lease ended or is being released. */
  record LeaseEnded(Lease lease) implements Refused {}

  record RequestIdReused(String requestId) implements Refused {}

  record EtagMismatch(Lease lease) implements Refused {}

  /** The same packets already belong to another lease. */
  record TrafficTaken(LeaseName by) implements Refused {}

  /** A link has no room for the path; the search must look again. */
  record LinkFull(LinkId link, long freeBps) implements Refused {}

  /** A link of the path is down or gone; the search must look again. */
  record LinkUnusable(LinkId link) implements Refused {}

  /** The command speaks of an older generation of the lease. */
  record Superseded(LeaseName name) implements Refused {}

  /** The inventory would leave living leases without an endpoint or a reserved link. */
  record InventoryInUse(LeaseName by, String what) implements Refused {}
}
