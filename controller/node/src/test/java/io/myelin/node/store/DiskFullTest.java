package io.myelin.node.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.myelin.core.port.Leadership;
import io.myelin.core.port.NotCommitted;
import io.myelin.core.state.FabricState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A disk that is full: said clearly, and nothing that was acknowledged is lost. */
final class DiskFullTest {
  @Test
  void whatWasAcknowledgedIsThereWhenThereIsRoomAgain(@TempDir Path dir) throws Exception {
    Path disk = Files.createDirectory(dir.resolve("disk"));
    assumeTrue(
        run("mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", disk.toString()) == 0,
        "skipped: mounting a small disk needs root on Linux");
    try {
      fill(disk);
      Files.delete(disk.resolve("ballast"));
      try (RaftStateLog log = open(disk)) {
        FabricState s = log.state();
        // The command under way when the disk was full may be there or not.
        assertTrue(s.leases().size() <= acknowledgedLeases + 1, "more than was asked for");
        for (int i = 0; i < acknowledgedLeases; i++) {
          assertNotNull(s.leases().get(SmallFabric.name(i)), "lease " + i + " was acknowledged");
        }
      }
    } finally {
      assertEquals(0, run("umount", "-l", disk.toString()));
    }
  }

  private int acknowledgedLeases;

  /** Asks for leases until there is no room. */
  private void fill(Path disk) throws Exception {
    RaftStateLog log = open(disk);
    try {
      log.submit(SmallFabric.inventory()).get(30, TimeUnit.SECONDS);
      FabricState base = log.state();
      ballast(disk);
      for (int i = 0; i < 100_000; i++) {
        try {
          log.submit(SmallFabric.create(base, i, "r" + i)).get(30, TimeUnit.SECONDS);
          acknowledgedLeases++;
        } catch (ExecutionException e) {
          assertTrue(e.getCause() instanceof NotCommitted, e.toString());
          break;
        }
      }
      long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
      while (log.leadership().role() != Leadership.Role.STOPPED && System.nanoTime() < until) {
        Thread.onSpinWait();
      }
      assertEquals(Leadership.Role.STOPPED, log.leadership().role());
      assertTrue(log.trouble().contains("No space left on device"), log.trouble());
    } finally {
      log.close();
    }
  }

  private static void ballast(Path disk) throws IOException {
    byte[] block = new byte[1 << 12];
    try (var out = Files.newOutputStream(disk.resolve("ballast"))) {
      while (Files.getFileStore(disk).getUsableSpace() > 64 << 10) {
        out.write(block);
        out.flush();
      }
    }
  }

  private static RaftStateLog open(Path disk) throws Exception {
    RaftStateLog log = new RaftStateLog(RaftOptions.alone(disk.resolve("data")));
    CompletableFuture<Leadership> led = new CompletableFuture<>();
    log.onLeadership(
        l -> {
          if (l.leads()) {
            led.complete(l);
          }
        });
    led.get(30, TimeUnit.SECONDS);
    return log;
  }

  private static int run(String... command) throws IOException, InterruptedException {
    try {
      return new ProcessBuilder(command)
          .redirectErrorStream(true)
          .redirectOutput(ProcessBuilder.Redirect.DISCARD)
          .start()
          .waitFor();
    } catch (IOException e) {
      return -1; // not installed
    }
  }
}
