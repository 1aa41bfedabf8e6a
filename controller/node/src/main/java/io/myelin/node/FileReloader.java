package io.myelin.node;

import io.myelin.node.thread.GuardedExecutor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads files again within some seconds of a change, without a restart. What cannot be read leaves
 * in force what was read last, and is said once. Thread-safe.
 */
final class FileReloader implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(FileReloader.class);
  private static final long EVERY_S = 5;

  /** Reads files, and puts what they say in force: all of it or nothing. */
  interface Reading {
    /**
     * @throws IOException naming what is wrong
     */
    void read() throws IOException;
  }

  private final List<Watched> all = new CopyOnWriteArrayList<>();
  private final GuardedExecutor looks = GuardedExecutor.single("rereading");

  FileReloader() {
    looks.scheduleWithFixedDelay(this::look, EVERY_S, EVERY_S, TimeUnit.SECONDS);
  }

  /**
   * Reads files now, and again when they change.
   *
   * @param what they are, for messages
   * @throws IOException naming what is wrong with them now; they are not watched then
   */
  void watch(String what, List<Path> files, Reading reading) throws IOException {
    Watched w = new Watched(what, files, reading);
    w.read();
    all.add(w);
  }

  /** Looks whether something has changed. */
  void look() {
    all.forEach(Watched::look);
  }

  private static final class Watched {
    private final String what;
    private final List<Path> files;
    private final Reading reading;
    private List<FileTime> seen = List.of();
    private String trouble = "";

    Watched(String what, List<Path> files, Reading reading) {
      this.what = what;
      this.files = files;
      this.reading = reading;
    }

    synchronized void read() throws IOException {
      // The times come first: who writes while we read is seen at the next look.
      List<FileTime> times = times();
      reading.read();
      seen = times;
    }

    synchronized void look() {
      try {
        if (!times().equals(seen)) {
          read();
          trouble = "";
          log.info("{} was read again", what);
        }
      } catch (IOException | RuntimeException e) {
        // Half of the files may be there already: the next look sees the others.
        String now = String.valueOf(e.getMessage());
        if (!now.equals(trouble)) {
          trouble = now;
          log.warn("{}: {}; what was read last stays in force", what, now);
        }
      }
    }

    private List<FileTime> times() throws IOException {
      List<FileTime> times = new ArrayList<>();
      for (Path file : files) {
        times.add(Files.exists(file) ? Files.getLastModifiedTime(file) : FileTime.fromMillis(0));
      }
      return times;
    }
  }

  @Override
  public void close() {
    looks.shutdownNow();
  }
}
