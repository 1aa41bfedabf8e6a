package io.myelin.node.northbound.audit;

import io.myelin.node.thread.GuardedExecutor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Appends to an audit log: see {@link AuditFile}. Written before the call is answered, forced to
 * the disk within a second. Thread-safe.
 *
 * <p>A disk that refuses, as when it is full, costs no event that is not named: what could not be
 * written or forced is kept in memory, and every second the file is cut back to what was forced
 * last, verified, and written again from there. The chain never goes on behind half a line.
 */
public final class AuditLog implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(AuditLog.class);
  private static final long FILE_BYTES = 64L << 20;
  private static final long FORCE_S = 1;

  /** The newest events, which are answered from memory. */
  private static final int RECENT = 10_000;

  /** Events that wait for room. Changes are refused meanwhile, so that only refusals come. */
  static final int MAX_WAITING = 10_000;

  private final @Nullable Path directory;
  private final Deque<AuditEvent> recent = new ArrayDeque<>();
  private final GuardedExecutor forcing = GuardedExecutor.single("audit");

  /** Where the chain ends, with what was written and is not forced yet. */
  private AuditFile.Head head = AuditFile.Head.EMPTY;

  private @Nullable FileChannel out;
  private int file;

  /** Where the chain ended before the current file. */
  private AuditFile.Head before = AuditFile.Head.EMPTY;

  /** Length of the current file as it was forced last. */
  private long forcedBytes;

  /** Lines behind that. */
  private final Deque<byte[]> unforced = new ArrayDeque<>();

  /** Events that are in no line yet, and how many more there were than are kept. */
  private final Deque<AuditEvent> waiting = new ArrayDeque<>();

  private long unkept;
  private volatile String trouble = "";

  /** In memory only: the newest events. */
  public AuditLog() {
    directory = null;
  }

  /**
   * Goes on with the log of a directory, which is made if missing.
   *
   * @throws IOException if it cannot be written, or is not what was written there; nothing is left
   *     open then
   */
  public AuditLog(Path directory) throws IOException {
    this.directory = directory;
    try {
      Files.createDirectories(directory);
      repairTail(directory);
      AuditFile.Ends ends = AuditFile.ends(directory, (event, at) -> remember(event));
      before = ends.beforeLastFile();
      head = ends.last();
      file = Math.max(1, AuditFile.files(directory).size());
      out = open(directory, file);
      forcedBytes = out.size();
    } catch (IOException | RuntimeException e) {
      forcing.shutdownNow();
      throw e;
    }
    forcing.scheduleWithFixedDelay(this::force, FORCE_S, FORCE_S, TimeUnit.SECONDS);
  }

  /** The last line may be half written when the machine stopped: nobody was answered for it. */
  private static void repairTail(Path directory) throws IOException {
    List<Path> files = AuditFile.files(directory);
    if (files.isEmpty()) {
      return;
    }
    Path last = files.get(files.size() - 1);
    byte[] all = Files.readAllBytes(last);
    int end = all.length;
    while (end > 0 && all[end - 1] != '\n') {
      end--;
    }
    if (end < all.length) {
      log.info(
          "{}: {} bytes of a line that was never finished are cut off", last, all.length - end);
      try (FileChannel c = FileChannel.open(last, StandardOpenOption.WRITE)) {
        c.truncate(end);
      }
    }
  }

  private static FileChannel open(Path dir, int file) throws IOException {
    return FileChannel.open(
        dir.resolve(AuditFile.name(file)),
        StandardOpenOption.CREATE,
        StandardOpenOption.WRITE,
        StandardOpenOption.APPEND);
  }

  private void remember(AuditEvent event) {
    recent.add(event);
    if (recent.size() > RECENT) {
      recent.remove();
    }
  }

  /** Why it cannot be written; empty: it can. Nothing may be changed meanwhile. */
  public String trouble() {
    return trouble;
  }

  /** Appends an event under the next number; while there is trouble, when that is over. */
  public synchronized void append(AuditEvent event) {
    if (!trouble.isEmpty()) {
      keep(event);
      return;
    }
    try {
      write(event);
    } catch (IOException x) {
      fail(x);
      keep(event);
    }
  }

  private void keep(AuditEvent event) {
    if (waiting.size() < MAX_WAITING) {
      waiting.add(event);
    } else {
      unkept++;
    }
  }

  private void fail(IOException x) {
    if (trouble.isEmpty()) {
      log.error("{}: the audit log cannot be written: {}", directory, x.getMessage());
    }
    trouble = "the audit log cannot be written: " + x.getMessage();
  }

  private void write(AuditEvent event) throws IOException {
    FileChannel c = out;
    Path dir = directory;
    AuditEvent e = event.numbered(head.seq() + 1);
    String json = AuditFile.json(e);
    String hash = AuditFile.hash(head.hash(), json);
    if (c != null && dir != null) {
      if (c.size() >= FILE_BYTES) {
        c = next(c, dir);
      }
      byte[] line = (hash + " " + json + "\n").getBytes(StandardCharsets.UTF_8);
      put(c, line);
      unforced.add(line);
    }
    head = new AuditFile.Head(e.seq(), hash);
    remember(e);
  }

  private FileChannel next(FileChannel full, Path dir) throws IOException {
    forceNow(full);
    FileChannel next = open(dir, file + 1);
    out = next;
    file++;
    before = head;
    forcedBytes = 0;
    full.close();
    return next;
  }

  private static void put(FileChannel c, byte[] line) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(line);
    while (bytes.hasRemaining()) {
      c.write(bytes);
    }
  }

  private void forceNow(FileChannel c) throws IOException {
    c.force(false);
    unforced.clear();
    forcedBytes = c.size();
  }

  /** Every second: what is written is forced, or what could not be is tried again. */
  synchronized void force() {
    FileChannel c = out;
    Path dir = directory;
    if (c == null || dir == null) {
      return;
    }
    try {
      if (!trouble.isEmpty()) {
        recover(c, dir);
      } else if (!unforced.isEmpty()) {
        forceNow(c);
      }
    } catch (IOException x) {
      fail(x);
    }
  }

  /** A line may be there in part, and what was written but not forced may not be there at all. */
  private void recover(FileChannel c, Path dir) throws IOException {
    c.truncate(forcedBytes);
    if (c.size() != forcedBytes) {
      throw new IOException("bytes are missing before the last line");
    }
    for (byte[] line : unforced) {
      put(c, line);
    }
    while (!waiting.isEmpty()) {
      write(waiting.element());
      waiting.remove();
    }
    long lost = unkept;
    if (lost > 0) {
      AuditEvent last = recent.getLast();
      String what = lost + " refused calls were not recorded: " + trouble;
      write(AuditEvent.atConsole(last.timeMs(), last.member(), "audit", what));
      unkept = 0;
    }
    FileChannel now = out;
    forceNow(now == null ? c : now);
    AuditFile.Head there =
        AuditFile.verify(dir.resolve(AuditFile.name(file)), before, (event, at) -> {});
    if (!there.equals(head)) {
      throw new IOException("it ends at event " + there.seq() + ", not at " + head.seq());
    }
    trouble = "";
    log.info("{}: the audit log is written again", directory);
  }

  /** Where the log ends. */
  public synchronized AuditFile.Head head() {
    return head;
  }

  /** The newest events that are wanted, the newest first. */
  public synchronized List<AuditEvent> newest(Predicate<AuditEvent> wanted, int most) {
    List<AuditEvent> found = new ArrayList<>();
    recent
        .descendingIterator()
        .forEachRemaining(
            e -> {
              if (found.size() < most && wanted.test(e)) {
                found.add(e);
              }
            });
    return found;
  }

  @Override
  public synchronized void close() {
    forcing.shutdownNow();
    force();
    try {
      if (out != null) {
        out.close();
      }
    } catch (IOException x) {
      log.warn("{}: {}", directory, x.toString());
    }
    out = null;
  }
}
