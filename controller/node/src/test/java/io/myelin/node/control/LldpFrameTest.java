package io.myelin.node.control;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.myelin.core.model.DeviceId;
import io.myelin.core.model.MacAddress;
import io.myelin.core.model.PortRef;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

final class LldpFrameTest {
  private static final PortRef PORT = new PortRef(new DeviceId("leaf1"), 7);
  private final FrameSeal seal = FrameSeal.of(new byte[] {1});
  private final LldpFrame frame = LldpFrame.of(seal, PORT, 42);

  @Test
  void survivesTheWire() {
    assertEquals(frame, LldpFrame.decode(frame.encode(new MacAddress(5))).orElseThrow());
    assertEquals("leaf1/7", frame.origin().orElseThrow().toString());
    assertTrue(
        new LldpFrame("leaf1", 255, frame.stamp()).origin().isEmpty(), "the CPU port has no cable");
  }

  @Property(tries = 2000)
  void damagedFramesAreRefusedQuietly(@ForAll long seed) {
    Random random = new Random(seed);
    byte[] bytes = frame.encode(new MacAddress(5));
    byte[] cut = java.util.Arrays.copyOf(bytes, random.nextInt(bytes.length + 1));
    for (int i = 0; i < 3 && cut.length > 0; i++) {
      cut[random.nextInt(cut.length)] = (byte) random.nextInt();
    }
    LldpFrame.decode(cut).ifPresent(LldpFrame::origin); // any answer is fine, no exception is
  }

  @Test
  void isGenuineOnlyAsItWasSent() {
    assertEquals(FrameSeal.Verdict.GENUINE, frame.check(seal));
    FrameSeal.Stamp stamp = frame.stamp();
    for (LldpFrame other :
        List.of(
            new LldpFrame("leaf2", 7, stamp),
            new LldpFrame("leaf1", 8, stamp),
            new LldpFrame("leaf1", 7, new FrameSeal.Stamp(stamp.keyId(), 43, 0, 0)),
            new LldpFrame(
                "leaf1",
                7,
                new FrameSeal.Stamp(stamp.keyId(), 43, stamp.tagHigh(), stamp.tagLow())),
            new LldpFrame(
                "leaf1",
                7,
                new FrameSeal.Stamp(stamp.keyId(), 42, stamp.tagHigh(), stamp.tagLow() ^ 1)))) {
      assertEquals(FrameSeal.Verdict.FORGED, other.check(seal), other.toString());
    }
    assertEquals(FrameSeal.Verdict.OTHER_KEY, frame.check(FrameSeal.of(new byte[] {2})));
  }

  @Test
  void noByteOfItCanBeChanged() {
    byte[] bytes = frame.encode(new MacAddress(5));
    for (int at = 14; at < bytes.length; at++) {
      byte[] changed = bytes.clone();
      changed[at] ^= 1;
      LldpFrame read = LldpFrame.decode(changed).orElse(null);
      // What is not under the tag is either not ours any more or says nothing that counts.
      assertTrue(
          read == null || read.equals(frame) || read.check(seal) != FrameSeal.Verdict.GENUINE,
          "byte " + at);
    }
  }
}
