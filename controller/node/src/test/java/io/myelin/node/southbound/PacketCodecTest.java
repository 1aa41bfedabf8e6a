package io.myelin.node.southbound;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import io.myelin.core.model.DeviceId;
import io.myelin.core.pipeline.PuntReason;
import io.myelin.core.pipeline.myelin.MyelinPipeline;
import io.myelin.core.port.Southbound;
import io.myelin.p4.v1.PacketIn;
import io.myelin.p4.v1.PacketMetadata;
import io.myelin.p4.v1.PacketOut;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Targets whose controller headers have padding, have none, or number their fields otherwise. */
final class PacketCodecTest {
  private static final String PAD =
      "  metadata {\n    id: 3\n    name: \"_pad\"\n    bitwidth: 6\n  }\n";

  private static final byte[] FRAME = {1, 2, 3};

  private static String p4Info() {
    try (InputStream in = PacketCodecTest.class.getResourceAsStream("/p4/myelin.p4info.txt")) {
      if (in == null) {
        throw new AssertionError("no P4Info");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static PacketCodec codec(String p4Info) {
    return new PacketCodec(
        CompiledProgram.of(MyelinPipeline.INSTANCE, p4Info, new byte[] {'{', '}'}));
  }

  private static Map<Integer, Integer> metadata(PacketOut p) {
    Map<Integer, Integer> out = new TreeMap<>();
    for (PacketMetadata m : p.getMetadataList()) {
      assertEquals(1, m.getValue().size(), "canonical");
      out.put(m.getMetadataId(), m.getValue().byteAt(0) & 0xff);
    }
    assertEquals(p.getMetadataCount(), out.size(), "each field once");
    return out;
  }

  @Test
  void packetOutsHaveExactlyTheFieldsThatTheP4InfoDeclares() {
    String padded = p4Info();
    assertTrue(padded.contains(PAD));
    assertEquals(Map.of(1, 7, 2, 0, 3, 0), metadata(codec(padded).toPort(7, FRAME)));
    assertEquals(Map.of(1, 0, 2, 1, 3, 0), metadata(codec(padded).submit(FRAME)));
    PacketCodec bare = codec(padded.replace(PAD, ""));
    assertEquals(Map.of(1, 7, 2, 0), metadata(bare.toPort(7, FRAME)));
    PacketCodec more =
        codec(
            padded.replace(
                PAD, PAD + PAD.replace("id: 3", "id: 9").replace("\"_pad\"", "\"_rest\"")));
    assertEquals(Map.of(1, 7, 2, 0, 3, 0, 9, 0), metadata(more.toPort(7, FRAME)));
  }

  @Test
  void packetInsAreReadByIdInAnyOrderWithPaddingOrWithout() {
    String elsewhere =
        p4Info().replace("    id: 2\n    name: \"reason\"", "    id: 12\n    name: \"reason\"");
    List<PacketMetadata> fields =
        List.of(field(3, 0, 0, 9), field(12, 0, 5), field(4, 0), field(1, 1, 2));
    List<Object> heard = new ArrayList<>();
    Southbound.Listener listener =
        (Southbound.Listener)
            Proxy.newProxyInstance(
                Southbound.Listener.class.getClassLoader(),
                new Class<?>[] {Southbound.Listener.class},
                (proxy, method, args) -> {
                  heard.add(method.getName());
                  heard.addAll(List.of(args).subList(1, 4));
                  return null;
                });
    for (List<PacketMetadata> given : List.of(fields, fields.subList(0, 2))) {
      codec(elsewhere)
          .decode(
              new DeviceId("leaf-1"),
              PacketIn.newBuilder()
                  .setPayload(ByteString.copyFrom(FRAME))
                  .addAllMetadata(given)
                  .build(),
              listener);
    }
    assertEquals(
        List.of(
            "packetIn", 0x102, PuntReason.CONGESTION, 9L, "packetIn", 0, PuntReason.CONGESTION, 9L),
        heard);
  }

  @Test
  void aHeaderWithoutAFieldThatMattersIsNamed() {
    String message =
        String.valueOf(
            assertThrows(
                    IllegalArgumentException.class,
                    () -> codec(p4Info().replace("\"submit\"", "\"sbumit\"")))
                .getMessage());
    assertTrue(message.contains("'submit'") && message.contains("_pad, egress_port"), message);
  }

  private static PacketMetadata field(int id, int... bytes) {
    byte[] value = new byte[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      value[i] = (byte) bytes[i];
    }
    return PacketMetadata.newBuilder()
        .setMetadataId(id)
        .setValue(ByteString.copyFrom(value))
        .build();
  }
}
