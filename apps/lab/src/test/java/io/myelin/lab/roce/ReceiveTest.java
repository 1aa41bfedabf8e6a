package io.myelin.lab.roce;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.myelin.core.model.IpAddress;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.ToLongFunction;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a host makes of frames that it should not believe. */
class ReceiveTest {
  private final TwoHosts t = TwoHosts.ipv4().recording();
  private HostStats before = t.b.stats();
  private byte[] data = {};

  @BeforeEach
  void capturesAPacket() {
    t.write(t.connect(5), 100);
    t.scheduler.runUntilIdle();
    data = t.fromA.stream().filter(Frames::isData).findFirst().orElseThrow();
    before = t.b.stats();
  }

  private HostStats after(byte[] frame) {
    t.b.deliver(frame);
    t.scheduler.runUntilIdle();
    return t.b.stats();
  }

  private byte[] with(int at, int value) {
    byte[] frame = data.clone();
    frame[at] = (byte) value;
    return frame;
  }

  @Test
  void countsWhoSentToWhichQueuePair() {
    assertEquals(1, before.received(TwoHosts.V4_A, 1005));
    assertEquals(0, before.received(TwoHosts.V4_A, 5));
    byte[] frame = data.clone();
    Wire.put24(frame, Frames.bth(frame) + 5, 4242);
    new Icrc().seal(frame, Wire.IPV4);
    HostStats stats = after(frame);
    assertEquals(1, stats.received(TwoHosts.V4_A, 4242), "also for a queue pair that is not open");
    assertEquals(before.foreign() + 1, stats.foreign());
    assertEquals(before.goodputBytes(), stats.goodputBytes());
  }

  @Test
  void ignoresASenderThatIsNotThePeer() {
    byte[] frame = data.clone();
    frame[29] = 99; // 10.0.0.99
    Wire.put16(frame, 24, 0);
    Wire.put16(frame, 24, Wire.checksum(Wire.sum(frame, 14, 20)));
    new Icrc().seal(frame, Wire.IPV4);
    HostStats stats = after(frame);
    assertEquals(before.foreign() + 1, stats.foreign());
    assertEquals(before.duplicates(), stats.duplicates());
    IpAddress other = IpAddress.parse("", "10.0.0.99");
    assertEquals(1, stats.received(other, 1005));
  }

  @Test
  void countsWhatIsForOthers() {
    assertOneMore(HostStats::foreign, with(5, 0x77), "MAC");
    byte[] otherIp = with(33, 77);
    Wire.put16(otherIp, 24, 0);
    Wire.put16(otherIp, 24, Wire.checksum(Wire.sum(otherIp, 14, 20)));
    assertOneMore(HostStats::foreign, otherIp, "IP address");
    byte[] mpls = with(12, 0x88);
    mpls[13] = 0x47;
    assertOneMore(HostStats::foreign, mpls, "MPLS");
    assertEquals(0, t.b.stats().malformed());
  }

  @Test
  void countsBrokenOnes() {
    long goodput = t.b.stats().goodputBytes();
    assertOneMore(HostStats::icrcErrors, with(data.length - 20, 1), "payload");
    assertOneMore(HostStats::malformed, with(22, 63), "IPv4 checksum");
    assertOneMore(HostStats::malformed, with(39, 1), "UDP length");
    assertOneMore(HostStats::malformed, new byte[5], "5 bytes");
    assertEquals(goodput, t.b.stats().goodputBytes());
    assertEquals(0, t.b.stats().foreign());
  }

  private void assertOneMore(ToLongFunction<HostStats> counter, byte[] frame, String what) {
    long was = counter.applyAsLong(t.b.stats());
    assertEquals(was + 1, counter.applyAsLong(after(frame)), what);
  }

  @Test
  void survivesAnything() {
    long seed = 5;
    SplittableRandom random = new SplittableRandom(seed);
    TwoHosts v6 = TwoHosts.ipv6().recording();
    v6.write(v6.connect(5), 100);
    v6.scheduler.runUntilIdle();
    for (TwoHosts hosts : List.of(t, v6)) {
      List<byte[]> samples = List.copyOf(Frames.all(hosts));
      long handled = 0;
      for (int i = 0; i < 20_000; i++) {
        byte[] sample = samples.get(random.nextInt(samples.size()));
        byte[] frame = Arrays.copyOf(sample, random.nextInt(sample.length + 20));
        for (int k = random.nextInt(4); k > 0 && frame.length > 0; k--) {
          frame[random.nextInt(frame.length)] = (byte) random.nextInt();
        }
        hosts.a.deliver(frame);
        hosts.b.deliver(frame);
      }
      hosts.run(TwoHosts.SECOND_NS);
      handled += hosts.a.stats().malformed() + hosts.a.stats().foreign();
      assertTrue(handled > 1_000, "seed " + seed);
      assertEquals(100, hosts.b.stats().goodputBytes(), "seed " + seed);
    }
  }
}
