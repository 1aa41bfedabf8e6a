package io.myelin.lab;

import io.grpc.InsecureChannelCredentials;
import io.myelin.core.model.Device;
import io.myelin.core.model.DeviceId;
import io.myelin.core.model.U128;
import io.myelin.core.pipeline.myelin.MyelinPipeline;
import io.myelin.core.port.Southbound;
import io.myelin.node.port.SouthboundContract;
import io.myelin.node.southbound.Claim;
import io.myelin.node.southbound.CompiledProgram;
import io.myelin.node.southbound.P4RuntimeSouthbound;
import io.myelin.node.southbound.SwitchChannels;
import io.myelin.node.thread.GuardedExecutor;
import io.myelin.softswitch.time.RealTimeScheduler;
import java.io.IOException;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** The southbound's contract over P4Runtime, to a softswitch on a real socket. */
final class P4RuntimeSouthboundTest extends SouthboundContract {
  private final RealTimeScheduler scheduler = new RealTimeScheduler("fabric");
  private final GuardedExecutor timer = GuardedExecutor.single("timer");
  private final SwitchChannels channels =
      new SwitchChannels(d -> InsecureChannelCredentials.create());
  private LabFabric fabric;

  @BeforeEach
  void start() throws IOException {
    fabric = new LabFabric(new FabricSpec(2, 2, 2, 40_000_000, 20_000, 200_000, 4096), scheduler);
  }

  @AfterEach
  void stop() {
    channels.close();
    timer.shutdownNow();
    fabric.close();
    scheduler.close();
  }

  @Override
  protected Device device() {
    return Objects.requireNonNull(fabric.inventory().devices().get(new DeviceId("leaf1")));
  }

  @Override
  protected Southbound open() {
    return new P4RuntimeSouthbound(
        CompiledProgram.of(MyelinPipeline.INSTANCE),
        new Claim(U128.of(1), Claim.Takeover.REFUSED),
        timer,
        channels);
  }
}
