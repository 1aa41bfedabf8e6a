package io.myelin.softswitch.peer;

import com.google.protobuf.ByteString;
import com.google.protobuf.TextFormat;
import io.myelin.p4.config.v1.ControllerPacketMetadata;
import io.myelin.p4.config.v1.P4Info;
import io.myelin.p4.v1.CounterData;
import io.myelin.p4.v1.CounterEntry;
import io.myelin.p4.v1.DirectCounterEntry;
import io.myelin.p4.v1.Entity;
import io.myelin.p4.v1.ForwardingPipelineConfig;
import io.myelin.p4.v1.PacketIn;
import io.myelin.p4.v1.PacketOut;
import io.myelin.p4.v1.TableEntry;
import io.myelin.softswitch.engine.Frames;
import io.myelin.softswitch.engine.PortConfig;
import io.myelin.softswitch.engine.Softswitch;
import io.myelin.softswitch.engine.SwitchControl;
import io.myelin.softswitch.p4rt.P4RuntimeOptions;
import io.myelin.softswitch.p4rt.P4RuntimeServer;
import io.myelin.softswitch.time.VirtualScheduler;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * A seed's entries and packets through one of the two switches.
 *
 * @param packets to send
 * @param batch packets under way at once in BMv2; its queues hold 64
 */
record Run(long seed, int packets, int batch) {
  private static final int PACKET_OUT_EVERY = 50;

  /** Of a frame that goes to the controller at once, to tell that all before it was processed. */
  private static final byte[] MARKER =
      "all before this was processed, or so we hope".getBytes(StandardCharsets.US_ASCII);

  static P4Info p4info() throws IOException {
    P4Info.Builder b = P4Info.newBuilder();
    TextFormat.merge(Files.readString(build("myelin.p4info.txt")), b);
    return b.build();
  }

  static Path build(String file) {
    return Path.of(System.getProperty("myelin.p4.build", "../../p4/build"), file);
  }

  private static ForwardingPipelineConfig pipeline(P4Info info) throws IOException {
    return ForwardingPipelineConfig.newBuilder()
        .setP4Info(info)
        .setP4DeviceConfig(ByteString.copyFrom(Files.readAllBytes(build("myelin.json"))))
        .build();
  }

  /** Events for each packet only where none overtakes another. */
  private boolean eventsAlways() {
    return batch == 1;
  }

  private interface Machine {
    /** Id 0: nobody asks what becomes of it. */
    void receive(int id, int port, byte[] frame);

    /** Header of two bytes, then the frame. */
    void packetOut(byte[] bytes);

    /** Returns when the marker sent last has come back, and with it all before it. */
    void awaitMarker() throws InterruptedException;

    /** Returns when all packets are processed; no more come. */
    void finish() throws InterruptedException;
  }

  /** The same sequence for either machine. */
  private void feed(MyelinWorkload w, Machine m) throws InterruptedException {
    Random outs = new Random(seed + 1);
    for (int i = 1; i <= packets; i++) {
      MyelinWorkload.Packet p = w.next();
      m.receive(i, p.port(), p.frame());
      if (i % batch == 0 || i == packets) {
        // Like LLDP: to the controller.
        m.receive(0, 1, marker());
        m.awaitMarker();
        if (i % PACKET_OUT_EVERY == 0) {
          m.packetOut(packetOut(outs, w));
          echo(m);
        }
      }
    }
    m.finish();
    echo(m); // whatever the controller was sent before has arrived then
  }

  private static void echo(Machine m) throws InterruptedException {
    m.packetOut(Frames.concat(new byte[] {(byte) (255 >> 1), (byte) 0x80}, marker()));
    m.awaitMarker();
  }

  private static byte[] packetOut(Random random, MyelinWorkload w) {
    byte[] frame = w.next().frame();
    if (random.nextBoolean()) {
      return Frames.concat(new byte[] {0, 0x40}, frame); // submit
    }
    int port = 1 + random.nextInt(8); // the others may be down
    return Frames.concat(new byte[] {(byte) (port >> 1), (byte) (port << 7)}, frame);
  }

  private static byte[] marker() {
    return Frames.ethernet(0x88cc, MARKER);
  }

  // ---- softswitch ----------------------------------------------------------------------------

  Trace softswitch() throws IOException, InterruptedException {
    P4Info info = p4info();
    MyelinWorkload w = new MyelinWorkload(seed);
    VirtualScheduler clock = new VirtualScheduler();
    Softswitch sw = new Softswitch(clock);
    Trace trace = new Trace();
    long[] id = new long[1];
    for (int p = 1; p <= MyelinWorkload.PORTS; p++) {
      int port = p;
      sw.attach(port, f -> trace.sent(id[0], port, f), PortConfig.UNLIMITED);
    }
    try (P4RuntimeServer server = P4RuntimeServer.start(sw, P4RuntimeOptions.of(1, clock), 0);
        P4Client client = new P4Client(server.port(), 1)) {
      client.setPipeline(pipeline(info));
      client.write(w.entries(info, eventsAlways()).updates());
      MyelinWorkload.DOWN.forEach(p -> sw.setPortUp(p, false));
      sw.listener(
          new SwitchControl.Listener() {
            @Override
            public void packetIn(byte[] frame) {
              if (!isMarker(frame)) {
                trace.packetIn(frame);
              }
            }

            @Override
            public void digest(String digest, List<byte[]> fields) {}
          });
      feed(
          w,
          new Machine() {
            @Override
            public void receive(int number, int port, byte[] frame) {
              id[0] = number;
              sw.receive(port, frame);
              clock.runUntilIdle();
              id[0] = 0;
            }

            @Override
            public void packetOut(byte[] bytes) {
              sw.packetOut(bytes);
              clock.runUntilIdle();
            }

            @Override
            public void awaitMarker() {}

            @Override
            public void finish() {}
          });
      counters(client, info, trace);
    }
    return trace;
  }

