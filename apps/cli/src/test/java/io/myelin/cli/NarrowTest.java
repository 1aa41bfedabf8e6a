package io.myelin.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The command line in 80 columns, on a day on which things go wrong. */
final class NarrowTest extends CapturedTerminal {
  // ---- tables ----------------------------------------------------------------------------------

  @Test
  void aTableThatFitsIsLeftAlone() {
    Columns t = new Columns("A", "B");
    t.row("x", "a few words");
    assertEquals("A  B\nx  a few words\n", t.toString(80));
  }

  @Test
  void wordsWrapInTheirCells() {
    Columns t = new Columns("LEASE", "REASON", "END");
    t.row("tenants/blue/leases/x", "the path is broken and no other fits now", "never");
    assertEquals(
        """
        LEASE                  REASON          END
        tenants/blue/leases/x  the path is     never
                               broken and no
                               other fits now
        """,
        t.toString(44));
  }

  @Test
  void whatCannotFitSideBySideIsOneBelowTheOther() {
    Columns t = new Columns("FROM", "TO");
    t.row("x".repeat(63), "y".repeat(63));
    t.row("a", "b");
    assertEquals(
        "FROM  " + "x".repeat(63) + "\nTO    " + "y".repeat(63) + "\n\nFROM  a\nTO    b\n",
        t.toString(80));
  }

  /** Whatever is in the cells, and however wide the terminal is, no line is longer. */
  @Test
  void noLineIsLongerThanTheTerminal() {
    java.util.Random random = new java.util.Random(7);
    for (int i = 0; i < 2_000; i++) {
      int columns = 1 + random.nextInt(11);
      Columns t =
          new Columns(IntStream.range(0, columns).mapToObj(c -> "C" + c).toArray(String[]::new));
      int rows = random.nextInt(4);
      for (int r = 0; r < rows; r++) {
        t.row(
            IntStream.range(0, columns)
                .mapToObj(c -> "ab ".repeat(random.nextInt(9)) + "z".repeat(random.nextInt(70)))
                .toArray());
      }
      int most = 40 + random.nextInt(100);
      String text = t.toString(most);
      assertTrue(
          text.lines().allMatch(l -> l.length() <= most),
          () -> "seed 7, width " + most + ":\n" + text);
    }
  }

  // ---- errors ----------------------------------------------------------------------------------

  @Test
  void anErrorOfAFileSaysWhichAndWhy() {
    assertEquals(
        "/x/y: there is no such file or directory", Reasons.of(new NoSuchFileException("/x/y")));
    assertEquals("/x/y: access is denied", Reasons.of(new AccessDeniedException("/x/y")));
    assertEquals(
        "/x/y: File name too long",
        Reasons.of(new FileSystemException("/x/y", null, "File name too long")));
    assertEquals("IOException", Reasons.of(new IOException()));
  }

  @Test
  void aFileThatIsNotThereIsNamed(@TempDir Path dir) {
    Path file = dir.resolve("no").resolve("backup");
    int code = run("cluster", "restore", file.toString(), "--data", dir.resolve("d").toString());
    assertTrue(code == 1 || code == 2, this::err);
    assertTrue(err().contains(file + ": there is no such file"), err());
  }

  @Test
  void whoDoesNotAnswerIsNamedWithTheReason() throws IOException {
    int free;
    try (ServerSocket s = new ServerSocket(0)) {
      free = s.getLocalPort();
    }
    assertEquals(3, run("fabric", "show", "-s", "127.0.0.1:" + free));
    assertTrue(err().contains("127.0.0.1:" + free + ": connection refused"), err());
    assertEquals(3, run("fabric", "show", "-s", "no-such-host.invalid:1"));
    assertTrue(err().contains("no-such-host.invalid:1: there is no such host"), err());
  }

  /** Another program: it says something that is not HTTP/2. */
  @Test
  void anotherProtocolIsCalledSo() throws Exception {
    ServerSocket web = new ServerSocket(0);
    Thread answering =
        new Thread(
            () -> {
              try {
                while (true) {
                  try (Socket s = web.accept()) {
                    s.getOutputStream()
                        .write("HTTP/1.1 400 Bad Request\r\n\r\n".getBytes(StandardCharsets.UTF_8));
                  }
                }
              } catch (IOException closed) {
                // The test is over.
              }
            });
    answering.start();
    try {
      assertEquals(3, run("fabric", "show", "-s", "127.0.0.1:" + web.getLocalPort()));
      assertFalse(err().toLowerCase(java.util.Locale.ROOT).contains("http2"), err());
      assertFalse(err().contains("io exception"), err());
      assertTrue(err().contains("127.0.0.1:" + web.getLocalPort()), err());
    } finally {
      web.close();
      answering.join(10_000);
    }
  }

