package io.myelin.core.path;

import io.myelin.core.model.DeviceId;
import io.myelin.core.model.LinkId;
import io.myelin.core.model.PortRef;
import java.util.List;
import java.util.Objects;

/**
 * A way through the fabric from one endpoint to another.
 *
 * @param links access uplink, links between devices, access downlink
 * @param egress the port by which the packet leaves each device on the way, in order; one label
 *     each
 * @param latencyNs propagation along the links between devices, and the queueing known of when it
 *     was computed, nanoseconds
 * @param costMicrosPerGb millionths of the currency unit per gigabyte
 * @param jitterNs sum over links
 * @param lossPpb sum over links: at least what is lost
 * @param unknown on how many links these sums are not known, which they leave out
 */
public record Path(
    List<LinkId> links,
    List<PortRef> egress,
    long latencyNs,
    long costMicrosPerGb,
    long jitterNs,
    long lossPpb,
    UnknownLinks unknown) {

  /** On every switch: to the controller. */
  public static final int CONTROLLER_LABEL = 16 + PortRef.CPU;

  public Path {
    links = List.copyOf(links);
    egress = List.copyOf(egress);
    // States of format 3 and before do not have it: their paths were taken for known.
    unknown = Objects.requireNonNullElse(unknown, UnknownLinks.NONE);
  }

  /** Label of the adjacency segment behind a port; 0 to 15 are reserved (RFC 3032 §2.1). */
  public static int label(PortRef port) {
    return 16 + port.port();
  }

  /** The switch where it begins, which holds its entries. */
  public DeviceId ingress() {
    return egress.get(0).device();
  }

  /** The label stack, first label first. */
  public List<Integer> labels() {
    return egress.stream().map(Path::label).toList();
  }
}
