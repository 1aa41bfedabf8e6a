package io.myelin.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import io.myelin.lab.FabricSpec;
import io.myelin.lab.Lab;
import io.myelin.lab.LabPlan;
import io.myelin.lab.service.LabServer;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Runs every command of docs/TUTORIAL.md in its order and compares what it prints with the page.
 *
 * <p>A block {@code console} holds commands behind {@code $} and their output. A block {@code
 * console watch} holds lines that the command which watches has printed since the last such block;
 * others may stand between them. What may differ is in {@link TutorialText}.
 *
 * <p>A command that only reads is asked again until it prints what the page says, as a reader would
 * who types faster than the fabric settles. Any other command runs once.
 */
final class TutorialTest {
  private static final Path PAGE = Path.of("../../docs/TUTORIAL.md");
  private static final String PROGRAM = "./myelin ";
  private static final String START = "./myelin lab";

  /** Commands that change nothing. */
  private static final Set<String> READS =
      Set.of("fabric show", "lease list", "lease get", "job list", "job get", "lab show");

  /** How long a state may take that the page shows, on a machine that has other work. */
  private static final long PATIENCE_NS = TimeUnit.SECONDS.toNanos(60);

  private static final long POLL_NS = TimeUnit.MILLISECONDS.toNanos(20);

  private final ThreadOutput terminals = new ThreadOutput();
  private final PrintStream stdout = System.out;
  private final PrintStream stderr = System.err;
  private Lab lab;
  private LabServer labServer;
  private @Nullable Thread watcher;
  private int watched;

  @BeforeEach
  void start() throws IOException {
    lab = new Lab(FabricSpec.DEFAULT, new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    labServer = new LabServer(lab.fabric(), 0);
    PrintStream own = new PrintStream(terminals, true, StandardCharsets.UTF_8);
    System.setOut(own);
    System.setErr(own);
  }

  @AfterEach
  void stop() throws InterruptedException {
    Thread thread = watcher;
    if (thread != null) {
      thread.interrupt();
      thread.join(TimeUnit.NANOSECONDS.toMillis(PATIENCE_NS));
    }
    System.setOut(stdout);
    System.setErr(stderr);
    labServer.close();
    lab.close();
  }

  @Test
  void everyCommandPrintsWhatThePageSays() throws IOException {
    List<TutorialText.Step> steps = TutorialText.steps(Files.readAllLines(PAGE));
    for (TutorialText.Step step : steps) {
      follow(step);
    }
    assertTrue(steps.size() > 15, steps.size() + " steps: the page was not read");
  }

  private void follow(TutorialText.Step step) {
    String command = step.command();
    if (command == null) {
      awaitWatched(step);
    } else if (command.equals(START)) {
      compare(step, started());
    } else if (command.contains(" watch")) {
      watch(step, arguments(command));
    } else {
      run(step, arguments(command));
    }
  }

  /** What {@code myelin lab} says of the lab that runs here, at the usual ports. */
  private static String started() {
    return "lab: "
        + LabPlan.of(FabricSpec.DEFAULT).summary()
        + "; node on port "
        + ServerOptions.DEFAULT.replaceAll(".*:", "")
        + "; faults and traffic on port "
        + LabServer.DEFAULT_PORT
        + "; stop it with Ctrl-C\n";
  }

  private String[] arguments(String command) {
    assertTrue(command.startsWith(PROGRAM), () -> "'" + command + "' is no command of ours");
    List<String> args = new ArrayList<>(List.of(command.substring(PROGRAM.length()).split(" +")));
    int port = args.get(0).equals("lab") ? labServer.port() : lab.node().port();
    args.addAll(List.of("--server", "127.0.0.1:" + port));
    return args.toArray(String[]::new);
  }

  private void run(TutorialText.Step step, String... args) {
    boolean reads =
        READS.contains(args[0] + " " + args[1])
            || List.of(args).containsAll(List.of("lab", "show"));
    long until = System.nanoTime() + PATIENCE_NS;
    while (true) {
      terminals.clear();
      int code = Main.run(args);
      String said = terminals.text(Thread.currentThread());
      if (step.agrees(said) || !reads || System.nanoTime() > until) {
        compare(step, said);
        assertEquals(said.startsWith("myelin: "), code != 0, () -> step + ": exit code " + code);
        return;
      }
      LockSupport.parkNanos(POLL_NS);
    }
  }

  private static void compare(TutorialText.Step step, String said) {
    if (!step.agrees(said)) {
      fail(step + "\nexpected:\n" + step.text() + "\nactual:\n" + said);
    }
  }

  /** In a terminal of its own, until the test is over. */
  private void watch(TutorialText.Step step, String... args) {
    assertEquals(null, watcher, "one command at a time watches");
    Thread thread = new Thread(() -> Main.run(args), "watch");
    watcher = thread;
    thread.start();
    awaitWatched(step);
  }

  private void awaitWatched(TutorialText.Step step) {
    Thread thread = Objects.requireNonNull(watcher, () -> step + ": nothing watches");
    long until = System.nanoTime() + PATIENCE_NS;
    while (true) {
      List<String> lines = terminals.text(thread).lines().toList();
      int end = step.within(lines, watched);
      if (end >= 0) {
        watched = end;
        return;
      }
      if (System.nanoTime() > until) {
        List<String> since = lines.subList(watched, lines.size());
        fail(step + "\nexpected:\n" + step.text() + "\nactual:\n" + String.join("\n", since));
      }
      LockSupport.parkNanos(POLL_NS);
    }
  }
}
