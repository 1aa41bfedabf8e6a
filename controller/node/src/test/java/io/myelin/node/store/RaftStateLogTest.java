package io.myelin.node.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.myelin.core.port.Leadership;
import io.myelin.core.port.NotCommitted;
import io.myelin.core.port.StateLog;
import io.myelin.core.state.Command;
import io.myelin.core.state.FabricState;
import io.myelin.node.port.CapturedLog;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The log on disk, one member: what a crash and a broken disk leave. */
final class RaftStateLogTest extends StateLogContract {
  private static final String RATIS = "org.apache.ratis";

  @TempDir private Path dir = Path.of(".");

  private int logs;

  @Override
  protected StateLog open() throws IOException {
    return new RaftStateLog(RaftOptions.alone(dir.resolve("log" + logs++)));
  }

  private RaftStateLog open(Path at, long snapshotEvery) throws Exception {
    RaftOptions o = RaftOptions.alone(at);
    RaftStateLog log =
        new RaftStateLog(
            new RaftOptions(o.member(), o.members(), at, Duration.ofMillis(300), snapshotEvery));
    CompletableFuture<Leadership> led = new CompletableFuture<>();
    log.onLeadership(
        l -> {
          if (l.leads()) {
            led.complete(l);
          }
        });
    await(led);
    return log;
  }

  @Test
  void aRestartFindsEverything() throws Exception {
    Path at = dir.resolve("restart");
    byte[] before;
    Leadership first;
    long time;
    try (RaftStateLog log = open(at, 1_000)) {
      first = log.leadership();
      SmallFabric script = new SmallFabric(1);
      await(log.submit(SmallFabric.inventory()));
      for (int i = 0; i < 300; i++) {
        await(log.submit(script.next(log.state())));
      }
      before = StateCodecTest.bytes(log.state());
      time = log.progress().timeMs();
    }
    try (RaftStateLog log = open(at, 1_000)) {
      assertArrayEquals(before, StateCodecTest.bytes(log.state()));
      assertEquals(time, log.progress().timeMs());
      assertEquals(301, log.progress().index());
      assertEquals(first.epoch(), log.leadership().epoch());
      assertTrue(log.leadership().term() > first.term(), "every leadership outbids the last");
    }
  }

  @Test
  void snapshotsBoundTheLog() throws Exception {
    Path at = dir.resolve("bounded");
    byte[] before = {};
    for (int round = 0; round < 3; round++) {
      try (RaftStateLog log = open(at, 50)) {
        if (round > 0) {
          assertArrayEquals(before, StateCodecTest.bytes(log.state()), "round " + round);
        }
        SmallFabric script = new SmallFabric(round);
        await(log.submit(SmallFabric.inventory()));
        for (int i = 0; i < 400; i++) {
          await(log.submit(script.next(log.state())));
        }
        before = StateCodecTest.bytes(log.state());
      }
    }
    try (Stream<Path> files = Files.walk(at)) {
      List<String> snapshots =
          files
              .map(p -> String.valueOf(p.getFileName()))
              .filter(n -> n.matches("snapshot\\.\\d+_\\d+"))
              .toList();
      assertTrue(snapshots.size() >= 1 && snapshots.size() <= 3, snapshots.toString());
    }
    try (Stream<Path> files = Files.walk(at)) {
      long first =
          files
              .map(p -> String.valueOf(p.getFileName()))
              .filter(n -> n.startsWith("log_"))
              .mapToLong(RaftStateLogTest::firstIndex)
              .min()
              .orElse(0);
      assertTrue(first > 0, "the log's beginning is still there");
    }
  }

