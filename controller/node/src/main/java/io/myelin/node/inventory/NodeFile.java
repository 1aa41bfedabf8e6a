package io.myelin.node.inventory;

import io.myelin.core.model.Ids;
import io.myelin.core.model.Invalid;
import java.net.InetSocketAddress;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * {@code node.yaml}: a member of a cluster. The same file serves all members but for {@code member}
 * and {@code data}.
 *
 * @param member id of this one
 * @param data directory of its log and snapshots
 * @param inventory describes a fabric of which the state knows nothing yet; null: others do
 * @param election silence of the leader after which another is elected
 * @param raft where members reach each other, by id
 * @param api where clients reach members, HOST:PORT by id
 * @param tls null: everything is in the clear, on loopback only
 * @param access the policy's file; null: there is none
 * @param audit directory of the audit log
 * @param web how the web door is opened; null: there is none
 */
public record NodeFile(
    String member,
    Path data,
    @Nullable Path inventory,
    Duration election,
    TreeMap<String, InetSocketAddress> raft,
    TreeMap<String, String> api,
    @Nullable Tls tls,
    @Nullable Path access,
    Path audit,
    @Nullable Web web) {

  /**
   * Files of TLS.
   *
   * @param switches {@code beyond_loopback} or {@code all}: which switches are reached over TLS
   */
  public record Tls(Path certificate, Path key, Path trust, Switches switches) {}

  /**
   * A web door.
   *
   * @param listen not resolved
   * @param hosts names beside its address under which it is reached
   * @param origins of others' pages that may call it
   */
  public record Web(InetSocketAddress listen, List<String> hosts, List<String> origins) {
    public Web {
      hosts = List.copyOf(hosts);
      origins = List.copyOf(origins);
    }
  }

  /** Which switches are reached over TLS. */
  public enum Switches {
    BEYOND_LOOPBACK,
    ALL
  }

  private static final int MAX_MEMBERS = 7;
  private static final long ELECTION_NS = 300_000_000;

  private record Entry(String id, InetSocketAddress raft, String api) {}

  /**
   * Reads a file; paths in it are relative to it.
   *
   * @throws InventoryException naming file, line, field and what is allowed
   */
  public static NodeFile read(Path file) {
    Path base = file.toAbsolutePath().getParent();
    return parse(file.toString(), SourceFile.text(file), base == null ? Path.of("") : base);
  }

  /** Parses a document; {@code name} stands for the file in messages. */
  static NodeFile parse(String name, String text, Path base) {
    try {
      return Yaml.parse(name, text).finish(y -> node(y, base));
    } catch (InvalidPathException e) {
      throw new InventoryException(name + ": not the name of a file: " + e.getReason());
    }
  }

  private static NodeFile node(Yaml y, Path base) {
    String member = y.value("member", t -> Ids.require("member", t));
    Path data = base.resolve(y.text("data"));
    String inventory = y.text("inventory", "");
    long electionNs = y.value("election", ELECTION_NS, t -> Quantities.timeNs("election", t));
    List<Entry> entries = y.list("members", NodeFile::entry);
    TreeMap<String, InetSocketAddress> raft = new TreeMap<>();
    TreeMap<String, String> api = new TreeMap<>();
    for (int i = 0; i < entries.size(); i++) {
      Entry e = entries.get(i);
      Invalid.unless(
          raft.put(e.id, e.raft) == null, "members[" + i + "].id", "'" + e.id + "' is there twice");
      api.put(e.id, e.api);
    }
    Invalid.unless(
        raft.size() % 2 == 1 && raft.size() <= MAX_MEMBERS,
        "members",
        raft.size() + " members; allowed: 1, 3, 5 or 7 (an even number survives no more)");
    Invalid.unless(
        raft.containsKey(member),
        "member",
        "'" + member + "' is not among the members: " + String.join(", ", raft.keySet()));
    Optional<Tls> tls = y.section("tls", t -> Optional.of(tls(t, base)), Optional.empty());
    String access = y.text("access", "");
    return new NodeFile(
        member,
        data,
        inventory.isEmpty() ? null : base.resolve(inventory),
        Duration.ofNanos(electionNs),
        raft,
        api,
        tls.orElse(null),
        access.isEmpty() ? null : base.resolve(access),
        base.resolve(y.text("audit", data.resolve("audit").toString())),
        y.section("web", w -> Optional.of(web(w)), Optional.<Web>empty()).orElse(null));
  }

  private static Web web(Yaml y) {
    return new Web(
        y.value("listen", t -> Quantities.address("listen", t, 0)),
        y.values("hosts", t -> t),
        y.values("origins", t -> t));
  }

  private static Tls tls(Yaml y, Path base) {
    return new Tls(
        base.resolve(y.text("certificate")),
        base.resolve(y.text("key")),
        base.resolve(y.text("trust")),
        y.value(
            "switches",
            Switches.BEYOND_LOOPBACK,
            Yaml.constant("switches", "a set of switches", Switches.values())));
  }

  private static Entry entry(Yaml y) {
    String id = y.text("id");
    Ids.require("id", id);
    InetSocketAddress raft = y.value("raft", t -> Quantities.address("raft", t, 1));
    InetSocketAddress api = y.value("api", t -> Quantities.address("api", t, 1));
    return new Entry(id, raft, api.getHostString() + ":" + api.getPort());
  }
}
