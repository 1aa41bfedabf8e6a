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
 */
public final class AuditLog implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(AuditLog.class);
  private static final long FILE_BYTES = 64L << 20;
  private static final long FORCE_S = 1;

  /** The newest events, which are answered from memory. */
  private static final int RECENT = 10_000;

  private final @Nullable Path directory;
  private final Deque<AuditEvent> recent = new ArrayDeque<>();
  private final GuardedExecutor forcing = GuardedExecutor.single("audit");
  private AuditFile.Head head = AuditFile.Head.EMPTY;
  private @Nullable FileChannel out;
  private int file;
  private boolean dirty;
  private volatile String trouble = "";

  /** In memory only: the newest events. */
  public AuditLog() {
    directory = null;
  }

  /**
   * Goes on with the log of a directory, which is made if missing.
   *
   * @throws IOException if it cannot be written, or is not what was written there
   */
  public AuditLog(Path directory) throws IOException {
    this.directory = directory;
    Files.createDirectories(directory);
    repairTail(directory);
    head = AuditFile.verify(directory, (event, at) -> remember(event));
    file = Math.max(1, AuditFile.files(directory).size());
    out = open(directory);
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

  private FileChannel open(Path dir) throws IOException {
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

  /** Appends an event under the next number. */
  public synchronized void append(AuditEvent event) {
    AuditEvent e = event.numbered(head.seq() + 1);
    String json = AuditFile.json(e);
    String hash = AuditFile.hash(head.hash(), json);
    FileChannel c = out;
    Path dir = directory;
    if (c != null && dir != null) {
      try {
        ByteBuffer line =
            ByteBuffer.wrap((hash + " " + json + "\n").getBytes(StandardCharsets.UTF_8));
        while (line.hasRemaining()) {
          c.write(line);
        }
        dirty = true;
        if (c.size() >= FILE_BYTES) {
          c.force(true);
          c.close();
          file++;
          out = open(dir);
        }
      } catch (IOException x) {
        trouble = "the audit log cannot be written: " + x.getMessage();
        log.error("{}: {}", directory, trouble);
        return;
      }
    }
    head = new AuditFile.Head(e.seq(), hash);
    remember(e);
  }

  private synchronized void force() {
    FileChannel c = out;
    if (dirty && c != null) {
      dirty = false;
      try {
        c.force(false);
      } catch (IOException x) {
        trouble = "the audit log cannot be written: " + x.getMessage();
        log.error("{}: {}", directory, trouble);
      }
    }
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
