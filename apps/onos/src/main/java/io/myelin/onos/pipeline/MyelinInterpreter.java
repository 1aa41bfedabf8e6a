package io.myelin.onos.pipeline;

import io.myelin.core.model.PortRef;
import io.myelin.core.model.U128;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.onlab.packet.Data;
import org.onlab.packet.DeserializationException;
import org.onlab.packet.Ethernet;
import org.onlab.packet.MacAddress;
import org.onlab.util.ImmutableByteSequence;
import org.onosproject.net.ConnectPoint;
import org.onosproject.net.DeviceId;
import org.onosproject.net.Port;
import org.onosproject.net.PortNumber;
import org.onosproject.net.device.DeviceService;
import org.onosproject.net.driver.AbstractHandlerBehaviour;
import org.onosproject.net.flow.TrafficTreatment;
import org.onosproject.net.flow.criteria.Criterion;
import org.onosproject.net.flow.instructions.Instruction;
import org.onosproject.net.flow.instructions.Instructions.OutputInstruction;
import org.onosproject.net.packet.InboundPacket;
import org.onosproject.net.packet.OutboundPacket;
import org.onosproject.net.pi.model.PiMatchFieldId;
import org.onosproject.net.pi.model.PiPacketMetadataId;
import org.onosproject.net.pi.model.PiPacketOperationType;
import org.onosproject.net.pi.model.PiPipelineInterpreter;
import org.onosproject.net.pi.model.PiTableId;
import org.onosproject.net.pi.runtime.PiAction;
import org.onosproject.net.pi.runtime.PiPacketMetadata;
import org.onosproject.net.pi.runtime.PiPacketOperation;

/**
 * Translates packets between ONOS and the controller headers of p4/include/headers.p4. Rules are
 * not translated: Myelin's name the program's tables and actions themselves.
 */
public final class MyelinInterpreter extends AbstractHandlerBehaviour
    implements PiPipelineInterpreter {
  private static final int ETHERNET_BYTES = 14;
  private static final int PORT_BITS = 9;
  private static final int PAD_BITS = 6;

  @Override
  public Optional<PiMatchFieldId> mapCriterionType(Criterion.Type type) {
    return Optional.empty();
  }

  @Override
  public Optional<PiTableId> mapFlowRuleTableId(int flowRuleTableId) {
    return Optional.empty();
  }

  @Override
  public PiAction mapTreatment(TrafficTreatment treatment, PiTableId table)
      throws PiInterpreterException {
    throw new PiInterpreterException(
        "table " + table + " of Myelin's pipeline takes PI actions only, not " + treatment);
  }

  /**
   * Out of a port; {@link PortNumber#TABLE}: through ingress, as if it came from the fabric; {@link
   * PortNumber#CONTROLLER}: back to the controller; {@link PortNumber#FLOOD}: out of every port.
   */
  @Override
  public Collection<PiPacketOperation> mapOutboundPacket(OutboundPacket packet)
      throws PiInterpreterException {
    List<PiPacketOperation> all = new ArrayList<>();
    for (Instruction i : packet.treatment().allInstructions()) {
      if (i.type() != Instruction.Type.OUTPUT) {
        throw new PiInterpreterException("a packet-out with " + i + " is not supported");
      }
      PortNumber port = ((OutputInstruction) i).port();
      if (port.equals(PortNumber.FLOOD)) {
        for (Port p : handler().get(DeviceService.class).getPorts(packet.sendThrough())) {
          if (!p.number().isLogical()) {
            all.add(operation(packet, p.number().toLong(), 0));
          }
        }
      } else if (port.equals(PortNumber.TABLE)) {
        all.add(operation(packet, 0, 1));
      } else if (port.equals(PortNumber.CONTROLLER)) {
        all.add(operation(packet, PortRef.CPU, 0));
      } else if (port.isLogical()) {
        throw new PiInterpreterException("a packet-out to logical port " + port);
      } else {
        all.add(operation(packet, port.toLong(), 0));
      }
    }
    return all;
  }

  private static PiPacketOperation operation(OutboundPacket packet, long port, int submit)
      throws PiInterpreterException {
    return PiPacketOperation.builder()
        .withType(PiPacketOperationType.PACKET_OUT)
        .withData(ImmutableByteSequence.copyFrom(packet.data().duplicate()))
        .withMetadatas(
            List.of(
                metadata("egress_port", port, PORT_BITS),
                metadata("submit", submit, 1),
                metadata("_pad", 0, PAD_BITS)))
        .build();
  }

  private static PiPacketMetadata metadata(String name, long value, int bits)
      throws PiInterpreterException {
    try {
      return PiPacketMetadata.builder()
          .withId(PiPacketMetadataId.of(name))
          .withValue(ImmutableByteSequence.copyFrom(value).fit(bits))
          .build();
    } catch (ImmutableByteSequence.ByteSequenceTrimException e) {
      throw new PiInterpreterException(name + " " + value + " has more than " + bits + " bits");
    }
  }

  @Override
  public InboundPacket mapInboundPacket(PiPacketOperation packet, DeviceId device)
      throws PiInterpreterException {
    byte[] frame = packet.data().asArray();
    if (frame.length < ETHERNET_BYTES) {
      throw new PiInterpreterException("a packet-in of " + frame.length + " bytes");
    }
    PortNumber port = PortNumber.portNumber(field(packet, "ingress_port"));
    return new MyelinPacketIn(
        new ConnectPoint(device, port),
        ethernet(frame),
        frame,
        MyelinPipeconf.PIPELINE.reason((int) field(packet, "reason")),
        field(packet, "timestamp"));
  }

  private static long field(PiPacketOperation packet, String name) throws PiInterpreterException {
    for (PiPacketMetadata m : packet.metadatas()) {
      if (m.id().id().equals(name)) {
        return U128.fromBytes(m.value().asArray()).lo();
      }
    }
    throw new PiInterpreterException("a packet-in without " + name + ": " + packet);
  }

  /** As ONOS parses it; where it cannot (clones are cut), only the Ethernet header. */
  private static Ethernet ethernet(byte[] frame) {
    try {
      return Ethernet.deserializer().deserialize(frame, 0, frame.length);
    } catch (DeserializationException | RuntimeException e) {
      Ethernet header = new Ethernet();
      header.setDestinationMACAddress(MacAddress.valueOf(java.util.Arrays.copyOf(frame, 6)));
      header.setSourceMACAddress(MacAddress.valueOf(java.util.Arrays.copyOfRange(frame, 6, 12)));
      header.setEtherType((short) (frame[12] << 8 | (frame[13] & 0xff)));
      header.setPayload(
          new Data(java.util.Arrays.copyOfRange(frame, ETHERNET_BYTES, frame.length)));
      return header;
    }
  }
}
