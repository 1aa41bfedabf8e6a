package io.myelin.bench.lab;

import io.grpc.StatusRuntimeException;
import io.myelin.cli.Main;
import io.myelin.core.model.Inventory;
import io.myelin.lab.cluster.Members;
import io.myelin.node.client.ClusterClient;
import io.myelin.node.inventory.InventoryFile;
import io.myelin.node.thread.Threads;
import io.myelin.v1.ClusterServiceGrpc;
import io.myelin.v1.GetClusterRequest;
import io.myelin.v1.GetClusterResponse;
import io.myelin.v1.MemberRole;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Members as processes of their own, {@code myelin node --config}, on loopback. */
public final class LocalCluster implements AutoCloseable {
  private static final Duration SOON = Duration.ofMillis(500);

  private final Path directory;
  private final Map<String, Process> processes = new ConcurrentSkipListMap<>();
  private final Map<String, String> apis = new TreeMap<>();
  private final List<String> ids = new ArrayList<>();

  /**
   * Writes the members' configuration and starts them.
   *
   * @param directory for configurations, data and logs
   */
  public LocalCluster(Inventory inventory, int members, Path directory) throws IOException {
    this.directory = directory;
    var unused =
        Threads.atExit("end-members", () -> processes.values().forEach(Process::destroyForcibly));
    Files.createDirectories(directory);
    Files.writeString(directory.resolve("fabric.yaml"), InventoryFile.write(inventory));
    List<Integer> ports = Members.freePorts(2 * members);
    StringBuilder list = new StringBuilder("members:\n");
    for (int i = 0; i < members; i++) {
      String id = "n" + (i + 1);
      ids.add(id);
      apis.put(id, "127.0.0.1:" + ports.get(2 * i));
      list.append("  - id: ").append(id);
      list.append("\n    raft: 127.0.0.1:").append(ports.get(2 * i + 1));
      list.append("\n    api: ").append(apis.get(id)).append('\n');
    }
    for (String id : ids) {
      Files.writeString(
          config(id), "member: " + id + "\ndata: " + id + "\ninventory: fabric.yaml\n" + list);
    }
    for (String id : ids) {
      start(id);
    }
  }

  private Path config(String id) {
    return directory.resolve(id + ".yaml");
  }

  public List<String> ids() {
    return List.copyOf(ids);
  }

  /** All members, for {@link ClusterClient}. */
  public String servers() {
    return ids.stream().map(apis::get).collect(Collectors.joining(","));
  }

  public void start(String id) throws IOException {
    File log = directory.resolve(id + ".log").toFile();
    List<String> command =
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx512m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-cp",
            System.getProperty("java.class.path"),
            Main.class.getName(),
            "node",
            "--config",
            config(id).toString());
    processes.put(
        id,
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log))
            .start());
  }

  /** kill -9, and waits until it is gone. */
  public void kill(String id) throws InterruptedException {
    Process p = process(id);
    p.destroyForcibly();
    p.waitFor();
  }

  public void pause(String id) throws IOException, InterruptedException {
    signal("-STOP", id);
  }

  public void resume(String id) throws IOException, InterruptedException {
    signal("-CONT", id);
  }

  private void signal(String signal, String id) throws IOException, InterruptedException {
    int rc = new ProcessBuilder("kill", signal, Long.toString(process(id).pid())).start().waitFor();
    if (rc != 0) {
      throw new IOException("kill " + signal + " " + id + " failed");
    }
  }

  private Process process(String id) {
    Process p = processes.get(id);
    if (p == null) {
      throw new IllegalArgumentException("no member '" + id + "'; there are " + ids);
    }
    return p;
  }

  /** What a member says of itself; null: it does not answer. */
  public @Nullable GetClusterResponse ask(String id) {
    try (ClusterClient c = new ClusterClient(api(id), SOON, Duration.ZERO)) {
      return c.call(
          ch ->
              ClusterServiceGrpc.newBlockingStub(ch)
                  .withDeadlineAfter(SOON.toMillis(), TimeUnit.MILLISECONDS)
                  .getCluster(GetClusterRequest.getDefaultInstance()));
    } catch (StatusRuntimeException e) {
      return null;
    }
  }

  private String api(String id) {
    String api = apis.get(id);
    if (api == null) {
      throw new IllegalArgumentException("no member '" + id + "'; there are " + ids);
    }
    return api;
  }

  /** Who leads and serves; null: nobody. */
  public @Nullable String leader() {
    for (String id : ids) {
      GetClusterResponse r = ask(id);
      if (r != null && r.getServing() && r.getRole() == MemberRole.MEMBER_ROLE_LEADER) {
        return id;
      }
    }
    return null;
  }

  /** Whether all members serve. */
  public boolean allServe() {
    for (String id : ids) {
      GetClusterResponse r = ask(id);
      if (r == null || !r.getServing()) {
        return false;
      }
    }
    return true;
  }

  @Override
  public void close() {
    processes.values().forEach(Process::destroyForcibly);
    for (Process p : processes.values()) {
      try {
        p.waitFor();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }
}
