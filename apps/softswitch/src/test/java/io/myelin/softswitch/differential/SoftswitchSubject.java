package io.myelin.softswitch.differential;

import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.myelin.p4.v1.PacketIn;
import io.myelin.p4.v1.PacketOut;
import io.myelin.softswitch.engine.PortConfig;
import io.myelin.softswitch.engine.Softswitch;
import io.myelin.softswitch.p4rt.P4RuntimeOptions;
import io.myelin.softswitch.p4rt.P4RuntimeServer;
import io.myelin.softswitch.peer.SwitchClient;
import io.myelin.softswitch.time.VirtualScheduler;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;

/** The softswitch in virtual time, programmed through its P4Runtime server like any switch. */
final class SoftswitchSubject implements Subject {
  private static final int DROP_PORT = 511;
  private static final long PACKET_INTERVAL_NS = 1_000;
  private static final long DEVICE_ID = 1;

  final VirtualScheduler clock = new VirtualScheduler();
  final Softswitch sw = new Softswitch(clock);
  private final P4RuntimeServer server;
  private final SwitchClient client;
  private List<Output> outputs = new ArrayList<>();
  private int cause;
  private int queue;
  private long sent;

  SoftswitchSubject(Program program) {
    try {
      server = P4RuntimeServer.start(sw, P4RuntimeOptions.of(DEVICE_ID, clock), 0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    // Every port: BMv2 runs egress, and counts, whether or not something is connected.
    for (int p = 0; p < DROP_PORT; p++) {
      if (p != sw.cpuPort()) {
        int port = p;
        sw.attach(
            port,
            f -> outputs.add(new Output(cause, port, queue, f)),
            new PortConfig(0, 0, PortConfig.DEFAULT_QUEUES, this::remember));
      }
    }
    client =
        new SwitchClient(
            NettyChannelBuilder.forAddress("127.0.0.1", server.port())
                .usePlaintext()
                .maxInboundMetadataSize(1 << 20)
                .maxInboundMessageSize(64 << 20)
                .build(),
            DEVICE_ID);
    client.setPipeline(program.info, program.json);
  }

  /** Called just before the frame is sent. */
  private byte[] remember(int port, int fromQueue, long depth, byte[] frame) {
    queue = fromQueue;
    sent++;
    return frame;
  }

  @Override
  public SwitchClient client() {
    return client;
  }

  @Override
  public void portDown(int port) {
    sw.setPortUp(port, false);
  }

  /** Frames that left by ports other than the CPU's. */
  long sent() {
    return sent;
  }

  /** Lets a frame arrive and runs what follows; outputs are counted, not kept. */
  void inject(Packets.Packet p) {
    outputs.clear();
    clock.at(clock.nowNs() + PACKET_INTERVAL_NS, () -> sw.receive(p.port(), p.frame()));
    clock.runUntilIdle();
  }

  @Override
  public Result feed(List<Packets.Packet> packets) {
    outputs = new ArrayList<>();
    for (int i = 0; i < packets.size(); i++) {
      Packets.Packet p = packets.get(i);
      cause = i;
      clock.at(clock.nowNs() + PACKET_INTERVAL_NS, () -> sw.receive(p.port(), p.frame()));
      clock.runUntilIdle();
    }
    return new Result(List.copyOf(outputs), client.packetIns());
  }

  @Override
  public Result send(List<PacketOut> packets) {
    outputs = new ArrayList<>();
    cause = 0;
    packets.forEach(client::packetOut);
    List<PacketIn> ins = new ArrayList<>(client.packetIns());
    clock.runUntilIdle();
    ins.addAll(client.packetIns());
    return new Result(List.copyOf(outputs), List.copyOf(ins));
  }

  @Override
  public void close() {
    client.close();
    server.close();
  }
}
