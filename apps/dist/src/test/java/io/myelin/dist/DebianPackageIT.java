package io.myelin.dist;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Installs the Debian package on this machine, runs what its unit runs, upgrades, removes and
 * purges it. Skipped where that cannot be done, and where Myelin is installed already: its state
 * would be lost.
 */
final class DebianPackageIT {
  private static final Path UNIT = Path.of("/usr/lib/systemd/system/myelin.service");
  private static final Path STATE = Path.of("/var/lib/myelin");
  private static final Path CONFIG = Path.of("/etc/myelin");
  private static final Path CACHE = Path.of("/var/cache/myelin");
  private static final String MYELIN = "/usr/bin/myelin";

  /** A start of a node, or of a lab, on a busy machine. */
  private static final int STARTS_S = 120;

  /** Calls of a client until the fabric is ready; each takes half a second or more. */
  private static final int CALLS = 120;

  private static final Path RELEASE = Path.of(System.getProperty("myelin.release", ""));

  @TempDir private Path directory = Path.of(".");
  private final List<Process> running = new ArrayList<>();
  private boolean installing;

  private record Ended(int code, String out) {}

  @BeforeEach
  void onlyWhereItCanBeDone() throws IOException, InterruptedException {
    assumeTrue(run("id", "-u").out.strip().equals("0"), "skipped: only root can install a package");
    for (String tool : List.of("dpkg", "dpkg-deb", "setpriv", "adduser")) {
      assumeTrue(run("sh", "-c", "command -v " + tool).code == 0, "skipped: there is no " + tool);
    }
    assumeTrue(
        run("sh", "-c", "dpkg-query -W -f '${Provides} ${Package}\\n' | grep -q java17-runtime")
                .code
            == 0,
        "skipped: no package has a Java 17 runtime, which the package depends on");
    for (Path path : List.of(CONFIG, STATE, CACHE, UNIT, Path.of(MYELIN))) {
      assumeTrue(!Files.exists(path), "skipped: Myelin is installed here, there is " + path);
    }
    assumeTrue(run("getent", "passwd", "myelin").code != 0, "skipped: there is a user myelin");
  }

  @AfterEach
  void nothingStays() throws IOException, InterruptedException {
    for (Process process : running) {
      process.destroyForcibly().waitFor();
    }
    if (installing) {
      run("dpkg", "--purge", "myelin");
    }
  }

  @Test
  void isInstalledRunUpgradedRemovedAndPurged() throws IOException, InterruptedException {
    Path first = theOnly("myelin_*_all.deb");
    installing = true;
    ok("dpkg", "--install", first.toString());
    whatIsInstalledIsInOrder();
    List<String> files = ok("dpkg", "--listfiles", "myelin").lines().toList();

    Path fabric = directory.resolve("fabric.yaml");
    Process lab =
        start(
            "lab: ",
            MYELIN,
            "lab",
            "--no-controller",
            "--lab-port",
            "0",
            "--leaves",
            "2",
            "--spines",
            "1",
            "--hosts",
            "1",
            "--write-inventory",
            fabric.toString());
    String server = configure(fabric);
    Process node = startUnit();
    String lease = createLease(server);

    Path second = newer(first);
    ok("dpkg", "--install", second.toString());
    assertTrue(Files.exists(Path.of("/usr/share/doc/myelin/newer")), "not upgraded");
    assertTrue(node.isAlive(), "the upgrade ended a node that systemd did not start");
    assertTrue(
        Files.readString(CONFIG.resolve("node.yaml")).contains(server),
        "the upgrade replaced an edited configuration");
    stop(node);
    node = startUnit();
    waitFor(server, "\"LEASE_STATE_ACTIVE\"", "lease", "get", lease, "-o", "json");
    stop(node);
    stop(lab);

    ok("dpkg", "--remove", "myelin");
    assertFalse(Files.exists(Path.of(MYELIN), LinkOption.NOFOLLOW_LINKS), "not removed");
    assertFalse(Files.exists(CACHE), "removal left the cache");
    assertTrue(Files.exists(CONFIG.resolve("node.yaml")), "removal took the configuration");
    try (Stream<Path> state = Files.list(STATE)) {
      assertNotEquals(0, state.count(), "removal took the state");
    }
    assertEquals(0, run("getent", "passwd", "myelin").code, "removal took the owner of the state");

    ok("dpkg", "--purge", "myelin");
    installing = false;
    nothingIsLeft(files);
  }

