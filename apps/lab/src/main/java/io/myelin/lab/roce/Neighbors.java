package io.myelin.lab.roce;

import io.myelin.softswitch.time.Scheduler;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;

/** Finds the MAC address for an IP address by ARP (RFC 826) or neighbour discovery (RFC 4861). */
final class Neighbors {
  /** Frames that wait for one address; more are dropped. */
  private static final int MAX_WAITING = 64;

  private static final long RETRY_NS = 100_000_000;

  private final RoceHost host;
  private final Scheduler scheduler;
  private final Consumer<byte[]> send;
  private final Map<ByteBuffer, Long> known = new HashMap<>();
  private final Map<ByteBuffer, Deque<byte[]>> waiting = new HashMap<>();

  Neighbors(RoceHost host, Scheduler scheduler, Consumer<byte[]> send) {
    this.host = host;
    this.scheduler = scheduler;
    this.send = send;
  }

  void learn(byte[] ip, long mac) {
    ByteBuffer key = ByteBuffer.wrap(ip);
    known.put(key, mac);
    Deque<byte[]> frames = waiting.remove(key);
    if (frames != null) {
      frames.forEach(f -> resolved(f, mac));
    }
  }

  /** Sends a frame once its destination is known; false: too many wait already. */
  boolean send(byte[] ip, byte[] frame) {
    ByteBuffer key = ByteBuffer.wrap(ip);
    Long mac = known.get(key);
    if (mac != null) {
      resolved(frame, mac);
      return true;
    }
    Deque<byte[]> frames = waiting.get(key);
    if (frames == null) {
      frames = new ArrayDeque<>();
      waiting.put(key, frames);
      ask(key);
    }
    return frames.size() < MAX_WAITING && frames.add(frame);
  }

  private void resolved(byte[] frame, long mac) {
    Packets.setDestination(frame, mac);
    send.accept(frame);
  }

  private void ask(ByteBuffer key) {
    if (!waiting.containsKey(key)) {
      return;
    }
    byte[] ip = new byte[key.remaining()];
    key.duplicate().get(ip);
    send.accept(ip.length == 4 ? arp(1, -1, host.ip(), ip) : solicitation(ip));
    scheduler.after(RETRY_NS, () -> ask(key));
  }

  /** Handles ARP and ND; true when the frame was one of theirs. */
  boolean handle(byte[] frame) {
    int type = (frame[12] & 0xff) << 8 | (frame[13] & 0xff);
    if (type == 0x0806 && frame.length >= 42) {
      byte[] sender = Arrays.copyOfRange(frame, 28, 32);
      byte[] target = Arrays.copyOfRange(frame, 38, 42);
      long mac = mac(frame, 22);
      if (frame[21] == 2) {
        learn(sender, mac);
      } else if (frame[21] == 1 && Arrays.equals(target, host.ip())) {
        send.accept(arp(2, mac, host.ip(), sender));
      }
      return true;
    }
    if (type == 0x86dd && frame.length >= 86 && frame[20] == 58 && (frame[54] & 0xff) == 136) {
      learn(Arrays.copyOfRange(frame, 62, 78), mac(frame, 80));
      return true;
    }
    return false;
  }

  private byte[] arp(int operation, long to, byte[] senderIp, byte[] targetIp) {
    ByteBuffer b = ByteBuffer.allocate(60); // Ethernet's minimum without FCS
    Packets.mac(b, to);
    Packets.mac(b, host.mac());
    b.putShort((short) 0x0806).putInt(0x0001_0800).putShort((short) 0x0604);
    b.putShort((short) operation);
    Packets.mac(b, host.mac()).put(senderIp);
    Packets.mac(b, operation == 1 ? 0 : to).put(targetIp);
    return b.array();
  }

  private byte[] solicitation(byte[] target) {
    ByteBuffer b = ByteBuffer.allocate(86);
    b.putShort((short) 0x3333).put((byte) 0xff).put(target, 13, 3); // solicited-node multicast
    Packets.mac(b, host.mac()).putShort((short) 0x86dd);
    b.putInt(6 << 28).putShort((short) 32).put((byte) 58).put((byte) 255).put(host.ip());
    b.putLong(0xff02_0000_0000_0000L).putInt(1).put((byte) 0xff).put(target, 13, 3);
    b.put((byte) 135).put((byte) 0).putShort((short) 0).putInt(0).put(target);
    b.put((byte) 1).put((byte) 1);
    Packets.mac(b, host.mac());
    byte[] pseudo = new byte[72];
    System.arraycopy(b.array(), 22, pseudo, 0, 32);
    pseudo[35] = 32;
    pseudo[39] = 58;
    System.arraycopy(b.array(), 54, pseudo, 40, 32);
    b.putShort(56, (short) Packets.checksum(pseudo, 0, 72));
    return b.array();
  }

  private static long mac(byte[] frame, int at) {
    long mac = 0;
    for (int i = 0; i < 6; i++) {
      mac = mac << 8 | (frame[at + i] & 0xff);
    }
    return mac;
  }
}