  // ---- options ---------------------------------------------------------------------------------

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "lease create -t b x y -b 1M --weights 1,0,1 | --weights count with --objective balanced only",
        "lease create -t b x y -b 1M --disjoint-in node | --disjoint-in counts with --disjoint-from only",
        "lease create -t b x y -b 1M --qp 7 --all-traffic | --qp does not go with --all-traffic",
        "lease slots -t b x y -b 1M | one of --duration and --volume is needed",
        "lease slots -t b x y -b 1M --duration 5m --min-bandwidth 1M | --min-bandwidth counts with --volume only",
        "lease update tenants/b/leases/x | nothing to change: give --bandwidth",
        "lease update tenants/b/leases/x --no-expiry --ttl 5m | --no-expiry does not go with --ttl",
        "lease update tenants/b/leases/x --no-constraints --max-hops 4 | --no-constraints does not go with constraints",
        "job create -t b -k pairs a:b -b 1M --rails 1 | --rails does not go with --kind pairs",
        "job update tenants/b/jobs/x --no-constraints --via s1 | --no-constraints does not go with constraints",
        "job update tenants/b/jobs/x -b as-much-as-fitting | 'as-much-as-fitting' is not a rate",
        "job update tenants/b/jobs/x -b as-much-as-fits=4G | allowed: a rate, as-much-as-fits, or as-much-as-fits:RATE",
        "job update tenants/b/jobs/x -b as-much-as-fits:fast | 'fast' is not a rate",
        "job update tenants/b/jobs/x -b as-much-as-fits: | '' is not a rate",
        "path compute -t b x y --paths 2 --disjoint link | --paths does not go with --disjoint",
        "path compute --topology wan:4 x y -s 127.0.0.1:1 | do not go with --topology",
        "fabric top --once --interval 2 | --interval does not go with --once",
        "lab --seed 3 | --seed counts with --scenario only",
        "lab --scenario incast --listen 127.0.0.1:0 | --listen does not go with --scenario",
        "lab --topology fat-tree:4 --leaves 2 | --leaves does not go with --topology",
        "lab --scenario incast --topology fat-tree:4 | --topology does not go with --scenario",
        "lab --lab-port 65536 --listen 127.0.0.1:0 | --lab-port: 65536 is not allowed",
        "lab --leaves 2 cut leaf1 spine1 | --leaves does not go with 'cut', which is for a lab that runs",
        "lab --rate 5M traffic show | --rate does not go with 'show', which is for a lab that runs",
        "lab --no-controller --listen 127.0.0.1:0 | --listen does not go with --no-controller",
        "node -c x.yaml --listen 127.0.0.1:0 | --listen does not go with --config",
        "node -c x.yaml --ephemeral | --ephemeral does not go with --config",
      })
  void optionsThatWouldBeIgnoredAreRefused(String command, String message) {
    assertEquals(2, run(command.split(" ")), this::err);
    assertTrue(err().contains(message), err());
  }

  @ParameterizedTest
  @CsvSource({"all-to-all", "ALL_TO_ALL", "All-To-All", "all_to_all"})
  void choicesAreTakenAsPeopleWriteThem(String kind) {
    int code = run("job", "create", "-t", "b", "-k", kind, "x", "y", "-b", "fast");
    assertEquals(2, code);
    assertTrue(err().contains("'fast' is not a rate"), err());
  }

  @Test
  void whatIsNoChoiceSaysWhatIs() {
    assertEquals(2, run("job", "create", "-t", "b", "-k", "star", "x", "y", "-b", "1M"));
    assertTrue(
        err().contains("'star' is not allowed; allowed: ring, tree, all-to-all, pairs"), err());
  }

  /** What a creation can say, a change can, or its help says why not. */
  @Test
  void updatesTakeWhatCreationsTake() {
    for (String kind : List.of("lease", "job")) {
      assertEquals(0, run(kind, "update", "--help"));
      String update = out();
      assertEquals(0, run(kind, "create", "--help"));
      String create = out();
      java.util.regex.Matcher option =
          java.util.regex.Pattern.compile("(?m)^ .*?(--[a-z-]+)").matcher(create);
      while (option.find()) {
        String name = option.group(1);
        // Who it is, and what is said of the call that creates it.
        boolean identity = List.of("--tenant", "--name", "--end-if-cancelled").contains(name);
        boolean said =
            update.contains(name)
                || (kind.equals("job")
                    && List.of("--kind", "--start").contains(name)
                    && update.contains("Its kind and its start cannot change"));
        assertTrue(identity || said, () -> kind + " update does not know " + name);
      }
    }
  }
}
