package io.myelin.lab;

import io.myelin.core.model.DeviceId;
import io.myelin.core.model.PortRef;
import io.myelin.softswitch.engine.PortConfig;
import io.myelin.softswitch.engine.PortSink;
import io.myelin.softswitch.engine.Softswitch;
import io.myelin.softswitch.p4rt.P4RuntimeOptions;
import io.myelin.softswitch.p4rt.P4RuntimeServer;
import io.myelin.softswitch.time.Scheduler;
import java.io.IOException;
import java.util.Map;
import java.util.TreeMap;

/**
 * A place in the rack: a softswitch that serves P4Runtime, and after a power cut another one with
 * the same cables and the same address.
 */
final class LabSwitch {
  private final DeviceId id;
  private final long p4DeviceId;
  private final Scheduler scheduler;
  private final int port;
  private final Map<Integer, Plug> plugs = new TreeMap<>();

  // Changed on the scheduler's thread.
  private Softswitch engine;
  private boolean powered = true;

  // Touched by whoever kills or restarts it, one at a time.
  private P4RuntimeServer server;

  private record Plug(PortSink sink, PortConfig config) {}

  /**
   * A switch with power and without ports.
   *
   * @param port of its P4Runtime server, on 127.0.0.1; 0: any free one
   * @throws IOException when the port cannot be bound
   */
  LabSwitch(DeviceId id, long p4DeviceId, Scheduler scheduler, int port) throws IOException {
    this.id = id;
    this.p4DeviceId = p4DeviceId;
    this.scheduler = scheduler;
    engine = new Softswitch(scheduler, PortRef.CPU);
    server = serve(engine, port);
    this.port = server.port();
  }

  private P4RuntimeServer serve(Softswitch sw, int at) throws IOException {
    return P4RuntimeServer.start(sw, P4RuntimeOptions.of(p4DeviceId, scheduler), at);
  }

  DeviceId id() {
    return id;
  }

  /** Where it serves P4Runtime. */
  String address() {
    return "127.0.0.1:" + port;
  }

  /** What is there now; without power the one that was. */
  Softswitch engine() {
    return engine;
  }

  boolean isPowered() {
    return powered;
  }

  /** Plugs a cable in; before anybody else knows the switch, or on the scheduler's thread. */
  void plug(int number, PortSink sink, PortConfig config) {
    Plug plug = new Plug(sink, config);
    plugs.put(number, plug);
    attach(engine, number, plug);
  }

  private void attach(Softswitch sw, int number, Plug plug) {
    // What a switch without power had in its queues stays there.
    sw.attach(
        number,
        f -> {
          if (powered && engine.equals(sw)) {
            plug.sink.transmit(f);
          }
        },
        plug.config);
  }

  /** Takes a frame from a cable; scheduler thread only. */
  void receive(int number, byte[] frame) {
    if (powered) {
      engine.receive(number, frame);
    }
  }

  /** Tells a port whether there is light; scheduler thread only. */
  void setLight(int number, Light light) {
    if (powered) {
      engine.setPortUp(number, light == Light.ON);
    }
  }

  /** Whether something at the other end of a cable sends light. */
  enum Light {
    ON,
    OFF
  }

  /** Takes its power; scheduler thread only. Its server is to be {@linkplain #hangUp closed}. */
  void powerOff() {
    powered = false;
  }

  /** Ends its P4Runtime server and all streams; not on the scheduler's thread, which may answer. */
  void hangUp() {
    server.close();
  }

  /**
   * Makes the switch that comes back: its pipeline is empty. Nobody's cables lead there until
   * {@link #powerOn}. Not on the scheduler's thread.
   *
   * @throws IOException when its port is taken meanwhile
   */
  Softswitch boot() throws IOException {
    Softswitch next = new Softswitch(scheduler, PortRef.CPU);
    plugs.forEach((number, plug) -> attach(next, number, plug));
    server = serve(next, port);
    return next;
  }

  /** Gives the cables to a switch that has booted; scheduler thread only. */
  void powerOn(Softswitch next) {
    engine = next;
    powered = true;
  }
}
