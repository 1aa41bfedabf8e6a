package io.myelin.lab.roce;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class IcrcTest {
  private final Icrc icrc = new Icrc();

  @Test
  void agreesWithABitwiseComputationOfAnnexA17() {
    for (TwoHosts t : List.of(TwoHosts.ipv4().recording(), TwoHosts.ipv6().recording())) {
      QueuePair qp = t.connect(0xabcdef);
      t.write(qp, 1);
      t.write(qp, 10_001);
      t.scheduler.runUntilIdle();
      int checked = 0;
      for (byte[] frame : Frames.all(t)) {
        if (Frames.isRoce(frame)) {
          assertEquals(bitwise(frame), Wire.get32(frame, frame.length - 4));
          checked++;
        }
      }
      assertTrue(checked > 4, "only " + checked);
    }
  }

  @Test
  void isInvariantUnderWhatRoutersChangeAndNothingElse() {
    long seed = 11;
    SplittableRandom random = new SplittableRandom(seed);
    for (TwoHosts t : List.of(TwoHosts.ipv4().recording(), TwoHosts.ipv6().recording())) {
      t.write(t.connect(5), 100);
      t.scheduler.runUntilIdle();
      byte[] sent = t.fromA.stream().filter(Frames::isRoce).findFirst().orElseThrow();
      int ip = Frames.ipLength(sent);
      for (int bit = Wire.ETHERNET * 8; bit < sent.length * 8; bit++) {
        byte[] frame = sent.clone();
        frame[bit / 8] ^= (byte) (0x80 >>> (bit % 8));
        String why = "bit " + bit % 8 + " of byte " + bit / 8 + " of " + ip;
        assertEquals(isVariant(bit, ip), icrc.matches(frame, ip, frame.length), why);
      }
      byte[] garbled = sent.clone();
      garbled[sent.length - 5 - random.nextInt(80)] ^= (byte) random.nextInt(1, 256);
      assertFalse(icrc.matches(garbled, ip, garbled.length), "seed " + seed);
    }
  }

  private static boolean isVariant(int bit, int ip) {
    int at = bit / 8 - Wire.ETHERNET;
    boolean udpChecksum = at == ip + 6 || at == ip + 7;
    boolean resv8a = at == ip + Wire.UDP + 4;
    boolean inIp =
        ip == Wire.IPV4
            ? at == 1 || at == 8 || at == 10 || at == 11
            : (at == 0 && bit % 8 >= 4) || (at >= 1 && at <= 3) || at == 7;
    return inIp || udpChecksum || resv8a;
  }

  /** As the annex words it, one bit at a time, sharing nothing with the code under test. */
  private static int bitwise(byte[] frame) {
    boolean v4 = frame[12] == 8;
    int ip = v4 ? 20 : 40;
    byte[] packet = Arrays.copyOfRange(frame, 14, frame.length - 4);
    for (int at : v4 ? new int[] {1, 8, 10, 11} : new int[] {1, 2, 3, 7}) {
      packet[at] = (byte) 0xff;
    }
    if (!v4) {
      packet[0] = 0x6f;
    }
    packet[ip + 6] = (byte) 0xff;
    packet[ip + 7] = (byte) 0xff;
    packet[ip + 8 + 4] = (byte) 0xff;
    ByteArrayOutputStream covered = new ByteArrayOutputStream();
    for (int i = 0; i < 8; i++) {
      covered.write(0xff);
    }
    covered.writeBytes(packet);
    int register = -1;
    for (byte b : covered.toByteArray()) {
      for (int i = 0; i < 8; i++) {
        int feedback = (register >>> 31) ^ ((b >>> i) & 1); // least significant bit first
        register = (register << 1) ^ (feedback == 1 ? 0x04c11db7 : 0);
      }
    }
    // The register leaves highest power first; each byte of the wire takes its lowest bit first.
    int onWire = 0;
    for (int i = 0; i < 32; i++) {
      int coefficient = (~register >>> (31 - i)) & 1;
      onWire |= coefficient << (24 - 8 * (i / 8) + i % 8);
    }
    return onWire;
  }
}
