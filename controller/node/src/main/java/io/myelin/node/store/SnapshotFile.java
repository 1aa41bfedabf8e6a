package io.myelin.node.store;

import io.myelin.core.state.FabricState;
import java.io.BufferedOutputStream;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.zip.Deflater;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;

/**
 * A state in a file: what members start from, send to each other, and what a backup is.
 *
 * <p>"MYELIN" and a newline; format (4 bytes); index, log's time, epoch (8 bytes each, big endian);
 * the state as Smile in gzip; SHA-256 of all before it.
 */
public final class SnapshotFile {
  private static final byte[] MAGIC = {'M', 'Y', 'E', 'L', 'I', 'N', '\n'};
  private static final int DIGEST_BYTES = 32;

  private SnapshotFile() {}

  /**
   * What a file holds.
   *
   * @param index of the last command applied
   * @param timeMs the log's time
   * @param epoch of the cluster
   */
  public record Content(FabricState state, long index, long timeMs, long epoch) {}

  /** Writes a file whole, and to the disk, or not at all. */
  public static void write(Path file, Content content) throws IOException {
    Path part = file.resolveSibling(file.getFileName() + ".part");
    try {
      try (FileOutputStream out = new FileOutputStream(part.toFile())) {
        OutputStream buffered = new BufferedOutputStream(out, 1 << 16);
        write(buffered, content);
        buffered.flush();
        out.getFD().sync();
      }
      Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(part);
    }
  }

  /** Leaves the stream open. */
  public static void write(OutputStream out, Content content) throws IOException {
    DigestOutputStream digested = new DigestOutputStream(out, sha256());
    DataOutputStream data = new DataOutputStream(digested);
    data.write(MAGIC);
    data.writeInt(StateCodec.FORMAT);
    data.writeLong(content.index);
    data.writeLong(content.timeMs);
    data.writeLong(content.epoch);
    data.flush();
    GZIPOutputStream zip =
        new GZIPOutputStream(digested, 1 << 16) {
          {
            def.setLevel(Deflater.BEST_SPEED);
          }
        };
    StateCodec.encode(content.state, zip);
    zip.finish();
    digested.on(false);
    out.write(digested.getMessageDigest().digest());
    out.flush();
  }

  /**
   * Reads a file.
   *
   * @throws IOException saying what is wrong with it
   */
  public static Content read(Path file) throws IOException {
    return read(file.toString(), Files.readAllBytes(file));
  }

  /**
   * Reads what a file holds.
   *
   * @param name for messages
   */
  public static Content read(String name, byte[] all) throws IOException {
    int body = all.length - DIGEST_BYTES;
    if (body < MAGIC.length + 4 + 3 * 8
        || !Arrays.equals(MAGIC, Arrays.copyOf(all, MAGIC.length))) {
      throw new IOException(name + " is no snapshot of Myelin, or was cut off");
    }
    MessageDigest digest = sha256();
    digest.update(all, 0, body);
    if (!Arrays.equals(digest.digest(), Arrays.copyOfRange(all, body, all.length))) {
      throw new IOException(name + " is damaged: its content does not match its SHA-256");
    }
    DataInputStream data = new DataInputStream(new ByteArrayInputStream(all, 0, body));
    data.skipNBytes(MAGIC.length);
    int format = data.readInt();
    long index = data.readLong();
    long timeMs = data.readLong();
    long epoch = data.readLong();
    FabricState state = StateCodec.decodeState(format, new GZIPInputStream(data, 1 << 16));
    return new Content(state, index, timeMs, epoch);
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
