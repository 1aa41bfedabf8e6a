package io.myelin.node;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.grpc.InsecureChannelCredentials;
import io.myelin.core.model.Inventory;
import io.myelin.core.pipeline.myelin.MyelinPipeline;
import io.myelin.node.southbound.CompiledProgram;
import io.myelin.node.southbound.SwitchChannels;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

final class StandbyTest {
  /** A node closes it before its sessions, which try again until they are closed. */
  @Test
  void whatItClosesIsItsOwn() {
    SwitchChannels switches = new SwitchChannels(d -> InsecureChannelCredentials.create());
    CompiledProgram program = CompiledProgram.of(MyelinPipeline.INSTANCE);
    new Standby(switches, program, () -> Inventory.EMPTY, () -> false).close();
    AtomicInteger asked = new AtomicInteger();
    switches.keep(
        () -> {
          asked.incrementAndGet();
          return List.of();
        });
    assertEquals(1, asked.get(), "connections are still kept");
    switches.close();
    switches.keep(
        () -> {
          asked.incrementAndGet();
          return List.of();
        });
    assertEquals(1, asked.get());
  }
}
