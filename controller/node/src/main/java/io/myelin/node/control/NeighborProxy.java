package io.myelin.node.control;

import io.myelin.core.model.Device;
import io.myelin.core.model.DeviceId;
import io.myelin.core.model.Endpoint;
import io.myelin.core.model.IpAddress;
import io.myelin.core.model.U128;
import io.myelin.core.port.Rejection;
import io.myelin.core.port.Southbound;
import io.myelin.core.port.StateLog;
import io.myelin.core.state.FabricState;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Answers ARP (RFC 826) and neighbour solicitations (RFC 4861) for every endpoint of the fabric
 * with the leaf's own MAC address: to hosts the fabric is one router.
 */
final class NeighborProxy {
  private static final int ETHERNET = 14;
  private static final int ARP_REQUEST = 1;
  private static final int ARP_REPLY = 2;
  private static final int ND_SOLICITATION = 135;
  private static final int ND_ADVERTISEMENT = 136;
  private static final int IPV6_HEADER = 40;
  private static final long LINK_LOCAL = 0xfe80 >>> 6; // fe80::/10
  private static final long V4_MAPPED = 0xffff_0000_0000L;

  private final StateLog stateLog;
  private final Southbound southbound;
  private final Rejections rejections;

  NeighborProxy(StateLog stateLog, Southbound southbound, Rejections rejections) {
    this.rejections = rejections;
    this.stateLog = stateLog;
    this.southbound = southbound;
  }

  void arp(DeviceId at, int port, byte[] frame) {
    answer(at, port, frame, false);
  }

  void neighborDiscovery(DeviceId at, int port, byte[] frame) {
    answer(at, port, frame, true);
  }

  private void answer(DeviceId at, int port, byte[] frame, boolean v6) {
    FabricState state = stateLog.state();
    Device device = state.inventory().devices().get(at);
    if (device == null) {
      return;
    }
    try {
      if (!fromItself(state, at, port, frame, v6)) {
        rejections.count(at, port, Rejection.SPOOFED);
        return;
      }
      byte[] reply =
          v6 ? advertisement(state, device, port, frame) : arpReply(state, device, port, frame);
      if (reply != null) {
        southbound.packetOut(at, port, reply);
      }
    } catch (BufferUnderflowException | IndexOutOfBoundsException truncated) {
      rejections.count(at, port, Rejection.MALFORMED); // and gets no answer
    }
  }

  /**
   * Whether the sender is the endpoint at that port, as the switch has checked already where our
   * program runs there: by MAC address, and by IP address where it gives one.
   */
  private static boolean fromItself(
      FabricState state, DeviceId at, int port, byte[] frame, boolean v6) {
    ByteBuffer in = ByteBuffer.wrap(frame);
    Endpoint e =
        state.inventory().endpointsAt(at).stream()
            .filter(x -> x.attachment().port() == port)
            .findFirst()
            .orElse(null);
    if (e == null || mac(in, 6) != e.mac().value()) {
      return false;
    }
    if (v6) {
      // RFC 4861 §7.1.1: with less than 255 it has been through a router.
      U128 source = new U128(in.getLong(ETHERNET + 8), in.getLong(ETHERNET + 16));
      boolean linkLocal = source.hi() >>> 54 == LINK_LOCAL;
      return in.get(ETHERNET + 7) == (byte) 255
          && (source.equals(U128.ZERO) || linkLocal || source.equals(e.ip().value()));
    }
    long sender = in.getInt(ETHERNET + 14) & 0xffff_ffffL;
    return mac(in, ETHERNET + 8) == e.mac().value()
        && (sender == 0 || new U128(0, V4_MAPPED | sender).equals(e.ip().value()));
  }

  private static long mac(ByteBuffer in, int at) {
    return (in.getShort(at) & 0xffffL) << 32 | (in.getInt(at + 2) & 0xffff_ffffL);
  }

  private static byte @Nullable [] arpReply(
      FabricState state, Device device, int port, byte[] frame) {
    ByteBuffer in = ByteBuffer.wrap(frame);
    boolean request =
        in.getInt(ETHERNET) == 0x0001_0800
            && in.getShort(ETHERNET + 4) == 0x0604
            && in.getShort(ETHERNET + 6) == ARP_REQUEST;
    IpAddress target =
        new IpAddress(new U128(0, V4_MAPPED | (in.getInt(ETHERNET + 24) & 0xffff_ffffL)));
    if (!request || !answers(state, device, port, target)) {
      return null;
    }
    byte[] senderMac = Arrays.copyOfRange(frame, ETHERNET + 8, ETHERNET + 14);
    ByteBuffer out = ByteBuffer.allocate(ETHERNET + 28);
    out.put(senderMac);
    mac(out, device).putShort((short) 0x0806);
    out.putInt(0x0001_0800).putShort((short) 0x0604).putShort((short) ARP_REPLY);
    mac(out, device).putInt(in.getInt(ETHERNET + 24));
    out.put(senderMac).putInt(in.getInt(ETHERNET + 14));
    return out.array();
  }

  private static byte @Nullable [] advertisement(
      FabricState state, Device device, int port, byte[] frame) {
    ByteBuffer in = ByteBuffer.wrap(frame);
    int icmp = ETHERNET + IPV6_HEADER;
    if ((in.get(icmp) & 0xff) != ND_SOLICITATION || frame.length < icmp + 24) {
      return null;
    }
    byte[] target = Arrays.copyOfRange(frame, icmp + 8, icmp + 24);
    byte[] asker = Arrays.copyOfRange(frame, ETHERNET + 8, ETHERNET + 24);
    boolean probe = new U128(0, 0).equals(U128.fromBytes(asker)); // duplicate address detection
    if (probe || !answers(state, device, port, new IpAddress(U128.fromBytes(target)))) {
      return null;
    }
    ByteBuffer out = ByteBuffer.allocate(icmp + 32);
    out.put(frame, 6, 6);
    mac(out, device).putShort((short) 0x86dd);
    out.putInt(0x6000_0000).putShort((short) 32).put((byte) 58).put((byte) 255);
    out.put(target).put(asker);
    out.put((byte) ND_ADVERTISEMENT).put((byte) 0).putShort((short) 0);
    out.putInt(0xe000_0000).put(target); // router, solicited, override
    out.put((byte) 2).put((byte) 1);
    mac(out, device);
    out.putShort(icmp + 2, icmpv6Checksum(out.array(), icmp, 32));
    return out.array();
  }

  /** For any endpoint but those behind the same port: they answer for themselves. */
  private static boolean answers(FabricState state, Device device, int port, IpAddress target) {
    Endpoint e = state.inventory().endpointByIp(target);
    return e != null
        && !(e.attachment().device().equals(device.id()) && e.attachment().port() == port);
  }

  private static ByteBuffer mac(ByteBuffer out, Device device) {
    long mac = device.mac().value();
    return out.putShort((short) (mac >>> 32)).putInt((int) mac);
  }

  /** RFC 4443 §2.3: over the pseudo header and the message. */
  private static short icmpv6Checksum(byte[] frame, int icmp, int length) {
    long sum = 58L + length;
    for (int i = ETHERNET + 8; i < icmp + length; i += 2) {
      sum += (frame[i] & 0xff) << 8 | (frame[i + 1] & 0xff);
    }
    while (sum >>> 16 != 0) {
      sum = (sum & 0xffff) + (sum >>> 16);
    }
    return (short) ~sum;
  }
}
