package io.myelin.core.state;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.myelin.core.Fabrics;
import io.myelin.core.model.DeviceId;
import io.myelin.core.model.Invalid;
import io.myelin.core.path.Objective;
import io.myelin.core.path.PathSearch;
import io.myelin.core.place.GroupPlacement;
import io.myelin.core.place.Placement;
import io.myelin.core.state.Lease.LeaseState;
import io.myelin.core.state.LeaseConditions.Now;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The name of what has ended can be used again; what ended keeps a name of its own. */
final class NameReuseTest {
  private static final LeaseSpec SPEC = Fabrics.spec("g1-1", "g2-1", 20 * Fabrics.GBPS);

  private final FabricState start = Fabrics.state(Fabrics.leafSpine(2, 2, 2));

  private static Applied create(FabricState s, String id, String requestId, long timeMs) {
    PathSearch.Found found = (PathSearch.Found) Placement.of(s, SPEC, Now.calm(timeMs)).find();
    Command.Request request =
        new Command.Request(new RequestKey(Fabrics.BLUE, requestId), requestId);
    return StateMachine.apply(
        s,
        new Command.CreateLease(Fabrics.name(id), SPEC, Route.of(found.path()), request, timeMs));
  }

  private static Lease lease(FabricState s, LeaseName name) {
    Lease lease = s.leases().get(name);
    assertNotNull(lease, () -> name + " among " + s.leases());
    return lease;
  }

  private static FabricState release(FabricState s, String id, long timeMs) {
    LeaseName name = Fabrics.name(id);
    FabricState releasing =
        StateMachine.apply(s, new Command.ReleaseLease(name, 0, null, timeMs)).after();
    long generation = lease(releasing, name).generation();
    return StateMachine.apply(releasing, new Command.Released(name, generation, timeMs)).after();
  }

  @Test
  void aLeaseThatEndedMakesRoomForAnotherOfItsNameAndStaysReadable() {
    LeaseName name = Fabrics.name("x");
    FabricState ended = release(create(start, "x", "first", 10).after(), "x", 20);
    Lease before = lease(ended, name);
    Applied again = create(ended, "x", "second", 30);
    assertInstanceOf(Outcome.LeaseDone.class, again.outcome());
    FabricState s = again.after();
    LeaseName aside = name.aside(before.revision());
    assertEquals("tenants/blue/leases/x~" + before.revision(), aside.toString());
    assertEquals(aside, LeaseName.parse("name", aside.toString()));
    assertEquals(name, aside.formerly());
    assertNull(name.formerly());
    assertEquals(before.called(aside, null), lease(s, aside));
    assertEquals(LeaseState.PROVISIONING, lease(s, name).state());
    assertEquals(30, lease(s, name).createTimeMs());
    assertEquals(
        List.of(
            new Applied.Change.LeaseChanged(aside),
            new Applied.Change.LeaseChanged(name),
            new Applied.Change.LeaseChanged(name)),
        again.changes());
    assertEquals(LeaseIndices.of(s.leases()), s.leaseIndices());
    assertEquals(1, s.tenants().usage().getOrDefault(Fabrics.BLUE, QuotaUsage.EMPTY).ended());
    FabricState late = StateMachine.apply(s, new Command.Tick(20 + RequestRecord.KEPT_MS)).after();
    assertNull(late.leases().get(aside), "forgotten when it would have been");
    assertNotNull(late.leases().get(name));
  }

  @Test
  void whatWasSaidOfTheOneThatEndedIsNotSaidOfTheOther() {
    LeaseName name = Fabrics.name("x");
    FabricState first = create(start, "x", "first", 10).after();
    long old = lease(first, name).generation();
    FabricState s = create(release(first, "x", 20), "x", "second", 30).after();
    Applied late = StateMachine.apply(s, new Command.Provisioned(name, old, 31));
    assertSame(s, late.after(), "an acknowledgement of the one that ended");
    Outcome replay = create(s, "x", "first", 32).outcome();
    Outcome.Replayed replayed = assertInstanceOf(Outcome.Replayed.class, replay);
    assertEquals(LeaseState.RELEASED, replayed.lease().state());
    assertTrue(replayed.lease().name().lease().startsWith("x~"), replayed::toString);
    Outcome second = create(s, "x", "second", 33).outcome();
    assertEquals(name, assertInstanceOf(Outcome.Replayed.class, second).lease().name());
  }

  @Test
  void usageStaysWithTheLeaseThatCarriedIt() {
    LeaseName name = Fabrics.name("x");
    FabricState s = create(start, "x", "first", 10).after();
    Usage.Counter counter = new Usage.Counter(new DeviceId("leaf1"), "an entry");
    s =
        StateMachine.apply(
                s,
                new Command.RecordUsage(
                    List.of(new Command.Reading(name, counter, 1L, 7, 700)), 15))
            .after();
    FabricState ended = release(s, "x", 20);
    LeaseName aside = name.aside(lease(ended, name).revision());
    FabricState after = create(ended, "x", "second", 30).after();
    assertNull(after.usage().get(name));
    assertEquals(700, after.usage().getOrDefault(aside, Usage.NONE).bytes());
  }

