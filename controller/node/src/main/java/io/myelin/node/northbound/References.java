package io.myelin.node.northbound;

import com.google.rpc.Code;
import io.myelin.core.model.DeviceId;
import io.myelin.core.model.Endpoint;
import io.myelin.core.model.EndpointId;
import io.myelin.core.model.Invalid;
import io.myelin.core.model.LinkId;
import io.myelin.core.model.Tenant;
import io.myelin.core.model.TenantId;
import io.myelin.core.path.Constraints;
import io.myelin.core.state.Collective;
import io.myelin.core.state.FabricState;
import io.myelin.core.state.JobFlows;
import io.myelin.core.state.JobSpec;
import io.myelin.core.state.LeaseName;
import io.myelin.core.state.LeaseSpec;
import io.myelin.core.state.Outcome;
import io.myelin.core.state.Terms;
import io.myelin.node.northbound.access.Callers;
import io.myelin.node.northbound.error.ApiErrors;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What requests name must exist, and be the tenant's own where that matters. */
final class References {
  private References() {}

  /**
   * Checks everything that a lease, or a question for one, names.
   *
   * @param in the message that has the fields, for errors: {@code lease} or {@code query}
   */
  static void check(FabricState s, String in, TenantId tenant, LeaseSpec spec) {
    Tenant owner = owner(s, tenant);
    ends(s, in + ".source", in + ".destination", owner, spec.source(), spec.destination());
    constraints(s, in + ".constraints", tenant, spec.terms());
  }

  /** Checks everything that a job names. */
  static void check(FabricState s, TenantId tenant, JobSpec spec) {
    Tenant owner = owner(s, tenant);
    Collective c = spec.collective();
    for (int i = 0; i < c.pairs().size(); i++) {
      FabricState.Pair p = c.pairs().get(i);
      String in = "job.pairs[" + i + "]";
      ends(s, in + ".source", in + ".destination", owner, p.source(), p.destination());
    }
    VisibilityFilter visible = VisibilityFilter.to(Callers.current(), s.inventory());
    List<String> hosts = visible.hosts(JobFlows.hosts(s.inventory()));
    Set<String> known = Set.copyOf(hosts);
    for (int i = 0; i < c.members().size(); i++) {
      if (!known.contains(c.members().get(i))) {
        throw Refusals.unknown("job.members[" + i + "]", c.members().get(i), hosts);
      }
    }
    try {
      for (LeaseSpec flow : JobFlows.of(s.inventory(), spec)) {
        ends(s, "job.members", "job.members", owner, flow.source(), flow.destination());
      }
    } catch (Invalid e) {
      throw e.under("job." + e.field());
    }
    constraints(s, "job.constraints", tenant, spec.terms());
  }

  private static Tenant owner(FabricState s, TenantId tenant) {
    Tenant owner = s.inventory().tenants().get(tenant);
    if (owner == null) {
      throw Refusals.unknown("parent", "tenants/" + tenant, s.inventory().tenants());
    }
    return owner;
  }

  /**
   * @param sends field that names the source, for errors
   * @param receives field that names the destination
   */
  private static void ends(
      FabricState s, String sends, String receives, Tenant owner, EndpointId from, EndpointId to) {
    Endpoint source = endpoint(s, sends, from);
    Endpoint destination = endpoint(s, receives, to);
    TenantId tenant = owner.id();
    if (!source.tenant().equals(tenant)) {
      throw ApiErrors.of(
          Code.PERMISSION_DENIED,
          "NOT_YOUR_ENDPOINT",
          sends + ": endpoint '" + source.id() + "' does not belong to tenant '" + tenant + "'",
          Map.of("field", sends));
    }
    if (!destination.tenant().equals(tenant) && !owner.mayReach().contains(destination.tenant())) {
      throw ApiErrors.of(
          Code.PERMISSION_DENIED,
          "ISOLATED",
          receives
              + ": no policy lets tenant '"
              + tenant
              + "' reach endpoint '"
              + destination.id()
              + "'",
          Map.of("field", receives));
    }
    families(receives, source, destination);
  }

  /** A packet has one family: from an IPv6 address to an IPv4 one there is none. */
  private static void families(String field, Endpoint source, Endpoint destination) {
    Invalid.unless(
        source.ip().isIpv4() == destination.ip().isIpv4(),
        field,
        "no packet goes from "
            + addressed(source)
            + " to "
            + addressed(destination)
            + "; allowed: two endpoints of one family");
  }

  private static String addressed(Endpoint e) {
    return "'" + e.id() + "' (" + (e.ip().isIpv4() ? "IPv4 " : "IPv6 ") + e.ip() + ")";
  }

  private static Endpoint endpoint(FabricState s, String field, EndpointId id) {
    Endpoint e = s.inventory().endpoints().get(id);
    VisibilityFilter visible = VisibilityFilter.to(Callers.current(), s.inventory());
    if (e == null || !visible.sees(e)) {
      // Another tenant's endpoint is as unknown as one that does not exist.
      throw Refusals.unknown(field, id.value(), visible.endpoints());
    }
    return e;
  }

  private static void constraints(FabricState s, String in, TenantId tenant, Terms terms) {
    Constraints c = terms.constraints();
    c.via().forEach(d -> device(s, in + ".via", d));
    c.avoid().devices().forEach(d -> device(s, in + ".avoid.devices", d));
    for (LinkId link : c.avoid().links()) {
      if (!s.inventory().links().containsKey(link)) {
        throw Refusals.unknown(in + ".avoid.links", link.value(), s.inventory().links());
      }
    }
    for (LeaseName name : terms.apart().from()) {
      // Another tenant's lease is as unknown as one that does not exist.
      if (!name.tenant().equals(tenant) || !s.leases().containsKey(name)) {
        throw Refusals.of(new Outcome.LeaseNotFound(name));
      }
    }
  }

  private static void device(FabricState s, String field, DeviceId id) {
    if (!s.inventory().devices().containsKey(id)) {
      throw Refusals.unknown(field, id.value(), s.inventory().devices());
    }
  }
}
