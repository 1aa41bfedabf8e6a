package io.myelin.node.southbound;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.InsecureChannelCredentials;
import io.myelin.core.model.Device;
import io.myelin.core.model.DeviceId;
import io.myelin.core.model.U128;
import io.myelin.core.pipeline.myelin.MyelinPipeline;
import io.myelin.core.port.Southbound.Listener;
import io.myelin.node.control.ManualExecutor;
import io.myelin.node.thread.GuardedExecutor;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

final class P4RuntimeSouthboundTest {
  private static final DeviceId ID = new DeviceId("leaf1");
  private static final Device DEVICE = new Device(ID, Device.Role.LEAF, "127.0.0.1:1", 1, "", "");

  private final ManualExecutor later = new ManualExecutor();
  private final List<Throwable> failed = new ArrayList<>();
  private final GuardedExecutor control = GuardedExecutor.around(later, failed::add);
  private final SwitchChannels switches =
      new SwitchChannels(d -> InsecureChannelCredentials.create());
  private final P4RuntimeSouthbound southbound =
      new P4RuntimeSouthbound(
          CompiledProgram.of(MyelinPipeline.INSTANCE),
          new Claim(new U128(1, 1), Claim.Takeover.REFUSED),
          control,
          switches);

  /** A node that is closed right after its start: its control thread connects switches then. */
  @Test
  void aTaskThatConnectsWhileTheNodeClosesDoesNotFail() {
    boolean[] ran = {false};
    control.execute(
        () -> {
          southbound.connect(DEVICE, unheard());
          ran[0] = true;
        });
    southbound.close();
    switches.close();
    later.runAll();
    assertEquals(List.of(), failed);
    assertTrue(ran[0]);
  }

  @Test
  void callsAfterCloseSaySoAndDoNotThrow() {
    southbound.connect(DEVICE, unheard());
    southbound.close();
    assertEquals(List.of(), southbound.write(ID, List.of()).join());
    CompletableFuture<?> read = southbound.readTables(ID);
    assertThrows(CancellationException.class, read::join);
    switches.close();
  }

  @Test
  void aDeviceWithoutASessionIsNamed() {
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> southbound.readTables(ID));
    assertTrue(String.valueOf(e.getMessage()).contains("'leaf1'"), e.getMessage());
    southbound.close();
    switches.close();
  }

  private static Listener unheard() {
    return (Listener)
        Proxy.newProxyInstance(
            Listener.class.getClassLoader(), new Class<?>[] {Listener.class}, (p, m, a) -> null);
  }
}