  private static boolean isMarker(byte[] packetIn) {
    int at = 8 + 14;
    return packetIn.length == at + MARKER.length
        && Arrays.equals(packetIn, at, packetIn.length, MARKER, 0, MARKER.length);
  }

  // ---- BMv2 ----------------------------------------------------------------------------------

  Trace bmv2() throws IOException, InterruptedException {
    P4Info info = p4info();
    MyelinWorkload w = new MyelinWorkload(seed);
    Trace trace = new Trace();
    try (Bmv2 bmv2 = new Bmv2()) {
      P4Client client = bmv2.client();
      client.setPipeline(pipeline(info));
      for (int p = 1; p <= MyelinWorkload.PORTS; p++) {
        bmv2.setPort(p, true); // before groups watch them
      }
      client.write(w.entries(info, eventsAlways()).updates());
      for (int p : MyelinWorkload.DOWN) {
        bmv2.setPort(p, false);
      }
      Semaphore markers = new Semaphore(0);
      client.onPacketIn(
          p -> {
            byte[] raw = raw(info, p);
            if (isMarker(raw)) {
              markers.release();
            } else {
              trace.packetIn(raw);
            }
          });
      bmv2.open((id, port, f) -> trace.sent(id, port, f.toByteArray()));
      feed(
          w,
          new Machine() {
            @Override
            public void receive(int number, int port, byte[] frame) {
              bmv2.receive(number, port, frame);
            }

            @Override
            public void packetOut(byte[] bytes) {
              client.packetOut(out(info, bytes));
            }

            @Override
            public void awaitMarker() throws InterruptedException {
              if (!markers.tryAcquire(20, TimeUnit.SECONDS)) {
                throw new IllegalStateException("BMv2 is silent");
              }
            }

            @Override
            public void finish() throws InterruptedException {
              bmv2.finish();
            }
          });
      counters(client, info, trace);
    }
    return trace;
  }

  private static PacketOut out(P4Info info, byte[] bytes) {
    int header = (bytes[0] & 0xff) << 8 | (bytes[1] & 0xff);
    PacketOut.Builder b =
        PacketOut.newBuilder().setPayload(ByteString.copyFrom(bytes, 2, bytes.length - 2));
    for (ControllerPacketMetadata.Metadata m : header(info, "packet_out").getMetadataList()) {
      int value =
          switch (m.getName()) {
            case "egress_port" -> header >> 7;
            case "submit" -> header >> 6 & 1;
            default -> 0;
          };
      b.addMetadata(P4Client.metadata(m.getId(), value));
    }
    return b.build();
  }

  private static ControllerPacketMetadata header(P4Info info, String name) {
    return info.getControllerPacketMetadataList().stream()
        .filter(h -> h.getPreamble().getName().equals(name))
        .findFirst()
        .orElseThrow();
  }

  /** The packet-in as the switch sent it, but for the timestamp. */
  private static byte[] raw(P4Info info, PacketIn p) {
    int header = 0;
    for (ControllerPacketMetadata.Metadata m : header(info, "packet_in").getMetadataList()) {
      for (var value : p.getMetadataList()) {
        if (value.getMetadataId() == m.getId() && m.getBitwidth() <= 9) {
          int v = 0;
          for (byte b : value.getValue().toByteArray()) {
            v = v << 8 | (b & 0xff);
          }
          header |= m.getName().equals("ingress_port") ? v << 7 : v;
        }
      }
    }
    return Frames.concat(
        new byte[] {(byte) (header >> 8), (byte) header, 0, 0, 0, 0, 0, 0},
        p.getPayload().toByteArray());
  }

  // ---- counters ------------------------------------------------------------------------------

  private static void counters(P4Client client, P4Info info, Trace trace) {
    for (var c : info.getCountersList()) {
      Entity all =
          Entity.newBuilder()
              .setCounterEntry(CounterEntry.newBuilder().setCounterId(c.getPreamble().getId()))
              .build();
      boolean bytes = c.getSpec().getUnit().name().equals("BOTH");
      for (Entity e : client.read(all)) {
        CounterEntry entry = e.getCounterEntry();
        count(
            trace,
            c.getPreamble().getAlias() + "[" + entry.getIndex().getIndex() + "]",
            entry.getData(),
            bytes);
      }
    }
    for (var c : info.getDirectCountersList()) {
      List<Entity> read =
          new ArrayList<>(
              client.read(
                  Entity.newBuilder()
                      .setDirectCounterEntry(
                          DirectCounterEntry.newBuilder()
                              .setTableEntry(
                                  TableEntry.newBuilder().setTableId(c.getDirectTableId())))
                      .build()));
      for (Entity e : read) {
        DirectCounterEntry entry = e.getDirectCounterEntry();
        String key =
            c.getPreamble().getAlias()
                + " "
                + entry.getTableEntry().getPriority()
                + " "
                + TextFormat.printer().emittingSingleLine(true).printToString(matches(entry));
        count(trace, key, entry.getData(), true);
      }
    }
  }

  private static TableEntry matches(DirectCounterEntry e) {
    return TableEntry.newBuilder().addAllMatch(e.getTableEntry().getMatchList()).build();
  }

  private static void count(Trace trace, String name, CounterData d, boolean bytes) {
    if (d.getPacketCount() != 0) {
      trace.counters.put(name, d.getPacketCount() + (bytes ? "/" + d.getByteCount() : ""));
    }
  }
}
