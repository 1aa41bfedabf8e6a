package io.myelin.softswitch.differential;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;

/**
 * What BMv2 did: recorded once, replayed without it. The inputs come from the seed again; {@code
 * inputs} is their digest.
 *
 * @param programHash of the program that was running
 * @param seed of entries and packets
 * @param inputs SHA-256 of all entries and packets, in hexadecimal
 * @param texts what the first batches brought about, in full
 * @param digests of what the batches after them brought about: 64 bits of a SHA-256
 * @param counters the text of all counters at the end
 */
record Vectors(
    String programHash,
    long seed,
    String inputs,
    List<String> texts,
    List<Long> digests,
    String counters) {
  private static final int FORMAT = 1;

  static long digest(String text) {
    byte[] hash = Program.sha256().digest(text.getBytes(StandardCharsets.UTF_8));
    return java.nio.ByteBuffer.wrap(hash).getLong();
  }

  byte[] encode() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(new GZIPOutputStream(bytes))) {
      out.writeInt(FORMAT);
      out.writeUTF(programHash);
      out.writeLong(seed);
      out.writeUTF(inputs);
      out.writeInt(texts.size());
      for (String t : texts) {
        text(out, t);
      }
      out.writeInt(digests.size());
      for (long d : digests) {
        out.writeLong(d);
      }
      text(out, counters);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  static Vectors decode(byte[] bytes) {
    try (DataInputStream in =
        new DataInputStream(new GZIPInputStream(new ByteArrayInputStream(bytes)))) {
      if (in.readInt() != FORMAT) {
        throw new IOException("not vectors of format " + FORMAT);
      }
      String program = in.readUTF();
      long seed = in.readLong();
      String inputs = in.readUTF();
      List<String> texts = new ArrayList<>();
      for (int n = in.readInt(); n > 0; n--) {
        texts.add(text(in));
      }
      List<Long> digests = new ArrayList<>();
      for (int n = in.readInt(); n > 0; n--) {
        digests.add(in.readLong());
      }
      return new Vectors(program, seed, inputs, texts, digests, text(in));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void text(DataOutputStream out, String text) throws IOException {
    byte[] b = text.getBytes(StandardCharsets.UTF_8);
    out.writeInt(b.length);
    out.write(b);
  }

  private static String text(DataInputStream in) throws IOException {
    return new String(in.readNBytes(in.readInt()), StandardCharsets.UTF_8);
  }
}
