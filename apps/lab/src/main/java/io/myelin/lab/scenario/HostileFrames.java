package io.myelin.lab.scenario;

import io.myelin.core.model.Endpoint;
import io.myelin.core.model.MacAddress;
import io.myelin.core.model.PortRef;
import io.myelin.core.path.Path;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;

/** Frames that a host may send if it wants what it must not have. */
final class HostileFrames {
  private static final int ROCEV2 = 4791;
  private static final int UDP = 17;
  private static final int PAYLOAD_BYTES = 64;
  private static final long NEAREST_BRIDGE = 0x0180_c200_000eL;
  private static final long BROADCAST = 0xffff_ffff_ffffL;

  private final Random random;

  HostileFrames(Random random) {
    this.random = random;
  }

  /** A RoCEv2 packet as the sender's NIC would make it. */
  byte[] roce(Endpoint from, Endpoint to) {
    return ip(from, from.ip().bytes(), to, ROCEV2);
  }

  /** The same with another's source address, or one that nobody has. */
  byte[] spoofed(Endpoint from, byte[] source, Endpoint to) {
    return ip(from, source, to, ROCEV2);
  }

  /** A path of the sender's own choice, down to the victim's port. */
  byte[] labelled(Endpoint from, Endpoint to, List<PortRef> hops) {
    byte[] packet = roce(from, to);
    ByteBuffer b =
        frame(from.mac(), to.mac().value(), 0x8847, packet.length - 14 + 4 * hops.size());
    for (int i = 0; i < hops.size(); i++) {
      label(b, Path.label(hops.get(i)), i == hops.size() - 1);
    }
    return bytes(b.put(packet, 14, packet.length - 14));
  }

  /** LLDP that says it comes out of a port of the fabric. */
  byte[] lldp(Endpoint from, PortRef claimed) {
    byte[] device = claimed.device().value().getBytes(StandardCharsets.US_ASCII);
    byte[] port = String.valueOf(claimed.port()).getBytes(StandardCharsets.US_ASCII);
    byte[] stamp = new byte[28];
    random.nextBytes(stamp);
    ByteBuffer b =
        frame(
            from.mac(),
            NEAREST_BRIDGE,
            0x88cc,
            3 + device.length + 3 + port.length + 4 + 6 + stamp.length + 2);
    b.putShort((short) (1 << 9 | 1 + device.length)).put((byte) 7).put(device);
    b.putShort((short) (2 << 9 | 1 + port.length)).put((byte) 7).put(port);
    b.putShort((short) (3 << 9 | 2)).putShort((short) 10);
    b.putShort((short) (127 << 9 | 4 + stamp.length)).putInt(0x4d79_6c02).put(stamp);
    return bytes(b.putShort((short) 0));
  }

  /** A probe as it comes home: to the controller, without labels. */
  byte[] probe(Endpoint from) {
    ByteBuffer b = frame(from.mac(), from.mac().value(), 0x88b5, 10 + 28);
    return bytes(probe(b));
  }

  /** A probe under a label that leads to the controller. */
  byte[] labelledProbe(Endpoint from) {
    ByteBuffer b = frame(from.mac(), from.mac().value(), 0x8847, 4 + 10 + 28);
    label(b, Path.CONTROLLER_LABEL, true);
    return bytes(probe(b));
  }

  private ByteBuffer probe(ByteBuffer b) {
    byte[] stamp = new byte[28];
    random.nextBytes(stamp);
    return b.putInt(0x1000_7ff8).putInt(random.nextInt()).putShort((short) 0).put(stamp);
  }

  /**
   * An ARP request.
   *
   * @param mac that it says is the sender's
   * @param address likewise
   */
  byte[] arp(Endpoint from, MacAddress mac, byte[] address, Endpoint target) {
    ByteBuffer b = frame(from.mac(), BROADCAST, 0x0806, 46);
    b.putInt(0x0001_0800).putShort((short) 0x0604).putShort((short) 1);
    put48(b, mac.value()).put(address);
    return bytes(put48(b, 0).put(target.ip().bytes()));
  }

  private byte[] ip(Endpoint from, byte[] source, Endpoint to, int udpPort) {
    int udpBytes = 8 + 12 + PAYLOAD_BYTES;
    ByteBuffer b = frame(from.mac(), to.mac().value(), 0x0800, 20 + udpBytes);
    b.putShort((short) 0x4502).putShort((short) (20 + udpBytes)).putInt(random.nextInt() << 16);
    b.put((byte) 64).put((byte) UDP).putShort((short) 0).put(source).put(to.ip().bytes());
    int sum = 0;
    for (int i = 14; i < 34; i += 2) {
      sum += b.getShort(i) & 0xffff;
    }
    sum = (sum & 0xffff) + (sum >>> 16);
    b.putShort(24, (short) ~((sum & 0xffff) + (sum >>> 16)));
    b.putShort((short) (0xc000 | random.nextInt(0x4000))).putShort((short) udpPort);
    b.putShort((short) udpBytes).putShort((short) 0);
    // A SEND ONLY, reliable connection, for any queue pair.
    b.putInt(0x0400_ffff).putInt(random.nextInt(1 << 24)).putInt(random.nextInt(1 << 24));
    return bytes(b);
  }

  private static ByteBuffer frame(MacAddress from, long to, int type, int bytes) {
    ByteBuffer b = ByteBuffer.allocate(Math.max(60, 14 + bytes));
    put48(b, to);
    put48(b, from.value());
    return b.putShort((short) type);
  }

  /** All of it, padding included. */
  private static byte[] bytes(ByteBuffer frame) {
    byte[] all = new byte[frame.capacity()];
    frame.rewind().get(all);
    return all;
  }

  private static void label(ByteBuffer b, int label, boolean bottom) {
    b.putInt(label << 12 | (bottom ? 1 << 8 : 0) | 64);
  }

  private static ByteBuffer put48(ByteBuffer b, long value) {
    return b.putShort((short) (value >>> 32)).putInt((int) value);
  }
}
