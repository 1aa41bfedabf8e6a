package io.myelin.node.control;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.myelin.core.model.MacAddress;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

final class LldpFrameTest {
  private final LldpFrame frame = new LldpFrame("leaf1", 7);

  @Test
  void survivesTheWire() {
    assertEquals(frame, LldpFrame.decode(frame.encode(new MacAddress(5))).orElseThrow());
    assertEquals("leaf1/7", frame.origin().orElseThrow().toString());
    assertTrue(new LldpFrame("leaf1", 255).origin().isEmpty(), "the CPU port has no cable");
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
}
