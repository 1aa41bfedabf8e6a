package io.myelin.web.metrics;

import io.grpc.Status;
import io.myelin.core.loop.Decision;
import io.myelin.core.loop.RecordedDecision;
import io.myelin.core.model.DeviceId;
import io.myelin.core.port.StateLog;
import io.myelin.core.port.WriteOutcome;
import io.myelin.core.state.Applied;
import io.myelin.core.state.FabricState;
import io.myelin.core.state.Lease;
import io.myelin.core.state.LeaseName;
import io.myelin.node.observe.MemberEvents;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.Unit;
import java.util.Map;

/** Counts what happens: calls, commits, writes, decisions, leases that come into force. */
final class EventMetrics implements MemberEvents {
  /** From a tenth of a millisecond, a call of a node that has all it needs, to what is given up. */
  private static final double[] SECONDS = {
    0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
    30
  };

  private final Histogram calls;
  private final Histogram commits;
  private final Histogram writes;
  private final Counter updates;
  private final Counter unanswered;
  private final Counter decisions;
  private final Histogram reactions;
  private final Histogram setUps;
  private long lastDecision = -1;

  EventMetrics(PrometheusRegistry registry) {
    calls =
        histogram("myelin_rpc_duration_seconds", "Of calls, by method and code.")
            .labelNames("method", "code")
            .register(registry);
    commits =
        histogram(
                "myelin_log_commit_duration_seconds",
                "Of what calls propose, until it is committed and applied here.")
            .register(registry);
    writes =
        histogram(
                "myelin_switch_write_duration_seconds",
                "Of writes to switches, until these answer.")
            .register(registry);
    updates =
        Counter.builder()
            .name("myelin_switch_updates_total")
            .help("Updates of table entries, by switch and by what became of them.")
            .labelNames("device", "outcome")
            .register(registry);
    unanswered =
        Counter.builder()
            .name("myelin_switch_writes_unanswered_total")
            .help("Writes whose session broke before the switch answered.")
            .labelNames("device")
            .register(registry);
    decisions =
        Counter.builder()
            .name("myelin_loop_decisions_total")
            .help("Decisions of the loops, by kind; none: nothing could be done.")
            .labelNames("kind")
            .register(registry);
    reactions =
        histogram(
                "myelin_loop_reaction_duration_seconds",
                "From hearing of congestion until the switches had acknowledged what was decided.")
            .register(registry);
    setUps =
        histogram(
                "myelin_lease_setup_duration_seconds",
                "From creation until the switches had acknowledged, by the log's time.")
            .register(registry);
    for (Decision.Kind k : Decision.Kind.values()) {
      decisions.initLabelValues(Families.text(k));
    }
  }

  private static Histogram.Builder histogram(String name, String help) {
    return Histogram.builder()
        .name(name)
        .help(help)
        .unit(Unit.SECONDS)
        .classicOnly()
        .classicUpperBounds(SECONDS);
  }

  @Override
  public void called(String method, Status.Code code, long ns) {
    calls.labelValues(method, code.name()).observe(ns / 1e9);
  }

  @Override
  public void committed(long ns) {
    commits.observe(ns / 1e9);
  }

  @Override
  public void written(DeviceId device, Map<WriteOutcome.Kind, Integer> outcomes, long ns) {
    writes.observe(ns / 1e9);
    outcomes.forEach((k, n) -> updates.labelValues(device.value(), Families.text(k)).inc(n));
  }

  @Override
  public void unanswered(DeviceId device) {
    unanswered.labelValues(device.value()).inc();
  }

  /** As it is made, and once more as it is acknowledged. */
  synchronized void decided(RecordedDecision d) {
    if (d.id() > lastDecision) {
      lastDecision = d.id();
      decisions.labelValues(Families.text(d.decision().kind())).inc();
    }
    if (d.reactionUs() > 0) {
      reactions.observe(d.reactionUs() / 1e6);
    }
  }

  /** What the log applies; on its thread. */
  void follow(StateLog log) {
    log.follow(this::applied);
  }

  private void applied(Applied a) {
    for (Applied.Change c : a.changes()) {
      if (c instanceof Applied.Change.LeaseChanged changed) {
        leaseChanged(a.before(), a.after(), changed.lease());
      }
    }
  }

  private void leaseChanged(FabricState before, FabricState after, LeaseName name) {
    Lease was = before.leases().get(name);
    Lease is = after.leases().get(name);
    if (was != null
        && is != null
        && was.state() == Lease.LeaseState.PROVISIONING
        && is.state() == Lease.LeaseState.ACTIVE) {
      long began = Math.max(is.createTimeMs(), is.spec().startTimeMs());
      setUps.observe(Math.max(0, is.updateTimeMs() - began) / 1e3);
    }
  }
}
