package io.myelin.softswitch.differential;

import io.myelin.p4.config.v1.Action;
import io.myelin.p4.config.v1.MatchField;
import io.myelin.p4.config.v1.Table;
import io.myelin.p4.v1.FieldMatch;
import io.myelin.p4.v1.TableAction;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** Values that the packets of {@link MyelinPackets} carry, by the names that myelin.p4 uses. */
final class MyelinHints extends Hints {
  static final List<Integer> ETHER_TYPES =
      List.of(0x0800, 0x86dd, 0x8847, 0x0806, 0x88cc, 0x88b5, 0x8100);
  static final List<Integer> PROTOCOLS = List.of(17, 17, 17, 6, 58, 1, 47, 0);
  static final List<Integer> UDP_PORTS = List.of(4791, 4791, 4791, 80, 443, 4790);
  static final int HOST_PORTS = 4;
  static final int PORTS = 8;
  static final int TENANTS = 3;
  static final int FIRST_LABEL = 100;
  static final int LABELS = 40;
  static final int QUEUE_PAIRS = 24;
  private static final int ADDRESSES = 48;

  private static final Map<String, Integer> ENTRIES =
      Map.of(
          "punt", 6,
          "tenant_classifier", 60,
          "endpoint_tenant", 60,
          "isolation_acl", 12,
          "path_steering", 250,
          "adjacency", 60,
          "routing", 60,
          "neighbor", 200);

  MyelinHints(Random random) {
    super(random);
  }

  /** One of the addresses of hosts: IPv4-mapped or IPv6. */
  static BigInteger address(boolean ipv6, int n) {
    int tenant = n % TENANTS + 1;
    return ipv6
        ? new BigInteger("20010db8", 16)
            .shiftLeft(96)
            .or(BigInteger.valueOf(tenant).shiftLeft(64))
            .or(BigInteger.valueOf(n))
        : BigInteger.valueOf(0xffff)
            .shiftLeft(32)
            .or(BigInteger.valueOf(0x0a000000L | (tenant << 16) | n));
  }

  static BigInteger anyAddress(Random random) {
    return address(random.nextInt(3) == 0, random.nextInt(ADDRESSES));
  }

  static BigInteger anyAddress(boolean ipv6, Random random) {
    return address(ipv6, random.nextInt(ADDRESSES));
  }

  @Override
  int entries(Table table) {
    return ENTRIES.getOrDefault(table.getPreamble().getAlias(), 40);
  }

  /** Six exact fields at once would hardly ever match. */
  @Override
  boolean omit(Table table, String field) {
    boolean steering = table.getPreamble().getAlias().equals("path_steering");
    return (steering && !field.equals("dst_addr")) ? !rarely(4) : super.omit(table, field);
  }

  @Override
  int weight(Table table, String action) {
    if (action.equals("to_cpu")) {
      return 2;
    }
    return action.startsWith("deny") || action.contains("drop") ? 1 : 5;
  }

  @Override
  BigInteger value(String owner, String field, int width) {
    BigInteger v = owner.equals("punt") ? unusual(field) : known(field, width);
    return (v == null || rarely(30)) ? super.value(owner, field, width) : v;
  }

  /** What may go to the controller without taking away most of the traffic. */
  private @Nullable BigInteger unusual(String field) {
    return switch (field) {
      case "ether_type" -> BigInteger.valueOf(pick(List.of(0x88cc, 0x0806, 0x88b5)));
      case "ip_protocol" -> BigInteger.valueOf(pick(List.of(58, 1, 47)));
      default -> known(field, 8);
    };
  }

