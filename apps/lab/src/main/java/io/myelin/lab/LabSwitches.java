package io.myelin.lab;

import io.myelin.softswitch.time.RealTimeScheduler;
import java.io.IOException;

/** A fabric in real time that nobody controls yet. */
public final class LabSwitches implements AutoCloseable {
  private final RealTimeScheduler scheduler = new RealTimeScheduler("fabric");
  private final LabFabric fabric;

  /** The same of a leaf-spine fabric. */
  public LabSwitches(FabricSpec spec, int firstPort) throws IOException {
    this(LabPlan.of(spec), firstPort);
  }

  /**
   * @param firstPort where the first switch serves P4Runtime, on 127.0.0.1, and the others behind
   *     it; 0: any free ones
   * @throws IOException when a port cannot be bound; nothing is left open then
   */
  public LabSwitches(LabPlan plan, int firstPort) throws IOException {
    try {
      fabric = new LabFabric(plan, scheduler, firstPort);
    } catch (IOException | RuntimeException e) {
      scheduler.close();
      throw e;
    }
  }

  public LabFabric fabric() {
    return fabric;
  }

  @Override
  public void close() {
    fabric.close();
    scheduler.close();
  }
}
