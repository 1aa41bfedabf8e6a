package io.myelin.lab.roce;

import io.myelin.core.model.IpAddress;
import io.myelin.lab.net.EmulatedLink;
import io.myelin.softswitch.time.VirtualScheduler;
import java.util.ArrayList;
import java.util.List;

/** Two hosts on one cable, in virtual time. */
final class TwoHosts {
  static final long MAC_A = 0x0200_0000_000aL;
  static final long MAC_B = 0x0200_0000_000bL;
  static final long LATENCY_NS = 1_000;
  static final long RATE_BPS = 10_000_000_000L;
  static final long TIMEOUT_NS = 200_000;
  static final long SECOND_NS = 1_000_000_000;
  static final IpAddress V4_A = IpAddress.parse("ip", "10.0.0.1");
  static final IpAddress V4_B = IpAddress.parse("ip", "10.0.0.2");
  static final IpAddress V6_A = IpAddress.parse("ip", "fd00::1:a");
  static final IpAddress V6_B = IpAddress.parse("ip", "fd00::1:b");

  final VirtualScheduler scheduler = new VirtualScheduler();
  final EmulatedLink link = new EmulatedLink(scheduler, "a-b", LATENCY_NS);
  final List<byte[]> fromA = new ArrayList<>();
  final List<byte[]> fromB = new ArrayList<>();
  final List<Completion> completions = new ArrayList<>();
  final RoceHost a;
  final RoceHost b;

  TwoHosts(IpAddress ipA, IpAddress ipB, int mtu, int window, int ackEvery) {
    this(config(MAC_A, ipA, mtu, window, ackEvery), config(MAC_B, ipB, mtu, window, ackEvery));
  }

  TwoHosts(RoceHost.Config configA, RoceHost.Config configB) {
    a = new RoceHost(configA, scheduler, link::sendFromA);
    b = new RoceHost(configB, scheduler, link::sendFromB);
    link.attachA(a);
    link.attachB(b);
  }

  static TwoHosts ipv4() {
    return new TwoHosts(V4_A, V4_B, 4096, 32, 4);
  }

  /** Senders that do not mind notifications; packets so short that several fit between two. */
  static TwoHosts unheeding(IpAddress ipA, IpAddress ipB) {
    return new TwoHosts(unheeding(MAC_A, ipA), unheeding(MAC_B, ipB));
  }

  private static RoceHost.Config unheeding(long mac, IpAddress ip) {
    return new RoceHost.Config(
        mac,
        ip.bytes(),
        RATE_BPS,
        256,
        64,
        8,
        TIMEOUT_NS,
        1 << 20,
        RoceHost.CongestionControl.NONE);
  }

  static TwoHosts ipv6() {
    return new TwoHosts(V6_A, V6_B, 1024, 64, 8);
  }

  /** With published times, which tests count by; a loss does not slow what is sent again. */
  static RoceHost.Config config(long mac, IpAddress ip, int mtu, int window, int ackEvery) {
    return new RoceHost.Config(
        mac,
        ip.bytes(),
        RATE_BPS,
        mtu,
        window,
        ackEvery,
        TIMEOUT_NS,
        RoceHost.Config.DEFAULT_QUEUE_BYTES,
        RoceHost.CongestionControl.DCQCN_FIXED_TIMES);
  }

  /** Keeps what both send; tests of long transfers do without. */
  TwoHosts recording() {
    link.tap((d, ns, f) -> (d == EmulatedLink.Direction.A_TO_B ? fromA : fromB).add(f));
    return this;
  }

  /** Opens number {@code qpn} at A to {@code qpn + 1000} at B and the other way; A's end. */
  QueuePair connect(int qpn) {
    return connect(qpn, 0);
  }

  QueuePair connect(int qpn, int initialPsn) {
    b.openQp(qpn + 1000, a.config().ip(), qpn, initialPsn);
    return a.openQp(qpn, b.config().ip(), qpn + 1000, initialPsn);
  }

  void write(QueuePair qp, long bytes) {
    qp.postWrite(bytes, completions::add);
  }

  void run(long forNs) {
    scheduler.runUntil(scheduler.nowNs() + forNs);
  }
}
