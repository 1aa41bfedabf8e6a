package io.myelin.node.store;

import io.myelin.core.state.Command;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;
import org.jspecify.annotations.Nullable;

/**
 * An entry of the replicated log: format (1 byte), kind (1 byte), payload. A leadership opens with
 * a record of its own, which says the cluster's epoch if it has none yet; all others are commands,
 * the large ones deflated.
 *
 * @param command null: opens a leadership
 * @param epoch that an opening proposes, unsigned
 * @param raises whether an opening replaces a lower epoch
 */
public record LogRecord(@Nullable Command command, long epoch, boolean raises) {
  private static final byte OPENING = 0;
  private static final byte COMMAND = 1;
  private static final byte DEFLATED = 2;
  private static final byte RAISING = 3;
  private static final int LARGE_BYTES = 1 << 16;
  private static final int MAX_BYTES = 1 << 30;

  /** A command, or an opening that proposes an epoch where there is none. */
  public LogRecord(@Nullable Command command, long epoch) {
    this(command, epoch, false);
  }

  /** Opens a leadership under an epoch that is at least this. */
  static LogRecord raising(long epoch) {
    return new LogRecord(null, epoch, true);
  }

  /** The epoch after this opening. */
  long epochAfter(long before) {
    boolean higher = raises && Long.compareUnsigned(epoch, before) > 0;
    return before == 0 || higher ? epoch : before;
  }

  /** As bytes. */
  public byte[] encode() {
    if (command == null) {
      return ByteBuffer.allocate(10)
          .put((byte) StateCodec.FORMAT)
          .put(raises ? RAISING : OPENING)
          .putLong(epoch)
          .array();
    }
    byte[] plain = StateCodec.encode(command);
    boolean large = plain.length > LARGE_BYTES;
    byte[] payload = large ? deflate(plain) : plain;
    return ByteBuffer.allocate(2 + payload.length)
        .put((byte) StateCodec.FORMAT)
        .put(large ? DEFLATED : COMMAND)
        .put(payload)
        .array();
  }

  /**
   * From bytes.
   *
   * @throws IOException naming what cannot be read
   */
  public static LogRecord decode(byte[] bytes) throws IOException {
    if (bytes.length < 2) {
      throw new IOException("a log entry of " + bytes.length + " bytes");
    }
    int format = bytes[0];
    byte[] payload = Arrays.copyOfRange(bytes, 2, bytes.length);
    return switch (bytes[1]) {
      case OPENING -> new LogRecord(null, ByteBuffer.wrap(payload).getLong());
      case RAISING -> raising(ByteBuffer.wrap(payload).getLong());
      case COMMAND -> new LogRecord(StateCodec.decodeCommand(format, payload), 0);
      case DEFLATED -> new LogRecord(StateCodec.decodeCommand(format, inflate(payload)), 0);
      default ->
          throw new IOException(
              "a log entry of kind " + bytes[1] + " is not known to this version; upgrade it");
    };
  }

  private static byte[] deflate(byte[] plain) {
    Deflater deflater = new Deflater(Deflater.BEST_SPEED);
    try {
      deflater.setInput(plain);
      deflater.finish();
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      byte[] block = new byte[1 << 14];
      while (!deflater.finished()) {
        out.write(block, 0, deflater.deflate(block));
      }
      return out.toByteArray();
    } finally {
      deflater.end();
    }
  }

  private static byte[] inflate(byte[] deflated) throws IOException {
    Inflater inflater = new Inflater();
    try {
      inflater.setInput(deflated);
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      byte[] block = new byte[1 << 14];
      while (!inflater.finished()) {
        int n = inflater.inflate(block);
        if (n == 0 && (inflater.needsInput() || inflater.needsDictionary())) {
          throw new IOException("a log entry that was cut off");
        }
        out.write(block, 0, n);
        if (out.size() > MAX_BYTES) {
          throw new IOException("a log entry of more than " + MAX_BYTES + " bytes");
        }
      }
      return out.toByteArray();
    } catch (DataFormatException e) {
      throw new IOException("a damaged log entry", e);
    } finally {
      inflater.end();
    }
  }
}
