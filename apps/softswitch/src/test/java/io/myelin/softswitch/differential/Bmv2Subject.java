package io.myelin.softswitch.differential;

import io.myelin.p4.v1.PacketIn;
import io.myelin.p4.v1.PacketOut;
import io.myelin.softswitch.peer.Bmv2;
import io.myelin.softswitch.peer.Dataplane;
import io.myelin.softswitch.peer.SwitchClient;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** BMv2. Batches must be small: each of its egress queues holds 64 packets and drops the rest. */
final class Bmv2Subject implements Subject {
  private static final int PORTS = 16;
  private static final int CPU_PORT = 255;
  private static final long TIMEOUT_S = 10;

  /** A packet-out header of nine bits that say 1, and an empty Ethernet frame. */
  private static final byte[] TO_PORT_1 = Arrays.copyOf(new byte[] {0, (byte) 0x80}, 16);

  private final Bmv2 bmv2;

  Bmv2Subject(Program program) {
    try {
      bmv2 = Bmv2.start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    client().setPipeline(program.info, program.json);
    // A port that BMv2 never heard of counts as down, and so do members that watch it.
    for (int port = 1; port <= PORTS; port++) {
      bmv2.dataplane().setPort(port, true);
    }
  }

  @Override
  public void portDown(int port) {
    bmv2.dataplane().setPort(port, false);
  }

  @Override
  public SwitchClient client() {
    return bmv2.client();
  }

  @Override
  public Result feed(List<Packets.Packet> packets) {
    // Written by gRPC's threads in turn; read behind finish(), which waits for them.
    List<Output> out = new ArrayList<>();
    Dataplane.Stream stream =
        bmv2.dataplane()
            .open(
                f -> {
                  synchronized (out) {
                    out.add(
                        new Output((int) f.id() - 1, f.port(), Output.UNKNOWN_QUEUE, f.bytes()));
                  }
                });
    for (int i = 0; i < packets.size(); i++) {
      stream.send(new Dataplane.Frame(i + 1, packets.get(i).port(), packets.get(i).frame()));
    }
    stream.finish();
    synchronized (out) {
      return new Result(List.copyOf(out), client().packetIns());
    }
  }

  @Override
  public Result send(List<PacketOut> packets) {
    BlockingQueue<Output> out = new LinkedBlockingQueue<>();
    Dataplane.Stream stream =
        bmv2.dataplane()
            .open(f -> out.add(new Output(0, f.port(), Output.UNKNOWN_QUEUE, f.bytes())));
    // Outputs are lost while BMv2 has not opened the stream: once one has come, it has.
    stream.send(new Dataplane.Frame(1, CPU_PORT, TO_PORT_1));
    try {
      if (out.poll(TIMEOUT_S, TimeUnit.SECONDS) == null) {
        throw new AssertionError("BMv2 does not answer a packet for port 1");
      }
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
    packets.forEach(client()::packetOut);
    List<PacketIn> ins = new ArrayList<>(client().packetIns());
    stream.finish();
    ins.addAll(client().packetIns());
    return new Result(List.copyOf(out), List.copyOf(ins));
  }

  @Override
  public void close() {
    bmv2.close();
  }
}
