package io.myelin.core.state;

import io.myelin.core.model.Endpoint;
import io.myelin.core.model.EndpointId;
import io.myelin.core.model.Invalid;
import io.myelin.core.model.Inventory;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/** The leases that a job is made of: a pure function of what was asked and of the inventory. */
public final class JobFlows {
  /** Bound on leases of one job: a ring of 256 hosts of 8 rails with 8 queue pairs. */
  public static final int MAX_LEASES = 16_384;

  private JobFlows() {}

  /** What tells a job's flows apart: endpoints and packets. */
  public record Flow(FabricState.Pair pair, TrafficSelector traffic) {
    public static Flow of(LeaseSpec spec) {
      return new Flow(new FabricState.Pair(spec.source(), spec.destination()), spec.traffic());
    }
  }

  /** A job's leases that live, by what they carry. */
  public static Map<Flow, Lease> living(FabricState s, Job job) {
    Map<Flow, Lease> all = new HashMap<>();
    for (Map.Entry<LeaseName, Boolean> e : job.leases()) {
      Lease lease = s.leases().get(e.getKey());
      if (lease != null && lease.state().lives()) {
        all.put(Flow.of(lease.spec()), lease);
      }
    }
    return all;
  }

  /**
   * One lease for each queue pair class of each flow, in a fixed order.
   *
   * @throws Invalid naming the member that is unknown or has not the rails, or the job's size
   */
  public static List<LeaseSpec> of(Inventory inventory, JobSpec spec) {
    Map<FabricState.Pair, Integer> flows = pairs(inventory, spec.collective());
    long leases = (long) flows.size() * spec.qpsPerPair();
    Invalid.unless(
        leases <= MAX_LEASES,
        spec.collective().kind() == Collective.Kind.PAIRS ? "pairs" : "members",
        leases + " leases are not allowed; allowed: up to " + MAX_LEASES + " a job");
    long unit = spec.bandwidthBps() / busiest(flows) / spec.qpsPerPair();
    Invalid.unless(
        unit > 0,
        "bandwidth_bps",
        spec.bandwidthBps() + " is less than one bit per second for each of the job's flows");
    List<LeaseSpec> all = new ArrayList<>();
    flows.forEach(
        (pair, times) -> {
          for (int qp = 0; qp < spec.qpsPerPair(); qp++) {
            all.add(
                new LeaseSpec(
                    pair.source(),
                    pair.destination(),
                    TrafficSelector.roceClass(spec.qpsPerPair(), qp),
                    unit * times,
                    terms(spec, unit * times),
                    spec.startTimeMs(),
                    spec.expireTimeMs()));
          }
        });
    return all;
  }

  /**
   * How many shares of its bandwidth a job's busiest NIC has: its flows times their queue pairs. A
   * share is the bandwidth divided by this, rounded down, and every lease has one or more of them.
   *
   * @throws Invalid as {@link #of}
   */
  public static long sharesOfBusiest(Inventory inventory, JobSpec spec) {
    return (long) busiest(pairs(inventory, spec.collective())) * spec.qpsPerPair();
  }

  /**
   * A flow needs the same part of its bandwidth as the job does of its own, and may burst alike.
   */
  private static Terms terms(JobSpec spec, long flowBps) {
    Terms terms = spec.terms();
    Degradation d = terms.degradation();
    if (d.minBps() > 0) {
      long least = (long) ((double) d.minBps() / spec.bandwidthBps() * flowBps);
      terms = terms.with(new Degradation(d.mode(), Math.min(least, flowBps)));
    }
    if (terms.burstBps() > 0) {
      double burst = (double) terms.burstBps() / spec.bandwidthBps() * flowBps;
      long most = LeaseSpec.MAX_BANDWIDTH_BPS;
      terms = terms.withBurstBps(Math.min(most, Math.max(flowBps, (long) burst)));
    }
    return terms;
  }

  /** How many flows go between two endpoints. */
  private static Map<FabricState.Pair, Integer> pairs(Inventory inventory, Collective c) {
    Map<FabricState.Pair, Integer> flows = new LinkedHashMap<>();
    if (c.kind() == Collective.Kind.PAIRS) {
      c.pairs().forEach(p -> flows.put(p, 1));
      return flows;
    }
    List<Map<Integer, EndpointId>> nics = new ArrayList<>();
    Map<String, Map<Integer, EndpointId>> hosts = nicsByHost(inventory);
    for (int m = 0; m < c.members().size(); m++) {
      Map<Integer, EndpointId> of = hosts.get(c.members().get(m));
      Invalid.unless(
          of != null, "members[" + m + "]", "'" + c.members().get(m) + "' is not a host here");
      nics.add(of == null ? Map.of() : of);
    }
    List<Integer> rails = c.rails().isEmpty() ? new ArrayList<>(nics.get(0).keySet()) : c.rails();
    for (int m = 0; m < nics.size(); m++) {
      String field = "members[" + m + "]";
      String has = "'" + c.members().get(m) + "' has rails " + nics.get(m).keySet();
      Invalid.unless(nics.get(m).keySet().containsAll(rails), field, has + ", not all of " + rails);
      Invalid.unless(
          !c.rails().isEmpty() || nics.get(m).size() == rails.size(),
          field,
          has + ", '" + c.members().get(0) + "' has " + rails + "; name the rails to use");
    }
    for (int rail : rails) {
      for (int[] ranks : c.ranks()) {
        EndpointId from = nics.get(ranks[0]).get(rail);
        EndpointId to = nics.get(ranks[1]).get(rail);
        if (from != null && to != null) {
          flows.merge(new FabricState.Pair(from, to), 1, Integer::sum);
        }
      }
    }
    return flows;
  }

  /** NICs by host and rail; an endpoint that names no host is one of its own. */
  private static Map<String, Map<Integer, EndpointId>> nicsByHost(Inventory inventory) {
    Map<String, Map<Integer, EndpointId>> hosts = new TreeMap<>();
    for (Map.Entry<EndpointId, Endpoint> e : inventory.endpoints()) {
      String host = e.getValue().host();
      hosts
          .computeIfAbsent(host.isEmpty() ? e.getKey().toString() : host, h -> new TreeMap<>())
          .put(e.getValue().rail(), e.getKey());
    }
    return hosts;
  }

  /** Hosts whose NICs an inventory has, as jobs name them. */
  public static List<String> hosts(Inventory inventory) {
    return new ArrayList<>(new TreeSet<>(nicsByHost(inventory).keySet()));
  }

  /** Flows that the busiest NIC sends, or receives. */
  private static int busiest(Map<FabricState.Pair, Integer> flows) {
    Map<EndpointId, Integer> sent = new HashMap<>();
    Map<EndpointId, Integer> received = new HashMap<>();
    int most = 1;
    for (Map.Entry<FabricState.Pair, Integer> e : flows.entrySet()) {
      most = Math.max(most, sent.merge(e.getKey().source(), e.getValue(), Integer::sum));
      most = Math.max(most, received.merge(e.getKey().destination(), e.getValue(), Integer::sum));
    }
    return most;
  }
}
