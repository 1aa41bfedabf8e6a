package io.myelin.onos.pipeline;

import io.myelin.core.pipeline.PuntReason;
import java.nio.ByteBuffer;
import java.util.Optional;
import org.onlab.packet.Ethernet;
import org.onosproject.net.ConnectPoint;
import org.onosproject.net.packet.InboundPacket;

/**
 * A packet-in with what Myelin's packet_in header says beside the port, which ONOS's own packets
 * have no room for.
 *
 * @param reason why the switch sent it
 * @param switchTimeUs the switch's own clock
 */
public record MyelinPacketIn(
    ConnectPoint receivedFrom, Ethernet parsed, byte[] frame, PuntReason reason, long switchTimeUs)
    implements InboundPacket {

  @Override
  public ByteBuffer unparsed() {
    return ByteBuffer.wrap(frame).asReadOnlyBuffer();
  }

  @Override
  public Optional<Long> cookie() {
    return Optional.empty();
  }
}