  private void whatIsInstalledIsInOrder() throws IOException, InterruptedException {
    assertEquals("", ok("dpkg", "--verify", "myelin"));
    PosixFileAttributes state = Files.readAttributes(STATE, PosixFileAttributes.class);
    assertEquals("myelin", state.owner().getName());
    assertEquals("rwxr-x---", PosixFilePermissions.toString(state.permissions()));
    assertEquals(
        "myelin " + System.getProperty("myelin.version", "").replace("-SNAPSHOT", ""),
        ok(MYELIN, "--version").strip());

    // Any user loads classes from the archive that the installation left, and makes none.
    Path own = directory.resolve("own");
    ok("install", "-d", "-m", "0755", "-o", "65534", own.toString());
    ok("chmod", "0755", directory.toString());
    ok(
        "setpriv",
        "--reuid=65534",
        "--regid=65534",
        "--clear-groups",
        "env",
        "XDG_CACHE_HOME=" + own,
        "MYELIN_JAVA_OPTS=-Xshare:on",
        MYELIN,
        "fabric",
        "show",
        "--help");
    assertFalse(Files.exists(own.resolve("myelin")), "the archive of the package is not used");

    assertEquals(2, run(MYELIN, "bench", "paths").code, "benchmarks are not installed");
    ok("bash", "-n", "/usr/share/bash-completion/completions/myelin");
    ok("bash", "-c", ". /usr/share/bash-completion/completions/myelin && complete -p myelin");
    if (run("sh", "-c", "command -v man").code == 0) {
      String page = page("myelin-lease-create");
      for (String option : List.of("-b=RATE", "-s=HOST:PORT", "--start=TIME", "--weights=L,C,R")) {
        assertTrue(page.contains("[" + option) || page.contains(" " + option), option + page);
      }
      assertTrue(page("myelin").contains("Asks for bandwidth between endpoints"));
    }
    if (run("sh", "-c", "command -v systemd-analyze").code == 0) {
      assertEquals("", ok("systemd-analyze", "verify", "--man=no", UNIT.toString()));
      // From 0, nothing is exposed, to 100, everything.
      ok("systemd-analyze", "security", "--offline=yes", "--threshold=20", UNIT.toString());
    }
    ok(MYELIN, "inventory", "check", "-i", CONFIG.resolve("fabric.yaml").toString());
  }

  /** A manual page as it is shown, on lines of any length. */
  private static String page(String name) throws IOException, InterruptedException {
    String file = "/usr/share/man/man1/" + name + ".1";
    String page = ok("env", "MANWIDTH=5000", "man", "-P", "cat", "--warnings", "-l", file);
    assertFalse(page.contains("warning:"), page);
    return page;
  }

