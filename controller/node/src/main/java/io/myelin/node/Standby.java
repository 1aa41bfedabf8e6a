package io.myelin.node;

import io.myelin.core.model.Device;
import io.myelin.core.model.DeviceId;
import io.myelin.core.model.Inventory;
import io.myelin.node.southbound.CompiledProgram;
import io.myelin.node.southbound.SwitchChannels;
import io.myelin.node.thread.GuardedExecutor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a member ready to take over: connected to all switches, and having read some, so that
 * nothing is done for the first time when it counts. Writes nothing and asks for no mastership.
 */
final class Standby implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Standby.class);
  private static final long EVERY_MS = 1_000;

  /** Connections are probed every so many times. */
  private static final int PROBE_EVERY = 10;

  /** Switches whose tables are read for practice. */
  private static final int REHEARSED = 8;

  private final SwitchChannels switches;
  private final CompiledProgram program;
  private final Supplier<Inventory> inventory;
  private final BooleanSupplier follows;
  private final GuardedExecutor thread;
  private boolean rehearsed;
  private int times;

  /**
   * @param follows whether this member has caught up and another leads
   */
  Standby(
      SwitchChannels switches,
      CompiledProgram program,
      Supplier<Inventory> inventory,
      BooleanSupplier follows) {
    this.switches = switches;
    this.program = program;
    this.inventory = inventory;
    this.follows = follows;
    // Not the health thread: names of switches may take long to resolve.
    thread = GuardedExecutor.single("standby");
    thread.scheduleWithFixedDelay(this::look, 0, EVERY_MS, TimeUnit.MILLISECONDS);
  }

  private void look() {
    try {
      switches.keep(this::devices);
      if (!follows.getAsBoolean()) {
        return;
      }
      if (!rehearsed) {
        rehearsed = true;
        devices().stream().limit(REHEARSED).forEach(this::rehearse);
      }
      if (++times % PROBE_EVERY == 0) {
        devices().forEach(switches::probe);
      }
    } catch (RuntimeException e) {
      log.info("connections to switches are not kept: {}", e.toString());
    }
  }

  private void rehearse(Device d) {
    switches
        .rehearse(d, program)
        .whenComplete(
            (tables, t) -> {
              if (t != null) {
                log.debug("{}: not read: {}", d.id(), t.getMessage());
              }
            });
  }

  private List<Device> devices() {
    List<Device> all = new ArrayList<>();
    for (Map.Entry<DeviceId, Device> e : inventory.get().devices()) {
      all.add(e.getValue());
    }
    return all;
  }

  /** Connections stay: sessions that are closed after this may still use them. */
  @Override
  public void close() {
    thread.shutdownNow();
  }
}
