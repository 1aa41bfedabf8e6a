package io.myelin.softswitch.peer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import io.myelin.p4.v1.ForwardingPipelineConfig;
import io.myelin.softswitch.engine.PortConfig;
import io.myelin.softswitch.engine.Softswitch;
import io.myelin.softswitch.engine.SwitchControl;
import io.myelin.softswitch.p4rt.P4RuntimeOptions;
import io.myelin.softswitch.p4rt.P4RuntimeServer;
import io.myelin.softswitch.time.VirtualScheduler;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Malformed, truncated and oversized packets never stop a switch, and each is accounted for. */
class FuzzTest {
  private static final int PACKETS = 1_000_000;
  private static final int LONGEST = 10_000;
  private static final long SEED = Long.getLong("myelin.seed", 20_261_123L);

  private final SplittableRandom random = new SplittableRandom(SEED);
  private long sent;
  private long toController;

  @Test
  void everyPacketIsSentOrCounted() throws IOException {
    VirtualScheduler clock = new VirtualScheduler();
    Softswitch sw = new Softswitch(clock);
    for (int p = 1; p <= MyelinWorkload.PORTS; p++) {
      sw.attach(p, f -> sent++, PortConfig.UNLIMITED);
    }
    MyelinWorkload w = new MyelinWorkload(SEED);
    try (P4RuntimeServer server = P4RuntimeServer.start(sw, P4RuntimeOptions.of(1, clock), 0);
        P4Client client = new P4Client(server.port(), 1)) {
      client.setPipeline(
          ForwardingPipelineConfig.newBuilder()
              .setP4Info(Run.p4info())
              .setP4DeviceConfig(ByteString.copyFrom(Files.readAllBytes(Run.build("myelin.json"))))
              .build());
      client.write(w.entries(Run.p4info(), false).updates());
    }
    sw.listener(
        new SwitchControl.Listener() {
          @Override
          public void packetIn(byte[] frame) {
            toController++;
          }

          @Override
          public void digest(String digest, List<byte[]> fields) {}
        });
    // A pool of well-meant packets, each broken anew every time it is sent.
    byte[][] pool = new byte[4096][];
    for (int i = 0; i < pool.length; i++) {
      pool[i] = w.next().frame();
    }
    int i = 0;
    try {
      for (; i < PACKETS; i++) {
        sw.receive(1 + random.nextInt(MyelinWorkload.PORTS), broken(pool[i % pool.length]));
        clock.runUntilIdle();
      }
    } catch (RuntimeException | Error e) {
      throw new AssertionError("seed " + SEED + ", packet " + i, e);
    }
    long dropped = 0;
    for (int reason = 0; reason < sw.counterSize("MyelinIngress.drop_counter"); reason++) {
      dropped += sw.counter("MyelinIngress.drop_counter", reason).packets();
    }
    assertEquals(PACKETS, sent + toController + dropped + sw.drops().noPort(), "seed " + SEED);
    assertTrue(sent > PACKETS / 50 && dropped > PACKETS / 10, sent + " sent, " + dropped);
    assertEquals(0, sw.drops().loops());
  }

  private byte[] broken(byte[] good) {
    return switch (random.nextInt(8)) {
      case 0 -> random(random.nextInt(64));
      case 1 -> random(random.nextInt(random.nextInt(20) == 0 ? LONGEST : 200));
      case 2, 3 -> cut(good);
      case 4 -> flipped(good, 1 + random.nextInt(8));
      case 5 -> overwritten(good);
      case 6 -> cut(flipped(good, 2));
      default -> good;
    };
  }

  private byte[] random(int bytes) {
    byte[] b = new byte[bytes];
    for (int i = 0; i < bytes; i++) {
      b[i] = (byte) random.nextInt();
    }
    return b;
  }

  private byte[] cut(byte[] f) {
    return java.util.Arrays.copyOf(f, random.nextInt(f.length + 1));
  }

  private byte[] flipped(byte[] f, int bits) {
    byte[] b = f.clone();
    for (int i = 0; i < bits; i++) {
      b[random.nextInt(Math.min(b.length, 100))] ^= (byte) (1 << random.nextInt(8));
    }
    return b;
  }

  /** A run of equal bytes: lengths and counts at their extremes. */
  private byte[] overwritten(byte[] f) {
    byte[] b = f.clone();
    int from = random.nextInt(b.length);
    byte value = (byte) (random.nextBoolean() ? 0xff : 0);
    for (int i = from; i < Math.min(b.length, from + 1 + random.nextInt(12)); i++) {
      b[i] = value;
    }
    return b;
  }
}
