package io.myelin.softswitch.p4rt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor.JavaType;
import com.google.protobuf.Message;
import com.google.protobuf.UnknownFieldSet;
import io.grpc.Status.Code;
import io.myelin.p4.v1.CapabilitiesRequest;
import io.myelin.p4.v1.DigestListAck;
import io.myelin.p4.v1.Entity;
import io.myelin.p4.v1.GetForwardingPipelineConfigRequest;
import io.myelin.p4.v1.MasterArbitrationUpdate;
import io.myelin.p4.v1.PacketOut;
import io.myelin.p4.v1.ReadRequest;
import io.myelin.p4.v1.SetForwardingPipelineConfigRequest;
import io.myelin.p4.v1.StreamMessageRequest;
import io.myelin.p4.v1.StreamMessageResponse;
import io.myelin.p4.v1.Update;
import io.myelin.p4.v1.WriteRequest;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/** Fields that this version does not know are never dropped. Case 05 of ../shared/cases/p4. */
final class UnknownFieldsTest {
  private static final int FROM_THE_FUTURE = 3_000;

  @SuppressWarnings("unchecked")
  private static <M extends Message> M with(M m) {
    return (M)
        m.toBuilder()
            .setUnknownFields(
                UnknownFieldSet.newBuilder()
                    .addField(
                        FROM_THE_FUTURE, UnknownFieldSet.Field.newBuilder().addVarint(1).build())
                    .build())
            .build();
  }

  /** Each message that a request can hold, once, with the unknown field in it. */
  private static void everywhere(
      Message empty,
      String path,
      Set<String> seen,
      Function<Message, Message> wrap,
      List<Message> out,
      List<String> paths) {
    out.add(wrap.apply(with(empty)));
    paths.add(path + ".(field " + FROM_THE_FUTURE + ")");
    if (!seen.add(empty.getDescriptorForType().getFullName())) {
      return;
    }
    for (FieldDescriptor field : empty.getDescriptorForType().getFields()) {
      if (field.getJavaType() != JavaType.MESSAGE || field.isMapField()) {
        continue;
      }
      Message.Builder parent = empty.newBuilderForType();
      Message child = parent.newBuilderForField(field).build();
      everywhere(
          child,
          path + "." + field.getName() + (field.isRepeated() ? "[0]" : ""),
          seen,
          m ->
              wrap.apply(
                  field.isRepeated()
                      ? empty.newBuilderForType().addRepeatedField(field, m).build()
                      : empty.newBuilderForType().setField(field, m).build()),
          out,
          paths);
    }
  }

  @Test
  void theyAreFoundInEachMessageOfEachRequest() {
    int checked = 0;
    for (Message request :
        List.of(
            WriteRequest.getDefaultInstance(),
            ReadRequest.getDefaultInstance(),
            SetForwardingPipelineConfigRequest.getDefaultInstance(),
            GetForwardingPipelineConfigRequest.getDefaultInstance(),
            CapabilitiesRequest.getDefaultInstance(),
            StreamMessageRequest.getDefaultInstance())) {
      List<Message> all = new ArrayList<>();
      List<String> paths = new ArrayList<>();
      everywhere(request, "", new HashSet<>(), m -> m, all, paths);
      for (int i = 0; i < all.size(); i++) {
        assertEquals(paths.get(i), UnknownFields.first(all.get(i)));
      }
      checked += all.size();
    }
    assertTrue(checked > 150, "only " + checked);
    assertNull(UnknownFields.first(Programs.CONFORMANCE));
    assertNull(UnknownFields.first(Programs.MYELIN));
  }

  @Test
  void writesAndReadsSayWhichOnesOfABatchAndWhere() {
    try (Fixture f = Fixture.running(Programs.CONFORMANCE)) {
      Update good =
          f.insert(
              "action_profile_member { action_profile_id: $spread member_id: 1"
                  + " action { action_id: $drop } }");
      Entity e = good.getEntity();
      Update bad =
          good.toBuilder()
              .setEntity(
                  e.toBuilder()
                      .setActionProfileMember(
                          e.getActionProfileMember().toBuilder()
                              .setMemberId(2)
                              .setAction(with(e.getActionProfileMember().getAction()))))
              .build();
      var errors = Fixture.errors(() -> f.write(good, bad));
      assertEquals(0, errors.get(0).getCanonicalCode());
      assertEquals(Code.UNIMPLEMENTED.value(), errors.get(1).getCanonicalCode());
      assertTrue(
          errors.get(1).getMessage().startsWith("entity.action_profile_member.action.(field 3000)"),
          errors.get(1).getMessage());
      assertEquals(1, f.read("action_profile_member {}").size(), "the good one is there");
      var reads = Fixture.errors(() -> f.read(e, bad.getEntity()));
      assertEquals(Code.UNIMPLEMENTED.value(), reads.get(1).getCanonicalCode());
      WriteRequest r = f.request(WriteRequest.Atomicity.CONTINUE_ON_ERROR, List.of(good));
      assertEquals(
          Code.UNIMPLEMENTED,
          Fixture.failure(
                  () -> {
                    var unused = f.rpc.write(with(r));
                  })
              .getCode());
    }
  }

  @Test
  void otherCallsAreRefusedAsAWhole() {
    try (Fixture f = Fixture.running(Programs.CONFORMANCE)) {
      List<Runnable> calls =
          List.of(
              () -> {
                var unused = f.rpc.capabilities(with(CapabilitiesRequest.getDefaultInstance()));
              },
              () -> {
                var unused =
                    f.rpc.getForwardingPipelineConfig(
                        with(
                            GetForwardingPipelineConfigRequest.newBuilder()
                                .setDeviceId(Fixture.DEVICE)
                                .build()));
              },
              () ->
                  f.setPipeline(
                      SetForwardingPipelineConfigRequest.Action.VERIFY,
                      Programs.CONFORMANCE.toBuilder()
                          .setP4Info(with(Programs.CONFORMANCE.getP4Info()))
                          .build()));
      for (Runnable call : calls) {
        assertEquals(Code.UNIMPLEMENTED, Fixture.failure(call).getCode());
      }
    }
  }

  @Test
  void streamMessagesAreAnsweredByAnErrorAndArbitrationEndsTheStream() {
    try (Fixture f = new Fixture()) {
      Controller c = f.primary(1);
      f.setPipeline(
          SetForwardingPipelineConfigRequest.Action.VERIFY_AND_COMMIT, Programs.CONFORMANCE);
      StreamMessageRequest.Builder m = StreamMessageRequest.newBuilder();
      c.stream.onNext(m.setPacket(with(PacketOut.getDefaultInstance())).build());
      StreamMessageResponse packet = c.await();
      assertEquals(Code.UNIMPLEMENTED.value(), packet.getError().getCanonicalCode());
      assertTrue(packet.getError().hasPacketOut());
      c.stream.onNext(m.setDigestAck(with(DigestListAck.getDefaultInstance())).build());
      assertEquals(Code.UNIMPLEMENTED.value(), c.await().getError().getCanonicalCode());
      c.stream.onNext(with(StreamMessageRequest.getDefaultInstance()));
      assertEquals(Code.UNIMPLEMENTED.value(), c.await().getError().getCanonicalCode());
      c.arbitrate(
          with(MasterArbitrationUpdate.newBuilder().setDeviceId(Fixture.DEVICE).build())
              .toBuilder());
      assertEquals(Code.UNIMPLEMENTED, c.awaitEnd().getCode());
    }
  }
}
