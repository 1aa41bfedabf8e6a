package io.myelin.lab.cluster;

import io.myelin.core.model.Inventory;
import io.myelin.lab.Lab;
import io.myelin.node.Node;
import io.myelin.node.control.Pace;
import io.myelin.node.store.RaftOptions;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.Stream;

/** A cluster in this process, with its state on disk. */
public final class Members implements AutoCloseable {
  private final List<Node> nodes = new ArrayList<>();
  private final double servedAfterS;

  /**
   * Starts them, and waits until one leads and its switches are ready.
   *
   * @param directory for their data
   */
  public Members(Inventory inventory, int members, Path directory)
      throws IOException, InterruptedException {
    long began = System.nanoTime();
    List<Integer> ports = freePorts(2 * members);
    TreeMap<String, InetSocketAddress> raft = new TreeMap<>();
    TreeMap<String, String> apis = new TreeMap<>();
    for (int i = 0; i < members; i++) {
      String id = "n" + (i + 1);
      raft.put(id, InetSocketAddress.createUnresolved("127.0.0.1", ports.get(2 * i)));
      apis.put(id, "127.0.0.1:" + ports.get(2 * i + 1));
    }
    for (int i = 0; i < members; i++) {
      String id = "n" + (i + 1);
      nodes.add(
          new Node(
              new Node.Config(
                  inventory,
                  new InetSocketAddress(InetAddress.getLoopbackAddress(), ports.get(2 * i + 1)),
                  Pace.of(Lab.DISCOVERY),
                  new RaftOptions(id, raft, directory.resolve(id)),
                  apis)));
    }
    while (nodes.stream().noneMatch(n -> n.leadership().leads() && n.serving())) {
      Thread.sleep(5);
    }
    servedAfterS = (System.nanoTime() - began) / 1e9;
    while (nodes.stream().noneMatch(n -> n.leadership().leads() && n.converged())) {
      Thread.sleep(5);
    }
  }

  /** How long it took until the leader served, seconds. */
  public double servedAfterS() {
    return servedAfterS;
  }

  /** Whoever leads now. */
  public Node leader() {
    return nodes.stream().filter(n -> n.leadership().leads()).findFirst().orElseThrow();
  }

  @Override
  public void close() {
    nodes.forEach(Node::close);
  }

  /** Deletes a directory with all that is in it. */
  public static void delete(Path directory) throws IOException {
    try (Stream<Path> all = Files.walk(directory)) {
      for (Path p : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(p);
      }
    }
  }

  /** Ports that were free a moment ago: members must know each other's before they start. */
  public static List<Integer> freePorts(int n) throws IOException {
    List<ServerSocket> sockets = new ArrayList<>();
    try {
      for (int i = 0; i < n; i++) {
        sockets.add(new ServerSocket(0, 1, InetAddress.getLoopbackAddress()));
      }
      return sockets.stream().map(ServerSocket::getLocalPort).toList();
    } finally {
      for (ServerSocket s : sockets) {
        s.close();
      }
    }
  }
}