  /** Edits the configuration, as an administrator does; returns where clients reach the node. */
  private static String configure(Path fabric) throws IOException {
    String api = "127.0.0.1:" + freePort();
    String raft = "127.0.0.1:" + freePort();
    Path file = CONFIG.resolve("node.yaml");
    Files.writeString(
        file,
        Files.readString(file).replace("127.0.0.1:9550", api).replace("127.0.0.1:9551", raft));
    Files.copy(fabric, CONFIG.resolve("fabric.yaml"), StandardCopyOption.REPLACE_EXISTING);
    return api;
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  /** Runs the command of the unit as its user, in an environment as empty as systemd's. */
  private Process startUnit() throws IOException, InterruptedException {
    Map<String, String> unit = new HashMap<>();
    for (String line : Files.readAllLines(UNIT)) {
      int equals = line.indexOf('=');
      if (equals > 0) {
        unit.put(line.substring(0, equals), line.substring(equals + 1));
      }
    }
    List<String> command =
        new ArrayList<>(
            List.of(
                "setpriv",
                "--reuid=" + unit.get("User"),
                "--regid=" + unit.get("Group"),
                "--clear-groups",
                "--no-new-privs",
                "--bounding-set=-all",
                "env",
                "-i",
                "HOME=" + STATE,
                "USER=myelin",
                "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin"));
    command.addAll(List.of(String.valueOf(unit.get("ExecStart")).split(" ")));
    return start("node serves on port ", command.toArray(String[]::new));
  }

  private String createLease(String server) throws IOException, InterruptedException {
    String answer =
        waitFor(
            server,
            "\"LEASE_STATE_ACTIVE\"",
            "lease",
            "create",
            "-t",
            "blue",
            "gpu-1-1",
            "gpu-2-1",
            "-b",
            "1M",
            "-o",
            "json");
    String name = "\"name\":";
    int from = answer.indexOf('"', answer.indexOf(name) + name.length()) + 1;
    return answer.substring(from, answer.indexOf('"', from));
  }

  /** Calls until the answer says something; returns it. */
  private String waitFor(String server, String expected, String... client)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(MYELIN));
    command.addAll(List.of(client));
    command.add("--server=" + server);
    Ended last = new Ended(-1, "");
    for (int call = 0; call < CALLS; call++) {
      last = run(command.toArray(String[]::new));
      if (last.code == 0 && last.out.contains(expected)) {
        return last.out;
      }
    }
    return fail(String.join(" ", command) + ": exit code " + last.code + ": " + last.out);
  }

  /** The same package in a higher version, with a file more. */
  private Path newer(Path deb) throws IOException, InterruptedException {
    Path tree = directory.resolve("newer");
    ok("dpkg-deb", "--raw-extract", deb.toString(), tree.toString());
    Path control = tree.resolve("DEBIAN/control");
    Files.writeString(
        control, Files.readString(control).replaceFirst("(?m)^Version: .*$", "Version: 999.0.0"));
    Files.writeString(tree.resolve("usr/share/doc/myelin/newer"), "999.0.0\n");
    Path built = directory.resolve("newer.deb");
    ok("dpkg-deb", "-Znone", "--build", tree.toString(), built.toString());
    return built;
  }

  private static void nothingIsLeft(List<String> files) throws IOException, InterruptedException {
    assertNotEquals(0, run("dpkg-query", "--status", "myelin").code, "dpkg still knows it");
    List<String> left = new ArrayList<>();
    for (Path path : List.of(CONFIG, STATE, CACHE, Path.of("/etc/default/myelin"))) {
      if (Files.exists(path)) {
        left.add(path.toString());
      }
    }
    assertTrue(files.size() > 100, "few files were installed: " + files);
    for (String file : files) {
      Path path = Path.of(file);
      boolean shared = Files.isDirectory(path) && !file.contains("myelin");
      if (!shared && Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
        left.add(file);
      }
    }
    assertEquals(List.of(), left);
    assertNotEquals(0, run("getent", "passwd", "myelin").code, "the user is left");
    assertNotEquals(0, run("getent", "group", "myelin").code, "the group is left");
    assertEquals(
        "", ok("find", "/etc/systemd", "/var/lib/dpkg/info", "-name", "myelin*"), "left behind");
  }

  private static Path theOnly(String glob) throws IOException {
    try (var found = Files.newDirectoryStream(RELEASE, glob)) {
      List<Path> all = new ArrayList<>();
      found.forEach(all::add);
      assertEquals(1, all.size(), RELEASE + "/" + glob + ": " + all);
      return all.get(0);
    }
  }

  /** Starts something that goes on, and waits until it says that it is ready. */
  private Process start(String ready, String... command) throws IOException, InterruptedException {
    Path log = Files.createTempFile(directory, "log", "");
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
    Process process = builder.start();
    running.add(process);
    for (int s = 0; s < STARTS_S; s++) {
      if (process.waitFor(1, TimeUnit.SECONDS)) {
        return fail(String.join(" ", command) + " ended: " + Files.readString(log));
      }
      if (Files.readString(log).contains(ready)) {
        return process;
      }
    }
    return fail(String.join(" ", command) + " is not ready: " + Files.readString(log));
  }

  private static void stop(Process process) throws InterruptedException {
    process.destroy(); // SIGTERM, as systemd does
    assertTrue(process.waitFor(STARTS_S, TimeUnit.SECONDS), "does not end");
    assertEquals(143, process.exitValue());
  }

  private static String ok(String... command) throws IOException, InterruptedException {
    Ended ended = run(command);
    assertEquals(0, ended.code, String.join(" ", command) + ": " + ended.out);
    return ended.out;
  }

  private static Ended run(String... command) throws IOException, InterruptedException {
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("DEBIAN_FRONTEND", "noninteractive");
    builder.environment().put("LC_ALL", "C.UTF-8");
    Process process = builder.start();
    process.getOutputStream().close();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Ended(process.waitFor(), out);
  }
}
