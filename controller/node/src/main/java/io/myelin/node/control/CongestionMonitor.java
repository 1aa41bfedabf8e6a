package io.myelin.node.control;

import io.myelin.core.model.DeviceId;
import io.myelin.core.model.IpAddress;
import io.myelin.core.model.PortRef;
import io.myelin.core.port.Telemetry.Congestion;
import io.myelin.core.port.Telemetry.Flow;
import io.myelin.core.port.Telemetry.Queue;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Keeps what switches told of their queues: congestion_t of p4/include/headers.p4 and the headers
 * of the packet that met the queue. Any thread.
 */
final class CongestionMonitor {
  private static final int ETHERTYPE_MPLS = 0x8847;
  private static final int ETHERTYPE_IPV4 = 0x0800;
  private static final int UDP = 17;
  private static final int ROCEV2 = 4791;
  private static final int QUEUES = 8;

  private final Map<Queue, Congestion> last = new ConcurrentSkipListMap<>();
  private final List<Consumer<Congestion>> listeners = new CopyOnWriteArrayList<>();
  private final LongSupplier clockMs;

  CongestionMonitor(LongSupplier clockMs) {
    this.clockMs = clockMs;
  }

  List<Congestion> all() {
    return List.copyOf(last.values());
  }

  @Nullable Congestion of(Queue queue) {
    return last.get(queue);
  }

  void listen(Consumer<Congestion> listener) {
    listeners.add(listener);
  }

  /** A packet-in of that kind. */
  void packetIn(DeviceId device, byte[] bytes) {
    decode(device, bytes, clockMs.getAsLong())
        .ifPresent(
            c -> {
              last.put(c.queue(), c);
              listeners.forEach(l -> l.accept(c));
            });
  }

  /** The switch's clock may have started anew, and its queues are empty. */
  void forget(DeviceId device) {
    last.keySet().removeIf(q -> q.device().equals(device));
  }

  static Optional<Congestion> decode(DeviceId device, byte[] bytes, long nowMs) {
    ByteBuffer b = ByteBuffer.wrap(bytes);
    try {
      b.getInt(); // the switch's number; the session says which it is
      int port = b.getShort() & 0xffff;
      int queue = b.get() & 0xff;
      long depth = u24(b);
      long kMin = u24(b);
      long length = u24(b);
      long timeUs = ProbeFrame.u48(b);
      if (port < 1 || port >= PortRef.CPU || queue >= QUEUES) {
        return Optional.empty(); // no switch has it: what is kept stays bounded
      }
      return Optional.of(
          new Congestion(
              new Queue(device, port, queue), depth, kMin, length, timeUs, nowMs, flow(b)));
    } catch (BufferUnderflowException truncated) {
      return Optional.empty();
    }
  }

  private static long u24(ByteBuffer b) {
    return (b.get() & 0xffL) << 16 | (b.getShort() & 0xffffL);
  }

  private static @Nullable Flow flow(ByteBuffer b) {
    try {
      b.position(b.position() + 12);
      int type = b.getShort() & 0xffff;
      boolean bottom = type != ETHERTYPE_MPLS;
      while (!bottom) {
        bottom = (b.getInt() & 0x100) != 0;
      }
      int version = b.get(b.position()) >> 4;
      if (version == 4 && (type == ETHERTYPE_IPV4 || type == ETHERTYPE_MPLS)) {
        return ipv4(b);
      }
      return version == 6 ? ipv6(b) : null;
    } catch (BufferUnderflowException | IllegalArgumentException | IndexOutOfBoundsException e) {
      return null; // cut off before its addresses
    }
  }

  private static Flow ipv4(ByteBuffer b) {
    int at = b.position();
    int headerBytes = (b.get(at) & 0xf) * 4;
    int protocol = b.get(at + 9) & 0xff;
    b.position(at + 12);
    return new Flow(address(b, 4), address(b, 4), destQp(b, protocol, at + headerBytes));
  }

  private static Flow ipv6(ByteBuffer b) {
    int at = b.position();
    int next = b.get(at + 6) & 0xff;
    b.position(at + 8);
    return new Flow(address(b, 16), address(b, 16), destQp(b, next, at + 40));
  }

  private static IpAddress address(ByteBuffer b, int length) {
    byte[] bytes = new byte[length];
    b.get(bytes);
    return IpAddress.of(bytes);
  }

  private static int destQp(ByteBuffer b, int protocol, int udpAt) {
    if (protocol != UDP || b.limit() < udpAt + 16 || (b.getShort(udpAt + 2) & 0xffff) != ROCEV2) {
      return -1;
    }
    return b.getInt(udpAt + 8 + 4) & 0xff_ffff;
  }
}
