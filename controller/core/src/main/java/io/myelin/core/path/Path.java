package io.myelin.core.path;

import io.myelin.core.model.LinkId;
import io.myelin.core.model.PortRef;
import java.util.List;

/**
 * A way through the fabric from one endpoint to another.
 *
 * @param links access uplink, links between devices, access downlink
 * @param egress the port by which the packet leaves each device on the way, in order; one label
 *     each
 * @param latencyNs propagation along the links between devices, nanoseconds
 * @param costMicrosPerGb millionths of the currency unit per gigabyte
 */
public record Path(List<LinkId> links, List<PortRef> egress, long latencyNs, long costMicrosPerGb) {

  /** The deepest stack that a leaf can push: action push_6 of p4/myelin.p4. */
  public static final int MAX_LABELS = 6;

  /** On every switch: to the controller. */
  public static final int CONTROLLER_LABEL = 16 + PortRef.CPU;

  public Path {
    links = List.copyOf(links);
    egress = List.copyOf(egress);
  }

  /** Label of the adjacency segment behind a port; 0 to 15 are reserved (RFC 3032 §2.1). */
  public static int label(PortRef port) {
    return 16 + port.port();
  }

  /** The label stack, first label first. */
  public List<Integer> labels() {
    return egress.stream().map(Path::label).toList();
  }
}
