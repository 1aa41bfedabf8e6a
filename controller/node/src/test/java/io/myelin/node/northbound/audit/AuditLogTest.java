package io.myelin.node.northbound.audit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.myelin.node.port.CapturedLog;
import io.myelin.node.port.SmallDisk;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class AuditLogTest {
  private static final int EVENTS = 40;

  private static AuditEvent event(int i) {
    return new AuditEvent(
        0,
        1_000 + i,
        "n1",
        "uri:x",
        "tenant",
        "blue",
        "",
        "m" + i,
        "tenants/blue/leases/l" + i,
        "r" + i,
        "OK",
        "",
        i % 3 == 0 ? "ä \"quoted\"\nline" : "");
  }

  private static AuditFile.Head fill(Path dir, int from, int to) throws IOException {
    try (AuditLog log = new AuditLog(dir)) {
      for (int i = from; i < to; i++) {
        log.append(event(i));
      }
      return log.head();
    }
  }

  private static AuditFile.Head verify(Path dir) throws IOException {
    return AuditFile.verify(dir, (e, at) -> {});
  }

  @Test
  void whatWasAppendedIsThereAfterARestartAndGoesOn(@TempDir Path dir) throws IOException {
    AuditFile.Head first = fill(dir, 0, 20);
    assertEquals(first, verify(dir));
    AuditFile.Head head = fill(dir, 20, EVENTS);
    assertEquals(EVENTS, head.seq());
    List<AuditEvent> read = new ArrayList<>();
    assertEquals(head, AuditFile.verify(dir, (e, at) -> read.add(e)));
    for (int i = 0; i < EVENTS; i++) {
      assertEquals(event(i).numbered(i + 1), read.get(i));
    }
  }

  /** Every kind of change, at every line. */
  @Test
  void anyChangeShows(@TempDir Path dir) throws IOException {
    AuditFile.Head head = fill(dir, 0, EVENTS);
    Path file = dir.resolve(AuditFile.name(1));
    List<String> lines = Files.readAllLines(file);
    long seed = 7;
    Random random = new Random(seed);
    for (int i = 0; i < EVENTS; i++) {
      List<String> changed = new ArrayList<>(lines);
      String line = lines.get(i);
      int at = random.nextInt(line.length());
      char c = line.charAt(at) == 'x' ? 'y' : 'x';
      changed.set(i, line.substring(0, at) + c + line.substring(at + 1));
      broken(dir, file, changed, "byte " + at + " of line " + i + ", seed " + seed);
      if (i < EVENTS - 1) {
        List<String> removed = new ArrayList<>(lines);
        removed.remove(i);
        broken(dir, file, removed, "line " + i + " removed");
        List<String> swapped = new ArrayList<>(lines);
        Collections.swap(swapped, i, i + 1);
        broken(dir, file, swapped, "line " + i + " moved");
      }
      List<String> added = new ArrayList<>(lines);
      added.add(i, line);
      broken(dir, file, added, "line " + i + " twice");
    }
    // What is cut off at the end fits together; the head that was noted says so.
    Files.write(file, lines.subList(0, EVENTS - 1));
    assertTrue(!verify(dir).equals(head));
    // The whole log written anew, with all hashes: only the noted head tells.
    Files.delete(file);
    AuditFile.Head forged = fill(dir, 1, EVENTS + 1);
    assertEquals(head.seq(), forged.seq());
    assertTrue(!forged.hash().equals(head.hash()));
  }

  private static void broken(Path dir, Path file, List<String> lines, String what)
      throws IOException {
    Files.write(file, lines);
    assertThrows(IOException.class, () -> verify(dir), what);
  }

  @Test
  void aMissingFileShows(@TempDir Path dir) throws IOException {
    fill(dir, 0, 3);
    Files.move(dir.resolve(AuditFile.name(1)), dir.resolve(AuditFile.name(2)));
    assertThrows(AuditFile.Broken.class, () -> verify(dir));
  }

  @Test
  void aLineThatWasNeverFinishedIsCutOffAtTheStart(@TempDir Path dir) throws IOException {
    AuditFile.Head head = fill(dir, 0, 5);
    Files.write(
        dir.resolve(AuditFile.name(1)),
        "0123abc {\"seq\":6".getBytes(StandardCharsets.UTF_8),
        StandardOpenOption.APPEND);
    assertThrows(AuditFile.Broken.class, () -> verify(dir));
    assertEquals(head.seq() + 1, fill(dir, 5, 6).seq());
    assertEquals(6, verify(dir).seq());
  }

  @Test
  void whatIsNotWhatWasWrittenIsNotGoneOnWith(@TempDir Path dir) throws IOException {
    fill(dir, 0, 5);
    Path file = dir.resolve(AuditFile.name(1));
    Files.writeString(file, Files.readString(file).replace("\"m3\"", "\"m4\""));
    IOException e = assertThrows(IOException.class, () -> new AuditLog(dir).close());
    assertTrue(String.valueOf(e.getMessage()).contains("audit-000001.jsonl:4"), e.getMessage());
  }

  /** Half a line is cut off, what came meanwhile is written, nobody has to do anything. */
  @Test
  void aFullDiskCostsNoEventAndTheChainGoesOnWhole(@TempDir Path dir) throws Exception {
    try (SmallDisk disk = new SmallDisk(dir.resolve("disk"), 1);
        CapturedLog said = new CapturedLog(AuditLog.class)) {
      Path at = disk.path().resolve("audit");
      int written = 0;
      try (AuditLog log = new AuditLog(at)) {
        log.force();
        for (int round = 0; round < 3; round++) {
          disk.fill(8 << 10);
          while (log.trouble().isEmpty()) {
            log.append(event(written++));
          }
          assertTrue(log.trouble().contains("No space left on device"), log.trouble());
          for (int i = 0; i < 20; i++) {
            log.append(event(written++)); // refusals, meanwhile
          }
          log.force();
          assertFalse(log.trouble().isEmpty(), "there is no room yet");
          disk.free();
          log.force();
          assertEquals("", log.trouble());
          assertEquals(written, log.head().seq());
          assertEquals(log.head(), verify(at));
        }
      }
      List<AuditEvent> read = new ArrayList<>();
      AuditFile.verify(at, (e, head) -> read.add(e));
      for (int i = 0; i < written; i++) {
        assertEquals(event(i).numbered(i + 1), read.get(i));
      }
      assertEquals(3, said.lines().size(), "once each time: " + said.lines());
    }
  }

  @Test
  void moreRefusalsThanAreKeptAreCounted(@TempDir Path dir) throws Exception {
    try (SmallDisk disk = new SmallDisk(dir.resolve("disk"), 16);
        CapturedLog said = new CapturedLog(AuditLog.class);
        AuditLog log = new AuditLog(disk.path().resolve("audit"))) {
      disk.fill(4 << 10);
      int all = 0;
      while (log.trouble().isEmpty()) {
        log.append(event(all++));
      }
      for (int i = 0; i < AuditLog.MAX_WAITING + 6; i++) {
        log.append(event(all++));
      }
      disk.free();
      log.force();
      assertEquals("", log.trouble());
      String last = log.newest(e -> true, 1).get(0).message();
      assertTrue(last.startsWith("7 refused calls were not recorded"), last);
      assertEquals(1, said.lines().size());
    }
  }

  @Test
  void theNewestAreAnsweredFromMemory() {
    try (AuditLog log = new AuditLog()) {
      for (int i = 0; i < 10_050; i++) {
        log.append(event(i));
      }
      assertEquals(
          List.of("m10049", "m10048"),
          log.newest(e -> true, 2).stream().map(AuditEvent::method).toList());
      assertEquals(10_000, log.newest(e -> true, Integer.MAX_VALUE).size());
    }
  }
}
