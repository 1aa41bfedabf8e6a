package io.myelin.node.store;

import java.io.File;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;
import java.util.stream.Stream;
import org.apache.ratis.server.storage.RaftStorageMetadata;
import org.apache.ratis.statemachine.impl.SimpleStateMachineStorage;
import org.apache.ratis.util.MD5FileUtil;

/** Begins members with the state of a backup. */
public final class RaftBackup {
  private static final long TERM = 1;
  private static final long INDEX = 1;

  private RaftBackup() {}

  /**
   * What a backup holds.
   *
   * @param commands that led to it
   * @param leases living and ended
   */
  public record Summary(long commands, int leases) {}

  /**
   * Reads a backup and checks it.
   *
   * @throws IOException saying what is wrong with it
   */
  public static Summary summary(Path file) throws IOException {
    return summary(SnapshotFile.read(file));
  }

  private static Summary summary(SnapshotFile.Content c) {
    return new Summary(c.index(), c.state().leases().size());
  }

  /**
   * Makes a member's directory as if it had come that far. Every member of the cluster needs the
   * same. The epoch begins anew with the first leader, so that switches that still know the old
   * cluster accept it (invariant 5).
   *
   * @throws IOException when the file is damaged or the directory is in use; nothing is changed
   *     then
   */
  public static Summary restore(Path file, RaftOptions options) throws IOException {
    SnapshotFile.Content c = SnapshotFile.read(file);
    Path dir = options.directory();
    Files.createDirectories(dir);
    try (Stream<Path> there = Files.list(dir)) {
      if (there.findAny().isPresent()) {
        throw new IOException(
            dir + " is not empty; move what is in it elsewhere, and only then restore");
      }
    }
    Path root = dir.resolve(RaftEngine.GROUP.getUuid().toString());
    Path machine = Files.createDirectories(root.resolve("sm"));
    Path current = Files.createDirectories(root.resolve("current"));
    File snapshot =
        machine.resolve(SimpleStateMachineStorage.getSnapshotFileName(TERM, INDEX)).toFile();
    SnapshotFile.write(
        snapshot.toPath(), new SnapshotFile.Content(c.state(), c.index(), c.timeMs(), 0));
    MD5FileUtil.computeAndSaveMd5ForFile(snapshot);
    Properties meta = new Properties();
    meta.setProperty("term", Long.toString(TERM));
    meta.setProperty("votedFor", RaftStorageMetadata.getDefault().getVotedFor().toString());
    // Last: without it the directory counts as empty.
    try (Writer out = Files.newBufferedWriter(current.resolve("raft-meta"))) {
      meta.store(out, "");
    }
    return summary(c);
  }
}
