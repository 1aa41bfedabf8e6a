package io.myelin.softswitch.differential;

import io.myelin.p4.v1.PacketIn;
import io.myelin.softswitch.peer.SwitchClient;
import java.util.List;

/** A switch that a comparison feeds. */
interface Subject extends AutoCloseable {

  /**
   * A frame that left.
   *
   * @param cause number of the packet, within its batch, from which it came
   */
  record Output(int cause, int port, byte[] frame) {}

  /**
   * What a batch of packets brought about.
   *
   * @param outputs in the order in which they left; only the order per port means something
   * @param packetIns as the controller received them
   */
  record Result(List<Output> outputs, List<PacketIn> packetIns) {}

  /** Its only controller. */
  SwitchClient client();

  /** Feeds packets one after the other and waits until all their outputs have left. */
  Result feed(List<Packets.Packet> packets);

  @Override
  void close();
}
