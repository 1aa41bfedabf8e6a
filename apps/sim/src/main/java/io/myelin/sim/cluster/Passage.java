package io.myelin.sim.cluster;

import io.myelin.core.model.DeviceId;
import io.myelin.core.model.Endpoint;
import io.myelin.core.model.LinkId;
import io.myelin.core.model.PortRef;
import io.myelin.core.pipeline.Entry;
import io.myelin.core.pipeline.EntryAction;
import io.myelin.core.pipeline.EntryKey;
import io.myelin.core.pipeline.FieldMatch;
import io.myelin.core.pipeline.myelin.MyelinTable;
import io.myelin.core.reconcile.TableUpdate;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Routed packets between hosts that always stay: whether one of them meets a switch without a
 * route, or a port that takes nothing from the fabric, while inventories change and nothing fails.
 * Looked at after every write, wherever a switch may send them.
 */
final class Passage {
  private static final Set<MyelinTable> TABLES =
      EnumSet.of(MyelinTable.ROUTING, MyelinTable.TENANT_CLASSIFIER, MyelinTable.ADJACENCY);

  private final SimFabric fabric;
  private final List<Endpoint> anchors = new ArrayList<>();
  private long walked;
  private long holes;

  Passage(SimFabric fabric) {
    this.fabric = fabric;
    SimFabric.INVENTORY
        .endpoints()
        .forEach(
            (id, e) -> {
              if (Operators.isAnchor(id)) {
                anchors.add(e);
              }
            });
  }

  /** Writes after which routed packets between two of them would have been lost. */
  long holes() {
    return holes;
  }

  /** Ways that were looked at. */
  long walked() {
    return walked;
  }

  void written(List<TableUpdate> updates) {
    boolean matters = false;
    for (TableUpdate u : updates) {
      matters |= TABLES.contains(u.entry().key().table());
    }
    for (Endpoint to : anchors) {
      for (Endpoint from : anchors) {
        if (matters && !from.equals(to) && isFilled(from, to)) {
          holes += hole(from, to) == null ? 0 : 1;
        }
      }
    }
  }

  /** In the beginning there are no routes at all. */
  private boolean isFilled(Endpoint from, Endpoint to) {
    return begun.contains(from.id().value() + to.id().value()) || begins(from, to);
  }

  private final Set<String> begun = new TreeSet<>();

  private boolean begins(Endpoint from, Endpoint to) {
    if (hole(from, to) != null) {
      return false;
    }
    begun.add(from.id().value() + to.id().value());
    return true;
  }

  /** Where packets are lost; null: nowhere. */
  private @Nullable String hole(Endpoint from, Endpoint to) {
    Deque<DeviceId> open = new ArrayDeque<>();
    Set<DeviceId> seen = new TreeSet<>();
    open.add(from.attachment().device());
    seen.add(from.attachment().device());
    while (!open.isEmpty()) {
      DeviceId at = open.remove();
      walked++;
      Entry route =
          fabric
              .at(at)
              .tables()
              .get(
                  new EntryKey(
                      MyelinTable.ROUTING,
                      List.of(FieldMatch.lpm("dst_addr", to.ip().value(), 128)),
                      0));
      if (route == null || !(route.action() instanceof EntryAction.Weighted group)) {
        return at + " has no route";
      }
      for (EntryAction.Member m : group.members()) {
        int port = (int) m.call().args().get(0).value().lo();
        LinkId cable = fabric.cable(at, port);
        if (cable == null) {
          if (!new PortRef(at, port).equals(to.attachment())) {
            return at + " sends them out of port " + port;
          }
          continue;
        }
        PortRef far = SimFabric.link(cable).to();
        if (!trusts(far)) {
          return far + " takes nothing from the fabric, and " + at + " sends there";
        }
        if (seen.add(far.device())) {
          open.add(far.device());
        }
      }
    }
    return null;
  }

  /** Whether a port takes packets of the fabric. */
  private boolean trusts(PortRef port) {
    return fabric.at(port.device()).tables().keySet().stream()
        .anyMatch(
            k -> {
              FieldMatch in =
                  k.table() == MyelinTable.TENANT_CLASSIFIER ? k.on("ingress_port") : null;
              return in != null && in.value().lo() == port.port() && k.on("src_addr") == null;
            });
  }
}
