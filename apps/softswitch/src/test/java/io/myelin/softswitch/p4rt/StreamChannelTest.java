package io.myelin.softswitch.p4rt;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import io.grpc.Status;
import io.myelin.p4.v1.DigestList;
import io.myelin.p4.v1.IdleTimeoutNotification;
import io.myelin.p4.v1.MasterArbitrationUpdate;
import io.myelin.p4.v1.PacketIn;
import io.myelin.p4.v1.PacketOut;
import io.myelin.p4.v1.SetForwardingPipelineConfigRequest.Action;
import io.myelin.p4.v1.StreamError;
import io.myelin.p4.v1.StreamMessageRequest;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class StreamChannelTest {
  private static final ByteString FRAME =
      ByteString.fromHex("aa0000000001" + "000000000002" + "0800" + "0102");
  private static final String TO_CPU =
      "table_entry { table_id: $routes match { field_id: 1 lpm { value: '\\xaa\\0\\0\\0\\0\\0'"
          + " prefix_len: 8 } } action { action { action_id: $out_of params { param_id: 1 value:"
          + " '\\xff' } } } }";
  private static final long MS = 1_000_000;

  private final Fixture f = new Fixture();

  @AfterEach
  void close() {
    f.close();
  }

  private Controller runningPrimary() {
    Controller c = f.primary(1);
    f.setPipeline(Action.VERIFY_AND_COMMIT, Programs.CONFORMANCE);
    return c;
  }

  private static PacketOut.Builder packetOut(int port) {
    PacketOut.Builder p = PacketOut.newBuilder().setPayload(FRAME);
    p.addMetadataBuilder().setMetadataId(1).setValue(ByteString.copyFrom(new byte[] {(byte) port}));
    p.addMetadataBuilder().setMetadataId(2).setValue(ByteString.copyFrom(new byte[1]));
    return p;
  }

  private static void send(Controller c, PacketOut.Builder p) {
    c.stream.onNext(StreamMessageRequest.newBuilder().setPacket(p).build());
  }

  private static StreamError awaitError(Controller c, Status.Code code) {
    StreamError e = c.await().getError();
    assertEquals(code.value(), e.getCanonicalCode(), e::toString);
    return e;
  }

  // ---- arbitration -----------------------------------------------------------------------------

  @Test
  void backupsLearnOfPrimariesThatComeAndGo() {
    Controller a = f.primary(5);
    Controller b = f.stream();
    b.arbitrate(Controller.id(3), "");
    assertEquals(5, b.awaitBackupWithPrimary().getElectionId().getLow());
    Controller c = f.primary(9);
    a.awaitBackupWithPrimary();
    assertEquals(9, b.awaitBackupWithPrimary().getElectionId().getLow());
    c.stream.onCompleted();
    assertEquals(Status.Code.OK, c.awaitEnd().getCode());
    a.awaitBackupWithoutPrimary();
    b.awaitBackupWithoutPrimary();
    a.arbitrate(Controller.id(9), "");
    a.awaitPrimary();
    b.awaitBackupWithPrimary();
    a.arbitrate(Controller.id(1), "");
    a.awaitBackupWithoutPrimary();
    b.awaitBackupWithoutPrimary();
  }

  @Test
  void cancelledPrimaryIsReplacedByNobody() {
    Controller a = f.primary(5);
    Controller b = f.stream();
    b.arbitrate(Controller.id(3), "");
    b.awaitBackupWithPrimary();
    a.stream.onError(Status.CANCELLED.asException());
    b.awaitBackupWithoutPrimary();
  }

  @Test
  void invalidArbitrationEndsTheStreamAndIsNoStreamError() {
    Controller a = f.primary(5);
    Controller b = f.stream();
    b.arbitrate(Controller.id(5), "");
    assertEquals(Status.Code.INVALID_ARGUMENT, b.awaitEnd().getCode());
    Controller c = f.stream();
    c.arbitrate(MasterArbitrationUpdate.newBuilder().setDeviceId(77));
    assertEquals(Status.Code.NOT_FOUND, c.awaitEnd().getCode());
    assertTrue(a.hasReceivedNothing() && b.hasReceivedNothing() && c.hasReceivedNothing());
    a.arbitrate(MasterArbitrationUpdate.newBuilder().setDeviceId(77));
    assertEquals(Status.Code.FAILED_PRECONDITION, a.awaitEnd().getCode());
    Controller d = f.primary(5);
    assertTrue(d.hasReceivedNothing(), "the id is free again");
  }

  // ---- packets ---------------------------------------------------------------------------------

  @Test
  void packetOutReachesThePortNamedInItsMetadata() {
    Controller c = runningPrimary();
    send(c, packetOut(3));
    send(c, packetOut(3).clearMetadata());
    awaitError(c, Status.Code.INVALID_ARGUMENT); // The stream is in order: the first is through.
    f.pass(1);
    assertArrayEquals(FRAME.toByteArray(), f.sent.getOrDefault(3, List.of()).get(0));
    assertEquals(1, f.server.service().stats().packetOuts());
    assertEquals(1, f.server.service().stats().packetOutsRefused());
  }

  @Test
  void malformedPacketOutMetadataIsAStreamErrorThatCarriesThePacket() {
    Controller c = runningPrimary();
    PacketOut.Builder unknown = packetOut(3);
    unknown.addMetadataBuilder().setMetadataId(7).setValue(ByteString.copyFrom(new byte[1]));
    send(c, unknown);
    StreamError e = awaitError(c, Status.Code.INVALID_ARGUMENT);
    assertEquals(unknown.build(), e.getPacketOut().getPacketOut());
    assertEquals(
        "packet_out has no metadata id 7; valid: 1 (egress_port), 2 (pad)", e.getMessage());
    PacketOut.Builder twice = packetOut(3);
    twice.addMetadata(twice.getMetadata(0));
    send(c, twice);
    awaitError(c, Status.Code.INVALID_ARGUMENT);
    PacketOut.Builder wide = packetOut(3);
    wide.getMetadataBuilder(0).setValue(ByteString.fromHex("0200"));
    send(c, wide);
    awaitError(c, Status.Code.OUT_OF_RANGE);
  }

  @Test
  void onlyAPrimaryMaySendPackets() {
    runningPrimary();
    Controller early = f.stream();
    send(early, packetOut(3));
    awaitError(early, Status.Code.PERMISSION_DENIED);
    early.arbitrate(Controller.id(0), "");
    early.awaitBackupWithPrimary();
    send(early, packetOut(3));
    assertTrue(awaitError(early, Status.Code.PERMISSION_DENIED).hasPacketOut());
  }

  @Test
  void packetOutBeforeThePipelineIsAStreamError() {
    Controller c = f.primary(1);
    send(c, packetOut(3));
    awaitError(c, Status.Code.FAILED_PRECONDITION);
  }

  @Test
  void packetInsGoToPrimariesOfAllRolesOnly() {
    Controller c = runningPrimary();
    Controller backup = f.stream();
    backup.arbitrate(Controller.id(0), "");
    backup.awaitBackupWithPrimary();
    Controller other = f.stream();
    other.arbitrate(Controller.id(1), "acl");
    other.awaitPrimary();
    f.write(f.insert(TO_CPU));
    f.receive(4, FRAME);
    PacketIn p = c.await().getPacket();
    assertEquals(FRAME, p.getPayload());
    assertEquals(
        List.of(ByteString.fromHex("04"), ByteString.fromHex("03")),
        List.of(p.getMetadata(0).getValue(), p.getMetadata(1).getValue()));
    assertEquals(p, other.await().getPacket());
    assertTrue(backup.hasReceivedNothing());
  }

  @Test
  void otherAndEmptyMessagesAreStreamErrors() {
    Controller c = f.primary(1);
    c.stream.onNext(StreamMessageRequest.newBuilder().setOther(Any.getDefaultInstance()).build());
    assertTrue(awaitError(c, Status.Code.UNIMPLEMENTED).hasOther());
    c.stream.onNext(StreamMessageRequest.getDefaultInstance());
    assertTrue(awaitError(c, Status.Code.INVALID_ARGUMENT).hasOther());
  }

  // ---- digests ---------------------------------------------------------------------------------

  private void learn(int host) {
    String mac = String.format("%012x", host);
    f.receive(1, ByteString.fromHex("bb0000000001" + mac + "0800"));
  }

  private static void ack(Controller c, DigestList list) {
    StreamMessageRequest.Builder m = StreamMessageRequest.newBuilder();
    m.getDigestAckBuilder().setDigestId(list.getDigestId()).setListId(list.getListId());
    c.stream.onNext(m.build());
  }

  @Test
  void digestsAreBundledUntilTheListIsFullOrOld() {
    Controller c = runningPrimary();
    learn(1);
    f.write(
        f.insert(
            "digest_entry { digest_id: $learn_t config { max_list_size: 2 max_timeout_ns: "
                + 5 * MS
                + " } }"));
    learn(2);
    learn(2);
    learn(3);
    DigestList list = c.await().getDigest();
    assertEquals(2, list.getDataCount(), "duplicates are left out, and what came too early");
    assertEquals(
        ByteString.fromHex("02"), list.getData(0).getStruct().getMembers(0).getBitstring());
    assertEquals(
        ByteString.fromHex("01"), list.getData(0).getStruct().getMembers(1).getBitstring());
    assertEquals(Fixture.NOW.getEpochSecond() * 1_000_000_000L + 5, list.getTimestamp());
    learn(4);
    f.pass(4 * MS);
    assertTrue(c.hasReceivedNothing());
    f.pass(1 * MS);
    assertEquals(1, c.await().getDigest().getDataCount());
  }

  @Test
  void unacknowledgedDigestsAreNotRepeated() {
    Controller c = runningPrimary();
    f.write(f.insert("digest_entry { digest_id: $learn_t config { ack_timeout_ns: " + MS + " } }"));
    learn(1);
    DigestList first = c.await().getDigest();
    learn(1);
    learn(2);
    DigestList second = c.await().getDigest();
    assertEquals(
        ByteString.fromHex("02"), second.getData(0).getStruct().getMembers(0).getBitstring());
    ack(c, first);
    send(c, packetOut(3).clearMetadata());
    awaitError(c, Status.Code.INVALID_ARGUMENT); // In order: the acknowledgement has arrived.
    learn(1);
    assertEquals(first.getDataList(), c.await().getDigest().getDataList());
    learn(2);
    assertTrue(c.hasReceivedNothing());
    f.pass(MS);
    learn(2);
    assertEquals(second.getDataList(), c.await().getDigest().getDataList(), "too old to remember");
  }

  @Test
  void digestConfigIsInsertedModifiedAndDeleted() {
    Controller c = runningPrimary();
    String e = "digest_entry { digest_id: $learn_t config { max_list_size: 1 } }";
    f.refused(Status.Code.NOT_FOUND, f.modify(e));
    f.refused(Status.Code.NOT_FOUND, f.delete(e));
    f.write(f.insert(e));
    f.refused(Status.Code.ALREADY_EXISTS, f.insert(e));
    f.refused(Status.Code.INVALID_ARGUMENT, f.modify(e.replace("1 }", "-1 }")));
    assertEquals(List.of(f.entity(e)), f.read("digest_entry {}"));
    assertEquals(List.of(f.entity(e)), f.read("digest_entry { digest_id: $learn_t }"));
    f.write(f.delete(e));
    learn(1);
    assertTrue(c.hasReceivedNothing());
    assertEquals(List.of(), f.read("digest_entry {}"));
  }

  @Test
  void acknowledgementOfAnUnknownDigestIsAStreamError() {
    Controller c = runningPrimary();
    ack(c, DigestList.newBuilder().setDigestId(1).build());
    assertTrue(awaitError(c, Status.Code.INVALID_ARGUMENT).hasDigestListAck());
  }

  // ---- idle timeouts ---------------------------------------------------------------------------

  private static String age(int host, long ttlNs) {
    return "table_entry { table_id: $ages match { field_id: 1 exact { value: '\\00"
        + host
        + "' } } action { action { action_id: $NoAction } } metadata: 'm' idle_timeout_ns: "
        + ttlNs
        + " }";
  }

  @Test
  void idleEntriesAreNotifiedAgainAndAgain() {
    Controller c = runningPrimary();
    f.write(f.insert(age(1, 10 * MS)), f.insert(age(2, 30 * MS)));
    f.pass(10 * MS - 1);
    assertTrue(c.hasReceivedNothing());
    f.pass(1);
    IdleTimeoutNotification n = c.await().getIdleTimeoutNotification();
    assertEquals(
        List.of(
            f.tableEntry(
                "table_id: $ages match { field_id: 1 exact { value: '\\001' } } metadata: 'm'"
                    + " idle_timeout_ns: "
                    + 10 * MS)),
        n.getTableEntryList());
    f.pass(10 * MS);
    assertEquals(1, c.await().getIdleTimeoutNotification().getTableEntryCount());
    f.pass(10 * MS);
    assertEquals(2, c.await().getIdleTimeoutNotification().getTableEntryCount());
  }

  @Test
  void hitsAndModificationsRestartTheIdleTimer() {
    Controller c = runningPrimary();
    f.write(f.insert(age(1, 10 * MS)));
    f.pass(6 * MS);
    learn(1);
    f.pass(6 * MS);
    assertTrue(c.hasReceivedNothing());
    assertEquals(
        6 * MS,
        f.read("table_entry { table_id: $ages time_since_last_hit {} }")
            .get(0)
            .getTableEntry()
            .getTimeSinceLastHit()
            .getElapsedNs());
    f.write(f.modify(age(1, 10 * MS)));
    f.pass(9 * MS);
    assertTrue(c.hasReceivedNothing());
    f.write(f.delete(age(1, 10 * MS)));
    f.pass(100 * MS);
    assertTrue(c.hasReceivedNothing());
  }
}
