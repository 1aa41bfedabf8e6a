package io.myelin.lab.net;

import java.io.BufferedOutputStream;
import java.io.Closeable;
import java.io.Flushable;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Writes a classic pcap file with nanosecond time stamps (magic 0xa1b23c4d, LINKTYPE_ETHERNET), as
 * Wireshark reads it. As a tap it captures both directions.
 *
 * <p>May be closed from any thread, while the fabric runs: frames after that are ignored.
 */
public final class PcapWriter implements FrameTap, Closeable, Flushable {
  private static final int MAGIC_NANOSECONDS = 0xa1b23c4d;
  private static final int LINKTYPE_ETHERNET = 1;
  private static final int FILE_HEADER_BYTES = 24;
  private static final int RECORD_HEADER_BYTES = 16;
  private static final int BUFFER_BYTES = 1 << 16;
  private static final long SECOND_NS = 1_000_000_000;

  /** Longer frames are cut in the file, as the header of each record then says. */
  private static final int SNAP_BYTES = 65_535;

  private final OutputStream out;
  private final ByteBuffer header =
      ByteBuffer.allocate(FILE_HEADER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
  private boolean closed;

  /** Creates or truncates the file. */
  public PcapWriter(Path file) throws IOException {
    this(Files.newOutputStream(file));
  }

  /** Writes to a stream, which {@link #close} closes. */
  public PcapWriter(OutputStream stream) throws IOException {
    out = new BufferedOutputStream(stream, BUFFER_BYTES);
    header.putInt(MAGIC_NANOSECONDS).putShort((short) 2).putShort((short) 4); // version 2.4
    header.putInt(0).putInt(0).putInt(SNAP_BYTES).putInt(LINKTYPE_ETHERNET);
    out.write(header.array());
  }

  @Override
  public void frame(EmulatedLink.Direction direction, long timestampNs, byte[] frame) {
    write(timestampNs, frame);
  }

  /**
   * Adds a frame to the file.
   *
   * @param timestampNs since the epoch of the capture
   * @throws UncheckedIOException when the file cannot be written
   */
  public synchronized void write(long timestampNs, byte[] frame) {
    if (closed) {
      return;
    }
    int captured = Math.min(frame.length, SNAP_BYTES);
    header.clear();
    header.putInt((int) (timestampNs / SECOND_NS)).putInt((int) (timestampNs % SECOND_NS));
    header.putInt(captured).putInt(frame.length);
    try {
      out.write(header.array(), 0, RECORD_HEADER_BYTES);
      out.write(frame, 0, captured);
    } catch (IOException e) {
      throw new UncheckedIOException("the capture cannot be written", e);
    }
  }

  /** Makes what was captured so far readable; does nothing once closed. */
  @Override
  public synchronized void flush() throws IOException {
    if (!closed) {
      out.flush();
    }
  }

  /** Ends the file. The second and later calls do nothing. */
  @Override
  public synchronized void close() throws IOException {
    if (!closed) {
      closed = true;
      out.close();
    }
  }
}