  private @Nullable BigInteger known(String field, int width) {
    if (field.endsWith("addr") && width == 128) {
      return anyAddress(random);
    } else if (field.endsWith("tenant")) {
      return BigInteger.valueOf(1 + random.nextInt(TENANTS));
    } else if (field.contains("label") && width == 20) {
      return BigInteger.valueOf(FIRST_LABEL + random.nextInt(LABELS));
    } else if (field.endsWith("port") && width == 9) {
      return BigInteger.valueOf(1 + random.nextInt(PORTS));
    }
    return switch (field) {
      case "ether_type" -> BigInteger.valueOf(pick(ETHER_TYPES));
      case "ip_protocol" -> BigInteger.valueOf(pick(PROTOCOLS));
      case "icmpv6_type" -> BigInteger.valueOf(133 + random.nextInt(5));
      case "dst_port" -> BigInteger.valueOf(pick(UDP_PORTS));
      case "dest_qp" -> BigInteger.valueOf(random.nextInt(QUEUE_PAIRS));
      default -> null;
    };
  }

  // ---- so that packets get far
  // -------------------------------------------------------------------

  @Override
  void skeleton(Entries entries) {
    for (int port = 1; port <= PORTS; port++) {
      boolean host = port <= HOST_PORTS;
      add(
          entries,
          "tenant_classifier",
          host ? "set_tenant" : "trust_fabric",
          host ? List.of(1 + port % TENANTS) : List.of(),
          Map.of("ingress_port", BigInteger.valueOf(port)));
    }
    add(entries, "punt", "to_cpu", List.of(5), Map.of("ether_type", BigInteger.valueOf(0x88cc)));
    add(entries, "punt", "punt_drop", List.of(), Map.of("ether_type", BigInteger.valueOf(0x88b5)));
    for (int tenant = 1; tenant <= TENANTS; tenant++) {
      for (int other = 1; other <= TENANTS; other++) {
        if (tenant == other || rarely(2)) {
          add(
              entries,
              "isolation_acl",
              "permit",
              List.of(),
              Map.of(
                  "tenant", BigInteger.valueOf(tenant), "dst_tenant", BigInteger.valueOf(other)));
        }
      }
    }
    for (int n = 0; n < ADDRESSES; n++) {
      for (boolean ipv6 : List.of(false, true)) {
        BigInteger address = address(ipv6, n);
        add(
            entries,
            "endpoint_tenant",
            "set_dst_tenant",
            List.of(n % TENANTS + 1),
            Map.of("dst_addr", address));
        Table routing = entries.program().table("routing");
        if (routing != null && !rarely(8)) {
          entries.add(
              routing,
              match(routing, Map.of("dst_addr", address)),
              1,
              entries.tableAction(routing));
        }
      }
    }
  }

  /** An entry of exact values, if the program has the table and the action. */
  private static void add(
      Entries entries,
      String table,
      String action,
      List<Integer> arguments,
      Map<String, BigInteger> values) {
    Table t = entries.program().table(table);
    if (t == null) {
      return;
    }
    for (var ref : t.getActionRefsList()) {
      Action a = entries.program().action(ref.getId());
      if (a.getPreamble().getAlias().equals(action) && a.getParamsCount() == arguments.size()) {
        io.myelin.p4.v1.Action.Builder call =
            io.myelin.p4.v1.Action.newBuilder().setActionId(ref.getId());
        for (int i = 0; i < arguments.size(); i++) {
          call.addParams(
              io.myelin.p4.v1.Action.Param.newBuilder()
                  .setParamId(a.getParams(i).getId())
                  .setValue(Entries.bytes(BigInteger.valueOf(arguments.get(i)))));
        }
        entries.add(t, match(t, values), 1, TableAction.newBuilder().setAction(call).build());
      }
    }
  }

  private static List<FieldMatch> match(Table t, Map<String, BigInteger> values) {
    List<FieldMatch> out = new ArrayList<>();
    for (MatchField f : t.getMatchFieldsList()) {
      BigInteger v = values.get(f.getName());
      if (v == null) {
        continue;
      }
      out.add(
          switch (f.getMatchType()) {
            case EXACT -> Entries.exact(f, v);
            case LPM -> Entries.lpm(f, v, f.getBitwidth());
            case TERNARY -> Entries.ternary(f, v, Entries.ones(f.getBitwidth()));
            default -> throw new AssertionError("skeleton of " + f.getMatchType());
          });
    }
    return out;
  }
}
