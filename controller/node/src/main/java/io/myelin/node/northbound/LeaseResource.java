package io.myelin.node.northbound;

import io.myelin.core.collect.PersistentMap;
import io.myelin.core.model.TenantId;
import io.myelin.core.state.Command;
import io.myelin.core.state.FabricState;
import io.myelin.core.state.Lease;
import io.myelin.core.state.Lease.LeaseState;
import io.myelin.core.state.LeaseName;
import io.myelin.core.state.Named;
import io.myelin.core.state.Outcome;
import org.jspecify.annotations.Nullable;

/** Leases. */
enum LeaseResource implements Resource<LeaseName, Lease, io.myelin.v1.Lease> {
  LEASES;

  @Override
  public String noun() {
    return "lease";
  }

  @Override
  public LeaseName parse(String field, String name) {
    return LeaseName.parse(field, name);
  }

  @Override
  public LeaseName chosen(TenantId tenant, String id) {
    return LeaseName.chosen(tenant, id);
  }

  @Override
  public LeaseName first(TenantId tenant) {
    return new LeaseName(tenant, "0");
  }

  @Override
  public @Nullable LeaseName own(Named name) {
    return name instanceof LeaseName lease ? lease : null;
  }

  @Override
  public PersistentMap<LeaseName, Lease> in(FabricState s) {
    return s.leases();
  }

  @Override
  public LeaseName name(Lease lease) {
    return lease.name();
  }

  @Override
  public long createTimeMs(Lease lease) {
    return lease.createTimeMs();
  }

  @Override
  public long version(Lease lease) {
    return lease.generation();
  }

  @Override
  public boolean lives(Lease lease) {
    return lease.state().lives();
  }

  @Override
  public boolean ended(Lease lease) {
    return lease.state().ended();
  }

  @Override
  public boolean isQuiet(Lease lease) {
    return lease.state() != LeaseState.PROVISIONING && lease.state() != LeaseState.RELEASING;
  }

  @Override
  public boolean failed(Lease began, Lease now) {
    return began.state() == LeaseState.PROVISIONING && now.state() == LeaseState.FAILED;
  }

  @Override
  public Lease answered(FabricState s, Lease seen) {
    return seen;
  }

  @Override
  public Lease granted(Outcome outcome) {
    if (outcome instanceof Outcome.LeaseDone d) {
      return d.lease();
    } else if (outcome instanceof Outcome.Replayed r) {
      return r.lease();
    }
    throw Refusals.of(outcome);
  }

  @Override
  public @Nullable Lease endedBefore(FabricState s, Outcome outcome) {
    return outcome instanceof Outcome.LeaseEnded e ? e.lease() : null;
  }

  @Override
  public Command release(LeaseName name, long etag, Command.@Nullable Request request, long nowMs) {
    return new Command.ReleaseLease(name, etag, request, nowMs);
  }

  @Override
  public Outcome notFound(LeaseName name) {
    return new Outcome.LeaseNotFound(name);
  }

  @Override
  public Outcome hasEnded(Lease lease) {
    return new Outcome.LeaseEnded(lease);
  }

  @Override
  public io.myelin.v1.Lease message(FabricState s, Lease lease) {
    return Protos.lease(s, lease);
  }

  @Override
  public io.myelin.v1.Lease preview(FabricState s, Lease lease) {
    return Protos.preview(s, lease);
  }

  @Override
  public io.myelin.v1.Lease gone(LeaseName name) {
    return io.myelin.v1.Lease.newBuilder().setName(name.toString()).build();
  }

  @Override
  public String reason(io.myelin.v1.Lease message) {
    return message.getReason();
  }
}
