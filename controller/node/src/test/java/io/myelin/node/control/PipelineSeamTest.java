package io.myelin.node.control;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.myelin.core.model.DeviceId;
import io.myelin.core.model.EndpointId;
import io.myelin.core.model.TenantId;
import io.myelin.core.model.U128;
import io.myelin.core.path.Objective;
import io.myelin.core.pipeline.Entry;
import io.myelin.core.pipeline.EntryAction;
import io.myelin.core.pipeline.Pipeline;
import io.myelin.core.place.Placement;
import io.myelin.core.state.Command;
import io.myelin.core.state.Lease;
import io.myelin.core.state.Lease.LeaseState;
import io.myelin.core.state.LeaseConditions;
import io.myelin.core.state.LeaseName;
import io.myelin.core.state.LeaseSpec;
import io.myelin.core.state.Route;
import io.myelin.core.state.Terms;
import io.myelin.core.state.TrafficSelector;
import io.myelin.core.topology.FabricOptions;
import io.myelin.core.topology.LeafSpine;
import io.myelin.node.store.InProcessStateLog;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/**
 * Nothing but a pipeline knows what a target's tables are called: one of another kind does, too.
 */
final class PipelineSeamTest {
  private final ManualExecutor control = new ManualExecutor();
  private final InProcessStateLog log = new InProcessStateLog(1);
  private final FakeSwitch target =
      new FakeSwitch() {
        private final Pipeline toy = new ToyPipeline();

        @Override
        public Pipeline pipeline() {
          return toy;
        }
      };

  private void settle() {
    control.runAll();
    target.answerAll();
    control.advanceMs(1_000);
    target.answerAll();
    control.runAll();
  }

  private Lease lease(LeaseName name) {
    return Objects.requireNonNull(log.state().leases().get(name), name.toString());
  }

  @Test
  void aLeaseLivesAndEndsOnATargetOfAnotherKind() {
    submit(new Command.SetInventory(new LeafSpine(2, 2, 1).inventory(FabricOptions.DEFAULT), 1));
    TenantId tenant = log.state().inventory().tenants().iterator().next().getKey();
    LeaseName name = new LeaseName(tenant, "a");
    try (Controller controller =
        new Controller(
            log,
            target,
            control.guarded(),
            control::nowMs,
            Pace.of(Duration.ofDays(1)),
            FrameSeal.of(new byte[] {1}))) {
      controller.start();
      control.runAll();
      log.state().inventory().devices().forEach((id, d) -> controller.ready(id));
      settle();
      assertEquals(List.of(), List.copyOf(target.tables.values()), "nothing without a lease");

      submit(new Command.CreateLease(name, spec(), route(), null, control.nowMs()));
      settle();
      assertEquals(LeaseState.ACTIVE, lease(name).state());
      Entry row = target.tables.values().iterator().next();
      assertEquals(1, target.tables.size());
      assertEquals(
          lease(name).path().egress().stream().map(p -> U128.of(p.port())).toList(),
          ((EntryAction.Call) row.action()).args().stream().map(EntryAction.Arg::value).toList());

      submit(new Command.ReleaseLease(name, 0, null, control.nowMs()));
      settle();
      assertEquals(LeaseState.RELEASED, lease(name).state());
      assertEquals(List.of(), List.copyOf(target.tables.values()));
    }
  }

  private void submit(Command c) {
    var unused = log.submit(c).join();
  }

  private LeaseSpec spec() {
    List<EndpointId> ends =
        List.of(
            log.state().inventory().endpointsAt(device("leaf1")).get(0).id(),
            log.state().inventory().endpointsAt(device("leaf2")).get(0).id());
    return new LeaseSpec(
        ends.get(0),
        ends.get(1),
        new TrafficSelector(TrafficSelector.Kind.ROCE, List.of()),
        1_000_000,
        Terms.of(Objective.LATENCY),
        LeaseSpec.AT_ONCE,
        LeaseSpec.NEVER);
  }

  private static DeviceId device(String name) {
    return new DeviceId(name);
  }

  private Route route() {
    Placement placement =
        Placement.of(log.state(), spec(), LeaseConditions.Now.calm(control.nowMs()));
    return Objects.requireNonNull(placement.route(spec().terms().protection()));
  }
}
