package io.myelin.softswitch.differential;

import io.myelin.p4.v1.PacketIn;
import io.myelin.p4.v1.PacketOut;
import io.myelin.softswitch.peer.SwitchClient;
import java.util.List;

/** A switch that a comparison feeds. */
interface Subject extends AutoCloseable {

  /**
   * A frame that left.
   *
   * @param cause number of the packet, within its batch, from which it came
   * @param queue the queue where it waited, if the switch tells
   */
  record Output(int cause, int port, int queue, byte[] frame) {
    static final int UNKNOWN_QUEUE = -1;
  }

  /**
   * What a batch of packets brought about.
   *
   * @param outputs in the order in which they left; only the order per port means something
   * @param packetIns as the controller received them
   */
  record Result(List<Output> outputs, List<PacketIn> packetIns) {}

  /** Its only controller. */
  SwitchClient client();

  /** Takes a port down. */
  void portDown(int port);

  /** Feeds packets one after the other and waits until all their outputs have left. */
  Result feed(List<Packets.Packet> packets);

  /** Sends packet-outs; the outputs' cause is 0, whatever it was. */
  Result send(List<PacketOut> packets);

  @Override
  void close();
}
