package io.myelin.node.control;

import io.myelin.core.model.DeviceId;
import io.myelin.core.model.MacAddress;
import io.myelin.core.model.PortRef;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/**
 * Frames as they come to the controller: LLDP, probes, congestion events. The first byte says
 * which; with its highest bit, the frame gets a right stamp, so that what is behind the tag is
 * reached too.
 */
public final class FrameFuzz {
  private static final DeviceId LEAF = new DeviceId("leaf1");
  private static final FrameSeal SEAL = FrameSeal.of(new byte[] {1});

  private FrameFuzz() {}

  /** Read by the fuzzer. */
  public static void fuzzerTestOneInput(byte[] data) {
    if (data.length == 0) {
      return;
    }
    byte[] frame = Arrays.copyOfRange(data, 1, data.length);
    switch (data[0] & 0x3) {
      case 0 -> lldp(frame, data[0] < 0);
      case 1 -> probe(frame);
      case 2 -> congestion(frame);
      default -> {
        Optional<FrameSeal.Stamp> stamp = FrameSeal.Stamp.get(ByteBuffer.wrap(frame));
        require(stamp.isPresent() == (frame.length >= FrameSeal.Stamp.BYTES), "length of a stamp");
      }
    }
  }

  private static void lldp(byte[] bytes, boolean sealed) {
    LldpFrame read = LldpFrame.decode(bytes).orElse(null);
    if (read == null) {
      return;
    }
    PortRef origin = read.origin().orElse(null);
    FrameSeal.Verdict verdict = read.check(SEAL);
    if (origin == null) {
      return;
    }
    LldpFrame right = LldpFrame.of(SEAL, origin, read.stamp().serial());
    // Whoever has not the key does not guess the tag: only the right one is genuine.
    require(
        (verdict == FrameSeal.Verdict.GENUINE) == read.stamp().equals(right.stamp()),
        "a tag that is not right passes: " + read);
    if (sealed) {
      LldpFrame again = LldpFrame.decode(right.encode(new MacAddress(5))).orElse(null);
      require(right.equals(again), "what is written is not read back: " + right);
      require(right.check(SEAL) == FrameSeal.Verdict.GENUINE, "a genuine frame is refused");
    }
  }

  private static void probe(byte[] bytes) {
    ProbeFrame p = ProbeFrame.decode(bytes).orElse(null);
    if (p != null) {
      require(p.hops().size() * 27 + 24 <= bytes.length, "more records than bytes");
      FrameSeal.Claim claim = new FrameSeal.Claim(FrameSeal.Purpose.PROBE, "leaf1", 0, List.of(17));
      FrameSeal.Stamp right = SEAL.stamp(claim, p.stamp().serial());
      require(
          (SEAL.check(claim, p.stamp()) == FrameSeal.Verdict.GENUINE) == right.equals(p.stamp()),
          "a tag that is not right passes");
    }
  }

  private static void congestion(byte[] bytes) {
    CongestionMonitor.decode(LEAF, bytes, 1)
        .ifPresent(
            c -> {
              PortRef port = new PortRef(LEAF, c.queue().port()); // throws for none
              require(port.port() > 0 && c.queue().queue() < 8, "a queue that no switch has");
              require(c.waitNs(1) >= 0, "a negative time");
            });
  }

  private static void require(boolean holds, String otherwise) {
    if (!holds) {
      throw new AssertionError(otherwise);
    }
  }

  /** To begin with. */
  public static List<byte[]> seeds() {
    byte[] lldp = LldpFrame.of(SEAL, new PortRef(LEAF, 7), 42).encode(new MacAddress(5));
    byte[] probe =
        hex(
            "02000000000b02000000000a 88b5 10007ff8 0000002a 02 00",
            "00000007 01c0800050 000000000064 000000000065 0000000003e8",
            "00000005 7f81000001 00000000000a 00000000000b 000000000020",
            "00000009 000000000000002a 0000000000000001 0000000000000002");
    byte[] event =
        hex(
            "0000004d 0003 03 000012 00000a 00042a 0000000021f4",
            "02000000000b02000000000a8847 0012c13c",
            "45020410 12340000 3f110000 0a070001 0a070002",
            "c35012b7 03fc0000 0700ffff 00000009 00000001");
    byte[] event6 =
        hex(
            "0000004d 0003 05 000012 00000a 00042a 0000000021f4",
            "02000000000b02000000000a86dd",
            "60000000 0020 11 40 20010db8000000000000000000000001 20010db8000000000000000000000002",
            "c35012b7 03fc0000 0700ffff 00000009 00000001");
    return List.of(
        kind(0x80, lldp), kind(0, lldp), kind(1, probe), kind(2, event), kind(2, event6));
  }

  private static byte[] hex(String... digits) {
    return HexFormat.of().parseHex(String.join("", digits).replace(" ", ""));
  }

  private static byte[] kind(int kind, byte[] rest) {
    return ByteBuffer.allocate(1 + rest.length).put((byte) kind).put(rest).array();
  }
}
