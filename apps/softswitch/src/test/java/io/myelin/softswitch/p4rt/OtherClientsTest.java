package io.myelin.softswitch.p4rt;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import io.grpc.Status;
import io.myelin.p4.v1.ForwardingPipelineConfig;
import io.myelin.p4.v1.PacketIn;
import io.myelin.p4.v1.PacketMetadata;
import io.myelin.p4.v1.PacketOut;
import io.myelin.p4.v1.SetForwardingPipelineConfigRequest.Action;
import io.myelin.p4.v1.StreamMessageRequest;
import io.myelin.softswitch.Cases;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** What clients other than our controller send: cases 02 and 06 of ../shared/cases/p4. */
final class OtherClientsTest {
  private final Fixture f = new Fixture();

  @AfterEach
  void close() {
    f.close();
  }

  private static PacketMetadata metadata(int id, int value) {
    return PacketMetadata.newBuilder()
        .setMetadataId(id)
        .setValue(ByteString.copyFrom(new byte[] {(byte) value}))
        .build();
  }

  @Test
  void packetHeadersThatAreNotWholeBytesArePadded() {
    ForwardingPipelineConfig config =
        Programs.config(
            Cases.p4("02-packet-headers-of-10-and-17-bits.p4info.txt"),
            Cases.p4("02-packet-headers-of-10-and-17-bits.json"),
            2);
    Controller c = f.primary(1);
    f.setPipeline(Action.VERIFY_AND_COMMIT, config);
    ByteString payload = ByteString.copyFromUtf8("payload");
    for (int port = 1; port < 5; port++) {
      f.receive(port, payload);
      PacketIn in = c.await().getPacket();
      assertEquals(List.of(metadata(1, port), metadata(2, 0)), in.getMetadataList());
      assertEquals(payload, in.getPayload());
    }
    PacketOut out =
        PacketOut.newBuilder()
            .setPayload(payload)
            .addMetadata(metadata(2, 0xa5))
            .addMetadata(metadata(1, 3))
            .build();
    c.stream.onNext(StreamMessageRequest.newBuilder().setPacket(out).build());
    c.stream.onNext(StreamMessageRequest.getDefaultInstance());
    assertTrue(c.await().hasError(), "the second message is answered behind the first");
    f.pass(1);
    assertEquals(Set.of(3), f.sent.keySet());
    assertArrayEquals(payload.toByteArray(), f.sent.getOrDefault(3, List.of(new byte[0])).get(0));
  }

  /** {@code p4.tmp.P4DeviceConfig} with {@code reassign} and {@code device_data}. */
  private static ByteString wrapped(ByteString json) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    CodedOutputStream out = CodedOutputStream.newInstance(bytes);
    try {
      out.writeBool(1, true);
      out.writeBytes(3, json);
      out.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return ByteString.copyFrom(bytes.toByteArray());
  }

  @Test
  void programsInsideTheDeviceConfigOfTheTutorialsAreTaken() {
    Logger log = (Logger) LoggerFactory.getLogger(Pipelines.class);
    ListAppender<ILoggingEvent> said = new ListAppender<>();
    said.start();
    log.addAppender(said);
    f.primary(1);
    ForwardingPipelineConfig plain = Programs.CONFORMANCE;
    ForwardingPipelineConfig.Builder c =
        plain.toBuilder().setP4DeviceConfig(wrapped(plain.getP4DeviceConfig()));
    assertEquals(DeviceConfig.Form.WRAPPED, DeviceConfig.of(c.getP4DeviceConfig()).form());
    for (Action a : List.of(Action.VERIFY, Action.VERIFY_AND_COMMIT, Action.RECONCILE_AND_COMMIT)) {
      f.setPipeline(a, c.build());
    }
    log.detachAppender(said);
    assertEquals(1, said.list.size(), said.list::toString);
    assertEquals(Level.WARN, said.list.get(0).getLevel());
    assertTrue(said.list.get(0).getMessage().contains("P4DeviceConfig, which is deprecated"));
    f.write(
        f.insert(
            "action_profile_member { action_profile_id: $spread member_id: 1"
                + " action { action_id: $drop } }"));
    for (String json : List.of("{", " {", "\n\t{}", "[")) {
      assertEquals(
          DeviceConfig.Form.PLAIN, DeviceConfig.of(ByteString.copyFromUtf8(json)).form(), json);
    }
  }

  @Test
  void refusedProgramsSayWhereAndShowNoLibrary() {
    f.primary(1);
    String json = Programs.CONFORMANCE.getP4DeviceConfig().toStringUtf8();
    ByteString cut = ByteString.copyFromUtf8(json.substring(0, 5000));
    ByteString noMatch =
        ByteString.copyFromUtf8(
            json.replaceFirst("\"match_type\"(\\s*:\\s*\"\\w+\",\\s*\"name\")", "\"x\"$1"));
    for (ByteString bad :
        List.of(
            ByteString.copyFromUtf8("\u0008\u0001"),
            wrapped(ByteString.EMPTY),
            wrapped(cut),
            cut,
            noMatch,
            wrapped(noMatch))) {
      Status s =
          Fixture.failure(
              () ->
                  f.setPipeline(
                      Action.VERIFY,
                      Programs.CONFORMANCE.toBuilder().setP4DeviceConfig(bad).build()));
      String text = String.valueOf(s.getDescription());
      assertEquals(Status.Code.INVALID_ARGUMENT, s.getCode(), text);
      assertTrue(
          text.matches(
              "config\\.p4_device_config cannot be realized: (the program is (not JSON|empty)"
                  + "|table [\\w.]+, key \\d: \"match_type\" is missing).*"),
          text);
      assertFalse(text.contains("REDACTED") || text.contains("CTRL-CHAR"), text);
    }
  }
}
