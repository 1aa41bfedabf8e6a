package io.myelin.node.control;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.myelin.core.model.DeviceId;
import io.myelin.core.model.Endpoint;
import io.myelin.core.model.IpAddress;
import io.myelin.core.model.MacAddress;
import io.myelin.core.model.PortRef;
import io.myelin.core.pipeline.PuntReason;
import io.myelin.core.port.Rejection;
import io.myelin.core.state.Command;
import io.myelin.core.topology.FabricOptions;
import io.myelin.core.topology.LeafSpine;
import io.myelin.node.store.InProcessStateLog;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What switches hand to the controller, and what becomes of it. */
final class ControllerTest {
  private static final DeviceId LEAF = new DeviceId("leaf1");
  private static final DeviceId OTHER = new DeviceId("leaf2");

  private final ManualExecutor control = new ManualExecutor();
  private final InProcessStateLog log = new InProcessStateLog(1);
  private final List<String> answers = new ArrayList<>();
  private final FakeSwitch switches =
      new FakeSwitch() {
        @Override
        public void packetOut(DeviceId device, int port, byte[] frame) {
          answers.add(device + "/" + port + " " + HexFormat.of().formatHex(frame, 0, 6));
        }
      };
  private final Controller controller;
  private final Endpoint asker;
  private final Endpoint target;

  ControllerTest() {
    var unused =
        log.submit(
                new Command.SetInventory(
                    new LeafSpine(2, 1, 2).inventory(FabricOptions.DEFAULT), 1))
            .join();
    controller =
        new Controller(
            log,
            switches,
            control.guarded(),
            control::nowMs,
            Pace.of(Duration.ofDays(1)),
            FrameSeal.of(new byte[] {1}));
    controller.start();
    control.runAll();
    asker = log.state().inventory().endpointsAt(LEAF).get(0);
    target = log.state().inventory().endpointsAt(OTHER).get(0);
  }

  private static void mac(ByteBuffer b, MacAddress mac) {
    b.putShort((short) (mac.value() >>> 32)).putInt((int) mac.value());
  }

  /** A request for the target. */
  private byte[] arp(MacAddress from, MacAddress sender, IpAddress address) {
    ByteBuffer b = ByteBuffer.allocate(60);
    mac(b, new MacAddress(0xffff_ffff_ffffL));
    mac(b, from);
    b.putShort((short) 0x0806).putInt(0x0001_0800).putShort((short) 0x0604).putShort((short) 1);
    mac(b, sender);
    b.put(address.bytes());
    b.position(b.position() + 6);
    return b.put(target.ip().bytes()).array();
  }

  private void arrives(int port, byte[] frame) {
    controller.packetIn(LEAF, port, PuntReason.ARP, 0, frame);
    control.runAll();
  }

  private long rejected(DeviceId device, Rejection why) {
    return controller.rejected(device).getOrDefault(why, 0L);
  }

  @Test
  void aHostThatAsksAsItselfIsAnswered() {
    PortRef at = asker.attachment();
    arrives(at.port(), arp(asker.mac(), asker.mac(), asker.ip()));
    arrives(at.port(), arp(asker.mac(), asker.mac(), IpAddress.parse("ip", "0.0.0.0")));
    assertEquals(2, answers.size());
    assertEquals(
        at + String.format(" %012x", asker.mac().value()), answers.get(0), "to the one who asked");
  }

  @Test
  void aHostThatAsksAsAnotherIsNot() {
    int port = asker.attachment().port();
    arrives(port, arp(asker.mac(), asker.mac(), target.ip()));
    arrives(port, arp(asker.mac(), target.mac(), asker.ip()));
    arrives(port, arp(target.mac(), target.mac(), asker.ip()));
    arrives(port + 1, arp(asker.mac(), asker.mac(), asker.ip())); // right, at another's port
    assertEquals(List.of(), answers);
    assertEquals(4, rejected(LEAF, Rejection.SPOOFED));
    arrives(port, Arrays.copyOf(arp(asker.mac(), asker.mac(), asker.ip()), 30));
    assertEquals(1, rejected(LEAF, Rejection.MALFORMED));
  }

  /** Of frames that nobody has time for, none waits beyond the bound; other switches' still do. */
  @Test
  void aSwitchThatFloodsLosesItsOwnFramesOnly() {
    byte[] request = arp(asker.mac(), asker.mac(), asker.ip());
    for (int i = 0; i < 5_000; i++) {
      controller.packetIn(LEAF, asker.attachment().port(), PuntReason.ARP, 0, request);
    }
    controller.packetIn(OTHER, 99, PuntReason.ARP, 0, request);
    assertEquals(5_000 - Controller.MAX_WAITING, rejected(LEAF, Rejection.OVERLOAD));
    assertEquals(0, rejected(OTHER, Rejection.OVERLOAD));
    control.runAll();
    assertEquals(Controller.MAX_WAITING, answers.size());
    arrives(asker.attachment().port(), request);
    assertEquals(Controller.MAX_WAITING + 1, answers.size(), "and then there is room again");
  }
}
