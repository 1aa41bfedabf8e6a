package io.myelin.softswitch.differential;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.myelin.softswitch.engine.PortStats;
import io.myelin.softswitch.engine.Softswitch;
import io.myelin.softswitch.engine.SwitchControl;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * A million broken frames through myelin.p4 with entries in its tables: nothing is thrown, the
 * switch goes on, and every frame is accounted for.
 */
class FuzzTest {
  private static final int FRAMES = 1_000_000;
  private static final int MODELS = 20_000;
  private static final int MAX_FRAME = 9_700;
  private static final long SEED = Long.getLong("myelin.fuzz.seed", 77);

  /** Frames that are right, or nearly, or wrong in some way that only chance thinks of. */
  private static final class Broken {
    private final Random r;
    private final Packets.Packet[] models = new Packets.Packet[MODELS];

    Broken(Comparison.Scenario scenario, Random random) {
      r = random;
      Packets source = scenario.source(random.nextLong());
      Arrays.setAll(models, i -> source.next());
    }

    Packets.Packet next() {
      Packets.Packet model = models[r.nextInt(MODELS)];
      byte[] frame = model.frame();
      return new Packets.Packet(
          model.port(),
          switch (r.nextInt(16)) {
            case 0 -> Arrays.copyOf(frame, r.nextInt(frame.length + 1));
            case 1 -> Arrays.copyOf(frame, frame.length + r.nextInt(64));
            case 2 -> r.nextInt(64) == 0 ? noise(r.nextInt(MAX_FRAME)) : noise(r.nextInt(80));
            case 3 -> repeated(frame);
            case 4, 5, 6, 7, 8, 9 -> flipped(frame, 1 + r.nextInt(8));
            default -> frame;
          });
    }

    private byte[] noise(int length) {
      byte[] out = new byte[length];
      r.nextBytes(out);
      return out;
    }

    private byte[] flipped(byte[] frame, int bits) {
      byte[] out = frame.clone();
      for (int i = 0; i < bits && out.length > 0; i++) {
        // Mostly within the headers.
        int at = r.nextInt(r.nextInt(4) == 0 ? out.length : Math.min(out.length, 64));
        out[at] ^= (byte) (1 << r.nextInt(8));
      }
      return out;
    }

    /** The same bytes again in the middle: headers where payload was, and payload as headers. */
    private byte[] repeated(byte[] frame) {
      byte[] out = Arrays.copyOf(frame, Math.min(MAX_FRAME, 2 * frame.length));
      int from = r.nextInt(frame.length);
      System.arraycopy(frame, 0, out, from, Math.min(frame.length, out.length - from));
      return out;
    }
  }

  private static final class PacketIns implements SwitchControl.Listener {
    private long packets;

    @Override
    public void packetIn(byte[] frame) {
      packets++;
    }

    @Override
    public void digest(String digest, List<byte[]> fields) {}
  }

  @Test
  void everyBrokenFrameIsAccountedFor() {
    Comparison.Scenario scenario = Comparison.Scenario.myelin();
    try (SoftswitchSubject subject = new SoftswitchSubject(scenario.program())) {
      subject.client().write(scenario.entries(SEED));
      Softswitch sw = subject.sw;
      // The server's listener would only queue them for a client that does not read.
      PacketIns packetIns = new PacketIns();
      sw.listener(packetIns);
      Broken broken = new Broken(scenario, new Random(SEED));
      long longest = 0;
      long received = 0;
      for (int i = 0; i < FRAMES; i++) {
        Packets.Packet p = broken.next();
        longest = Math.max(longest, p.frame().length);
        long before = sent(subject) + packetIns.packets + lost(sw);
        try {
          subject.inject(p);
        } catch (RuntimeException | StackOverflowError e) {
          throw new AssertionError("seed " + SEED + ", frame " + i + ": " + describe(p), e);
        }
        long outcomes = sent(subject) + packetIns.packets + lost(sw) - before;
        int number = i;
        assertTrue(
            outcomes >= 1,
            () -> "seed " + SEED + ", frame " + number + " vanished: " + describe(p));
        received++;
      }
      assertEquals(FRAMES, received);
      assertTrue(longest > 9_600, "longest frame has " + longest + " bytes");
      assertEquals(FRAMES, counted(sw), "frames that the program counted, and those it did not");
    }
  }

  private static long sent(SoftswitchSubject subject) {
    return subject.sent();
  }

  private static long lost(Softswitch sw) {
    Softswitch.DropStats d = sw.drops();
    return d.byProgram() + d.noPort() + d.noQueue() + d.loops() + d.noProgram();
  }

  /** Sums what all ports received. */
  private static long counted(Softswitch sw) {
    long n = 0;
    for (int port = 0; port < 511; port++) {
      PortStats s = sw.portStats(port);
      n += s.rxPackets();
    }
    return n;
  }

  private static String describe(Packets.Packet p) {
    return "port "
        + p.port()
        + ", "
        + p.frame().length
        + " bytes "
        + java.util.HexFormat.of().formatHex(p.frame(), 0, Math.min(200, p.frame().length));
  }
}
