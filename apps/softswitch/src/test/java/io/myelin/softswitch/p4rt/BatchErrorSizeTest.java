package io.myelin.softswitch.p4rt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import io.grpc.ManagedChannel;
import io.grpc.Status.Code;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.myelin.p4.config.v1.P4Info;
import io.myelin.p4.v1.Error;
import io.myelin.p4.v1.ForwardingPipelineConfig;
import io.myelin.p4.v1.P4RuntimeGrpc;
import io.myelin.p4.v1.ReadRequest;
import io.myelin.p4.v1.TableEntry;
import io.myelin.p4.v1.Update;
import io.myelin.p4.v1.WriteRequest;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Errors of batches over real connections whose clients take no more than gRPC's default, or than
 * the specification's appendix tells them to. Case 04 of ../shared/cases/p4.
 */
final class BatchErrorSizeTest {
  private final Fixture f = new Fixture();

  @AfterEach
  void close() {
    f.close();
  }

  /** A pipeline whose tables have names of this length, by which messages call them. */
  private void pipeline(int nameLength) {
    f.primary(1);
    P4Info.Builder info = Programs.CONFORMANCE.getP4Info().toBuilder();
    info.getTablesBuilderList()
        .forEach(
            t ->
                t.getPreambleBuilder()
                    .setAlias(
                        (t.getPreamble().getAlias() + "_").repeat(400).substring(0, nameLength)));
    f.setPipeline(
        io.myelin.p4.v1.SetForwardingPipelineConfigRequest.Action.VERIFY_AND_COMMIT,
        ForwardingPipelineConfig.newBuilder(Programs.CONFORMANCE).setP4Info(info).build());
    f.learn(Programs.CONFORMANCE.getP4Info());
  }

  private List<Update> deletes(int n) {
    List<Update> out = new ArrayList<>();
    for (int i = 0; i < n; i++) {
      TableEntry.Builder e = TableEntry.newBuilder().setTableId(f.id("spread_routes"));
      e.addMatchBuilder()
          .setFieldId(1)
          .getExactBuilder()
          .setValue(ByteString.copyFrom(new byte[] {1, 2, 3, (byte) (i >> 8), (byte) i}));
      out.add(
          Update.newBuilder()
              .setType(Update.Type.DELETE)
              .setEntity(io.myelin.p4.v1.Entity.newBuilder().setTableEntry(e))
              .build());
    }
    return out;
  }

  private List<Error> errors(int metadataBytes, WriteRequest r) {
    NettyChannelBuilder b =
        NettyChannelBuilder.forAddress("127.0.0.1", f.server.port()).usePlaintext();
    if (metadataBytes > 0) {
      b.maxInboundMetadataSize(metadataBytes);
    }
    ManagedChannel channel = b.build();
    try {
      return Fixture.errors(
          () -> {
            var unused = P4RuntimeGrpc.newBlockingStub(channel).write(r);
          });
    } finally {
      channel.shutdownNow();
    }
  }

  @ParameterizedTest
  @CsvSource({"1, 13", "30, 13", "100, 13", "1, 200", "30, 200", "100, 200", "100, 400"})
  void defaultClientsReadTheErrorsOfAHundredUpdates(int n, int nameLength) {
    pipeline(nameLength);
    WriteRequest r = f.request(WriteRequest.Atomicity.CONTINUE_ON_ERROR, deletes(n));
    List<Error> errors = errors(0, r);
    assertEquals(n, errors.size());
    errors.forEach(e -> assertEquals(Code.NOT_FOUND.value(), e.getCanonicalCode()));
    assertTrue(errors.get(0).getMessage().startsWith("table '"), errors.get(0).getMessage());
  }

  @ParameterizedTest
  @CsvSource({"1, 200", "30, 400", "100, 400", "120, 13", "150, 400", "1000, 13", "1000, 400"})
  void clientsThatAllowWhatTheAppendixSaysReadThemAll(int n, int nameLength) {
    pipeline(nameLength);
    for (WriteRequest.Atomicity a :
        List.of(
            WriteRequest.Atomicity.CONTINUE_ON_ERROR, WriteRequest.Atomicity.ROLLBACK_ON_ERROR)) {
      List<Error> errors = errors(8192 + 100 * n, f.request(a, deletes(n)));
      assertEquals(n, errors.size());
      assertEquals(Code.NOT_FOUND.value(), errors.get(0).getCanonicalCode());
      Code others = a == WriteRequest.Atomicity.CONTINUE_ON_ERROR ? Code.NOT_FOUND : Code.ABORTED;
      errors.stream().skip(1).forEach(e -> assertEquals(others.value(), e.getCanonicalCode()));
    }
  }

  @Test
  void oneFailureAmongManyKeepsItsMessageAndItsPlace() {
    pipeline(13);
    List<Update> updates = new ArrayList<>();
    for (int i = 0; i < 99; i++) {
      updates.add(
          f.insert(
              "action_profile_member { action_profile_id: $spread member_id: "
                  + (i % 11 + 1)
                  + " action { action_id: $drop } }"));
      if (updates.size() > 11) {
        updates.set(i, Update.newBuilder(updates.get(i)).setType(Update.Type.MODIFY).build());
      }
    }
    updates.add(42, deletes(1).get(0));
    List<Error> errors = errors(0, f.request(WriteRequest.Atomicity.CONTINUE_ON_ERROR, updates));
    for (int i = 0; i < 100; i++) {
      int code = i == 42 ? Code.NOT_FOUND.value() : 0;
      assertEquals(code, errors.get(i).getCanonicalCode(), "update " + i);
    }
    assertTrue(
        errors.get(42).getMessage().contains("has no entry with match"),
        errors.get(42).getMessage());
    assertEquals("myelin-softswitch", errors.get(42).getSpace());
  }

  @Test
  void readsAreBoundedTheSameWay() {
    pipeline(400);
    ReadRequest.Builder r = ReadRequest.newBuilder().setDeviceId(Fixture.DEVICE);
    for (int i = 0; i < 100; i++) {
      r.addEntitiesBuilder().getTableEntryBuilder().setTableId(77 + i);
    }
    ManagedChannel channel =
        NettyChannelBuilder.forAddress("127.0.0.1", f.server.port()).usePlaintext().build();
    try {
      List<Error> errors =
          Fixture.errors(
              () ->
                  P4RuntimeGrpc.newBlockingStub(channel).read(r.build()).forEachRemaining(x -> {}));
      assertEquals(100, errors.size());
      errors.forEach(e -> assertEquals(Code.INVALID_ARGUMENT.value(), e.getCanonicalCode()));
    } finally {
      channel.shutdownNow();
    }
  }
}
