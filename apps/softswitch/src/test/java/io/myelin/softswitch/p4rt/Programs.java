package io.myelin.softswitch.p4rt;

import com.google.protobuf.ByteString;
import com.google.protobuf.TextFormat;
import io.myelin.p4.config.v1.P4Info;
import io.myelin.p4.v1.ForwardingPipelineConfig;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Compiled programs for tests. */
final class Programs {
  /** src/test/p4/conformance.p4: one of everything. */
  static final ForwardingPipelineConfig CONFORMANCE =
      config(resource("conformance.p4info.txt"), resource("conformance.json"), 17);

  /** The program that the fabric runs. */
  static final ForwardingPipelineConfig MYELIN =
      config(file("myelin.p4info.txt"), file("myelin.json"), 18);

  private Programs() {}

  static ForwardingPipelineConfig config(byte[] p4Info, byte[] json, long cookie) {
    P4Info.Builder info = P4Info.newBuilder();
    try {
      TextFormat.merge(new String(p4Info, StandardCharsets.UTF_8), info);
    } catch (TextFormat.ParseException e) {
      throw new AssertionError(e);
    }
    ForwardingPipelineConfig.Builder out =
        ForwardingPipelineConfig.newBuilder()
            .setP4Info(info)
            .setP4DeviceConfig(ByteString.copyFrom(json));
    out.getCookieBuilder().setCookie(cookie);
    return out.build();
  }

  private static byte[] resource(String name) {
    try (InputStream in = Programs.class.getResourceAsStream("/p4rt/" + name)) {
      if (in == null) {
        throw new AssertionError("no resource " + name);
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static byte[] file(String name) {
    try {
      return Files.readAllBytes(Path.of("../../p4/build", name));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
