package io.myelin.lab.net;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Writes a classic pcap file with nanosecond time stamps (magic 0xa1b23c4d, LINKTYPE_ETHERNET), as
 * Wireshark reads it. A {@link Link.Tap} for both directions.
 */
public final class PcapWriter implements Link.Tap, AutoCloseable {
  private static final int SNAP_LENGTH = 65_535;
  private static final long SECOND_NS = 1_000_000_000;

  private final OutputStream out;
  private final ByteBuffer header = ByteBuffer.allocate(24).order(ByteOrder.LITTLE_ENDIAN);
  private boolean closed;

  /** Creates or truncates the file. */
  public PcapWriter(Path file) throws IOException {
    out = new BufferedOutputStream(Files.newOutputStream(file), 1 << 16);
    header.putInt(0xa1b23c4d).putShort((short) 2).putShort((short) 4);
    header.putInt(0).putInt(0).putInt(SNAP_LENGTH).putInt(1);
    out.write(header.array());
  }

  @Override
  public synchronized void frame(boolean fromA, long timeNs, byte[] frame) {
    if (closed) {
      return;
    }
    header.clear();
    header.putInt((int) (timeNs / SECOND_NS)).putInt((int) (timeNs % SECOND_NS));
    header.putInt(frame.length).putInt(frame.length);
    try {
      out.write(header.array(), 0, 16);
      out.write(frame);
    } catch (IOException e) {
      throw new UncheckedIOException("the capture cannot be written", e);
    }
  }

  @Override
  public synchronized void close() throws IOException {
    if (!closed) {
      closed = true;
      out.close();
    }
  }
}