  @Test
  void whatWasTornByACrashIsLeftOutAndTheRestIsThere() throws Exception {
    Path at = dir.resolve("torn");
    byte[] acknowledged = written(at);
    Path segment = newestSegment(at);
    // A crash in the middle of writing the next entry: its beginning is there.
    long end = lengthOfEntries(segment);
    try (RandomAccessFile f = new RandomAccessFile(segment.toFile(), "rw")) {
      f.seek(end);
      f.write(new byte[] {40, 1, 2, 3, 4, 5, 6});
      f.setLength(end + 7);
    }
    try (RaftStateLog log = open(at, 1_000)) {
      assertArrayEquals(acknowledged, StateCodecTest.bytes(log.state()));
    }
  }

  @Test
  void whatADiskChangedIsNeverTakenForWhatWasWritten() throws Exception {
    Path at = dir.resolve("flipped");
    written(at);
    Path segment = newestSegment(at);
    long end = lengthOfEntries(segment);
    try (RandomAccessFile f = new RandomAccessFile(segment.toFile(), "rw")) {
      f.seek(end - 40);
      int b = f.read();
      f.seek(end - 40);
      f.write(b ^ 0x55);
    }
    try (CapturedLog ratis = new CapturedLog(RATIS)) {
      IOException e = assertThrows(IOException.class, () -> open(at, 1_000).close());
      assertTrue(
          String.valueOf(e.getMessage()).contains(at.toString())
              && String.valueOf(e.getMessage()).contains("cluster restore"),
          e.getMessage());
      assertTrue(String.join("\n", ratis.lines()).contains("has failed"), () -> "" + ratis.lines());
    }
    // What failed has let go of the directory: it can be repaired and used by the same process.
    try (RandomAccessFile f = new RandomAccessFile(segment.toFile(), "rw")) {
      f.seek(end - 40);
      int b = f.read();
      f.seek(end - 40);
      f.write(b ^ 0x55);
    }
    open(at, 1_000).close();
  }

  @Test
  void twoProcessesMustNotShareADirectory() throws Exception {
    Path at = dir.resolve("shared");
    try (RaftStateLog log = open(at, 1_000);
        CapturedLog ratis = new CapturedLog(RATIS)) {
      IOException e =
          assertThrows(IOException.class, () -> new RaftStateLog(RaftOptions.alone(at)));
      assertTrue(String.valueOf(e.getMessage()).contains(at.toString()), e.getMessage());
      assertTrue(ratis.lines().get(0).contains("already locked"), () -> "" + ratis.lines());
      assertTrue(log.leadership().leads());
    }
  }

  @Test
  void whoDoesNotLeadSaysSo() throws Exception {
    RaftStateLog log = open(dir.resolve("closed"), 1_000);
    log.close();
    ExecutionException e =
        assertThrows(ExecutionException.class, () -> log.submit(new Command.Tick(1)).get());
    assertTrue(e.getCause() instanceof NotCommitted, e.toString());
  }

  private byte[] written(Path at) throws Exception {
    try (RaftStateLog log = open(at, 1_000)) {
      await(log.submit(SmallFabric.inventory()));
      FabricState base = log.state();
      for (int i = 0; i < 20; i++) {
        await(log.submit(SmallFabric.create(base, i, "r" + i)));
      }
      return StateCodecTest.bytes(log.state());
    }
  }

  private static Path newestSegment(Path at) throws IOException {
    try (Stream<Path> files = Files.walk(at)) {
      return files
          .filter(p -> String.valueOf(p.getFileName()).startsWith("log_"))
          .max(Comparator.comparingLong(p -> firstIndex(String.valueOf(p.getFileName()))))
          .orElseThrow();
    }
  }

  /** Of log_FIRST-LAST or log_inprogress_FIRST. */
  private static long firstIndex(String name) {
    return Long.parseLong(name.replace("log_inprogress_", "").replace("log_", "").split("-")[0]);
  }

  /** Without the zeros that a segment may end with. */
  private static long lengthOfEntries(Path segment) throws IOException {
    byte[] all = Files.readAllBytes(segment);
    int end = all.length;
    while (end > 0 && all[end - 1] == 0) {
      end--;
    }
    return end;
  }
}
