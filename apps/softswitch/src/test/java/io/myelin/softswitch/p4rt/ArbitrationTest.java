package io.myelin.softswitch.p4rt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.Any;
import com.google.rpc.Code;
import io.grpc.Status;
import io.myelin.p4.v1.MasterArbitrationUpdate;
import io.myelin.p4.v1.Uint128;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

final class ArbitrationTest {
  private final Arbitration<String> arbitration = new Arbitration<>(1);

  private static MasterArbitrationUpdate.Builder message(long high, long low) {
    return MasterArbitrationUpdate.newBuilder()
        .setDeviceId(1)
        .setElectionId(Uint128.newBuilder().setHigh(high).setLow(low));
  }

  private Arbitration.Outcome<String> update(String stream, long id) {
    return arbitration.update(stream, message(0, id).build());
  }

  private static Map<String, Integer> codes(List<Arbitration.Notice<String>> notices) {
    Map<String, Integer> out = new TreeMap<>();
    notices.forEach(n -> out.put(n.stream(), n.update().getStatus().getCode()));
    return out;
  }

  private Status.Code refusal(String stream, MasterArbitrationUpdate.Builder m) {
    return assertThrows(Refusal.class, () -> arbitration.update(stream, m.build())).code();
  }

  @Test
  void firstStreamBecomesPrimary() {
    Arbitration.Outcome<String> o = update("a", 5);
    assertEquals(Code.OK_VALUE, o.self().update().getStatus().getCode());
    assertEquals(5, o.self().update().getElectionId().getLow());
    assertTrue(o.others().isEmpty());
    assertTrue(arbitration.isPrimary("a"));
  }

  @Test
  void electionIdsCompareAsUnsigned128BitNumbers() {
    update("low", -1);
    arbitration.update("high", message(1, 0).build());
    assertTrue(arbitration.isPrimary("high"));
    arbitration.update("highest", message(-1, 0).build());
    assertTrue(arbitration.isPrimary("highest"), "a high half above 2^63 is not negative");
  }

  @Test
  void electionIdZeroIsNotUnset() {
    update("a", 0);
    assertTrue(arbitration.isPrimary("a"));
  }

  @Test
  void unsetElectionIdNeverBecomesPrimary() {
    MasterArbitrationUpdate m = MasterArbitrationUpdate.newBuilder().setDeviceId(1).build();
    Arbitration.Outcome<String> o = arbitration.update("a", m);
    assertEquals(Code.NOT_FOUND_VALUE, o.self().update().getStatus().getCode());
    assertFalse(o.self().update().hasElectionId(), "there has been no primary");
    arbitration.update("b", m);
    assertFalse(arbitration.isPrimary("a") || arbitration.isPrimary("b"));
  }

  @Test
  void higherIdDeposesAndAllAreTold() {
    update("a", 5);
    update("b", 3);
    Arbitration.Outcome<String> o = update("c", 6);
    assertEquals(
        Map.of("a", Code.ALREADY_EXISTS_VALUE, "b", Code.ALREADY_EXISTS_VALUE), codes(o.others()));
    assertEquals(Code.OK_VALUE, o.self().update().getStatus().getCode());
    assertFalse(arbitration.isPrimary("a"));
  }

  @Test
  void backupAloneIsToldOfItsArrival() {
    update("a", 5);
    Arbitration.Outcome<String> o = update("b", 3);
    assertTrue(o.others().isEmpty());
    assertEquals(Code.ALREADY_EXISTS_VALUE, o.self().update().getStatus().getCode());
    assertEquals(5, o.self().update().getElectionId().getLow());
  }

  @Test
  void idBelowTheHighestEverDoesNotBecomePrimaryWhenThereIsNone() {
    update("a", 5);
    assertEquals(Map.of(), codes(arbitration.disconnect("a")));
    Arbitration.Outcome<String> o = update("b", 4);
    assertEquals(Code.NOT_FOUND_VALUE, o.self().update().getStatus().getCode());
    assertEquals(5, o.self().update().getElectionId().getLow());
    update("c", 5);
    assertTrue(arbitration.isPrimary("c"), "the id of a stream that has gone is free");
  }

  @Test
  void lossOfThePrimaryIsToldToBackups() {
    update("a", 5);
    update("b", 3);
    assertEquals(Map.of("b", Code.NOT_FOUND_VALUE), codes(arbitration.disconnect("a")));
    assertEquals(Map.of(), codes(arbitration.disconnect("b")));
  }

  @Test
  void primaryMayDemoteItself() {
    update("a", 5);
    update("b", 3);
    Arbitration.Outcome<String> o = update("a", 2);
    assertEquals(Map.of("b", Code.NOT_FOUND_VALUE), codes(o.others()));
    assertEquals(Code.NOT_FOUND_VALUE, o.self().update().getStatus().getCode());
    update("b", 5);
    assertTrue(arbitration.isPrimary("b"));
  }

  @Test
  void primaryThatRaisesItsIdStaysAndAllAreTold() {
    update("a", 5);
    update("b", 3);
    Arbitration.Outcome<String> o = update("a", 9);
    assertEquals(Map.of("b", Code.ALREADY_EXISTS_VALUE), codes(o.others()));
    assertEquals(9, o.others().get(0).update().getElectionId().getLow());
    Arbitration.RolePrimary<String> p = arbitration.primary("");
    assertNotNull(p);
    assertEquals(new ElectionId(0, 9), p.electionId());
  }

  @Test
  void idInUseByAnotherStreamIsRefused() {
    update("a", 5);
    assertEquals(Status.Code.INVALID_ARGUMENT, refusal("b", message(0, 5)));
    update("b", 3);
    assertEquals(Status.Code.INVALID_ARGUMENT, refusal("b", message(0, 5)));
    update("a", 5);
  }

  @Test
  void wrongDeviceIsNotFoundAtFirstAndAFailedPreconditionLater() {
    assertEquals(Status.Code.NOT_FOUND, refusal("a", message(0, 5).setDeviceId(2)));
    update("a", 5);
    assertEquals(Status.Code.FAILED_PRECONDITION, refusal("a", message(0, 5).setDeviceId(2)));
  }

  @Test
  void roleOfAStreamCannotChange() {
    update("a", 5);
    MasterArbitrationUpdate.Builder m = message(0, 5);
    m.getRoleBuilder().setName("other");
    assertEquals(Status.Code.FAILED_PRECONDITION, refusal("a", m));
  }

  @Test
  void roleConfigIsRefused() {
    MasterArbitrationUpdate.Builder m = message(0, 5);
    m.getRoleBuilder().setConfig(Any.getDefaultInstance());
    assertEquals(Status.Code.INVALID_ARGUMENT, refusal("a", m));
  }

  @Test
  void rolesAreArbitratedApart() {
    update("a", 5);
    assertNull(arbitration.primary("acl"));
    MasterArbitrationUpdate.Builder m = message(0, 5);
    m.getRoleBuilder().setName("acl");
    Arbitration.Outcome<String> o = arbitration.update("b", m.build());
    assertEquals("acl", o.self().update().getRole().getName());
    assertTrue(arbitration.isPrimary("a") && arbitration.isPrimary("b"));
    assertEquals(2, arbitration.primaries().size());
  }

  @Test
  void streamsOfARoleAreBounded() {
    for (int i = 0; i < Arbitration.MAX_STREAMS_PER_ROLE; i++) {
      update("s" + i, i);
    }
    assertEquals(Status.Code.RESOURCE_EXHAUSTED, refusal("more", message(0, 999)));
  }
}