  @Test
  void aNameOfALeaseThatHasNotEndedIsRefused() {
    FabricState s = create(start, "x", "first", 10).after();
    Outcome.LeaseExists living =
        assertInstanceOf(Outcome.LeaseExists.class, create(s, "x", "second", 30).outcome());
    assertEquals(10, living.lease().createTimeMs());
    FabricState leaving =
        StateMachine.apply(s, new Command.ReleaseLease(Fabrics.name("x"), 0, null, 20)).after();
    Outcome.LeaseExists releasing =
        assertInstanceOf(Outcome.LeaseExists.class, create(leaving, "x", "second", 30).outcome());
    assertEquals(LeaseState.RELEASING, releasing.lease().state());
  }

  @Test
  void nobodyCanChooseTheNameOfWhatEnded() {
    for (String id : List.of("x~3", "~3", "x~")) {
      assertEquals(
          "lease_id",
          assertThrows(Invalid.class, () -> LeaseName.chosen(Fabrics.BLUE, id)).field());
      assertEquals(
          "job_id", assertThrows(Invalid.class, () -> JobName.chosen(Fabrics.BLUE, id)).field());
    }
    for (String id : List.of("x~0", "x~", "~3", "x~3~4", "x~03", "x~-1")) {
      assertThrows(Invalid.class, () -> new LeaseName(Fabrics.BLUE, id), id);
    }
  }

  private static Applied job(FabricState s, String requestId, long timeMs) {
    JobSpec spec =
        JobSpec.of(
            new Collective(Collective.Kind.RING, List.of("g1-1", "g2-1"), List.of(), List.of()),
            1,
            Fabrics.GBPS,
            Terms.of(Objective.LATENCY));
    List<LeaseSpec> flows = JobFlows.of(s.inventory(), spec);
    GroupPlacement.Placed p =
        (GroupPlacement.Placed) GroupPlacement.find(s, flows, Now.calm(timeMs));
    Command.Request request =
        new Command.Request(new RequestKey(Fabrics.BLUE, requestId), requestId);
    return StateMachine.apply(
        s,
        new Command.CreateJob(
            new JobName(Fabrics.BLUE, "j"), spec, p.routes(), p.moves(), p.fit(), request, timeMs));
  }

  @Test
  void jobsThatEndedMakeRoomLikewise() {
    JobName name = new JobName(Fabrics.BLUE, "j");
    FabricState s = job(start, "first", 10).after();
    s = StateMachine.apply(s, new Command.ReleaseJob(name, 0, null, 20)).after();
    assertInstanceOf(Outcome.JobExists.class, job(s, "second", 25).outcome(), "on its way out");
    for (String id : List.of("j-1", "j-2")) {
      long generation = lease(s, Fabrics.name(id)).generation();
      s = StateMachine.apply(s, new Command.Released(Fabrics.name(id), generation, 30)).after();
    }
    Job ended = s.jobs().get(name);
    assertNotNull(ended);
    Applied again = job(s, "second", 40);
    assertInstanceOf(Outcome.JobDone.class, again.outcome());
    FabricState after = again.after();
    JobName aside = name.aside(ended.revision());
    Job old = after.jobs().get(aside);
    Job now = after.jobs().get(name);
    assertNotNull(old);
    assertNotNull(now);
    assertEquals(Job.JobState.RELEASED, old.state());
    assertEquals(Job.JobState.PROVISIONING, now.state());
    old.leases()
        .forEach(
            (l, yes) -> {
              assertEquals(aside, lease(after, l).job());
              assertFalse(now.leases().containsKey(l));
            });
    assertEquals(2, old.leases().size());
    assertEquals(
        aside,
        assertInstanceOf(Outcome.JobReplayed.class, job(after, "first", 41).outcome())
            .job()
            .name());
    // When all of it is forgotten, so is the job.
    FabricState late =
        StateMachine.apply(after, new Command.Tick(30 + RequestRecord.KEPT_MS)).after();
    assertNull(late.jobs().get(aside));
    assertNotNull(late.jobs().get(name));
  }

  /** What refused a create once must refuse it when an old log is read again (invariant 7). */
  @Test
  void aCommandOfBeforeFormat4ComesToTheSameAgain() {
    FabricState ended = release(create(start, "x", "first", 10).after(), "x", 20);
    PathSearch.Found found = (PathSearch.Found) Placement.of(ended, SPEC, Now.calm(30)).find();
    Command old =
        new Command.CreateLease(
            Fabrics.name("x"), SPEC, Route.of(found.path()), null, 30, Command.NameUse.ONCE);
    Applied a = StateMachine.apply(ended, old);
    assertEquals(new Outcome.LeaseExists(lease(ended, Fabrics.name("x"))), a.outcome());
  }
}
