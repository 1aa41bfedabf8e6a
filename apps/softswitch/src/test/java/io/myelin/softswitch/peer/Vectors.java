package io.myelin.softswitch.peer;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;

/**
 * What BMv2 did in a {@link Run}, small enough to keep: a hash of 24 bits for every packet, the
 * first packets' outputs whole, all counters, and digests of packet-ins and of what packet-outs
 * became.
 *
 * @param program hash of the program that ran
 * @param hashes 3 bytes a packet
 * @param first outputs of the first packets
 */
record Vectors(
    Run run,
    String program,
    byte[] hashes,
    List<String> first,
    Map<String, String> counters,
    String packetIns,
    String fromController) {
  private static final int WHOLE = 300;
  private static final int HASH_BYTES = 3;

  static Vectors of(Run run, Trace trace) throws IOException {
    byte[] hashes = new byte[HASH_BYTES * run.packets()];
    List<String> first = new ArrayList<>();
    for (int id = 1; id <= run.packets(); id++) {
      String out = trace.of(id);
      System.arraycopy(sha256(out), 0, hashes, HASH_BYTES * (id - 1), HASH_BYTES);
      if (id <= WHOLE) {
        first.add(out);
      }
    }
    return new Vectors(
        run,
        programNow(),
        hashes,
        first,
        trace.counters,
        hex(trace.sortedPacketIns().toString()),
        hex(trace.fromController.toString()));
  }

  /** Hash of the program as it is built now. */
  static String programNow() throws IOException {
    return hex(Files.readString(Run.build("myelin.json")));
  }

  private static String hex(String text) {
    return HexFormat.of().formatHex(sha256(text));
  }

  private static byte[] sha256(String text) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JDK has SHA-256", e);
    }
  }

  /** What differs from the softswitch's trace, in words. */
  List<String> differences(Vectors ours) {
    List<String> all = new ArrayList<>();
    for (int i = 0; i < first.size(); i++) {
      if (!first.get(i).equals(ours.first.get(i))) {
        all.add(
            "packet "
                + (i + 1)
                + "\n  softswitch "
                + ours.first.get(i)
                + "\n  BMv2 "
                + first.get(i));
      }
    }
    for (int i = 0; i < hashes.length; i++) {
      if (hashes[i] != ours.hashes[i]) {
        all.add("packet " + (i / HASH_BYTES + 1) + " has other outputs");
        i += HASH_BYTES - 1 - i % HASH_BYTES;
      }
    }
    Map<String, String> names = new TreeMap<>(counters);
    names.putAll(ours.counters);
    for (String name : names.keySet()) {
      String a = ours.counters.getOrDefault(name, "0");
      String b = counters.getOrDefault(name, "0");
      if (!a.equals(b)) {
        all.add(name + ": softswitch " + a + ", BMv2 " + b);
      }
    }
    if (!packetIns.equals(ours.packetIns)) {
      all.add("other packet-ins");
    }
    if (!fromController.equals(ours.fromController)) {
      all.add("packet-outs became something else");
    }
    return all;
  }

  void write(Path file) throws IOException {
    Files.createDirectories(file.getParent());
    try (Writer w =
        new OutputStreamWriter(
            new GZIPOutputStream(Files.newOutputStream(file)), StandardCharsets.UTF_8)) {
      w.write(run.seed() + " " + run.packets() + " " + run.batch() + "\n" + program + "\n");
      w.write(Base64.getEncoder().encodeToString(hashes) + "\n");
      w.write(packetIns + "\n" + fromController + "\n" + first.size() + "\n");
      for (String f : first) {
        w.write(f + "\n");
      }
      for (Map.Entry<String, String> c : counters.entrySet()) {
        w.write(c.getKey() + "\t" + c.getValue() + "\n");
      }
    }
  }

  static Vectors read(InputStream in) throws IOException {
    try (BufferedReader r =
        new BufferedReader(
            new InputStreamReader(new GZIPInputStream(in), StandardCharsets.UTF_8))) {
      String[] run = line(r).split(" ");
      String program = line(r);
      byte[] hashes = Base64.getDecoder().decode(line(r));
      String packetIns = line(r);
      String fromController = line(r);
      int count = Integer.parseInt(line(r));
      List<String> first = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        first.add(line(r));
      }
      Map<String, String> counters = new TreeMap<>();
      for (String line = r.readLine(); line != null; line = r.readLine()) {
        int tab = line.indexOf('\t');
        counters.put(line.substring(0, tab), line.substring(tab + 1));
      }
      return new Vectors(
          new Run(Long.parseLong(run[0]), Integer.parseInt(run[1]), Integer.parseInt(run[2])),
          program,
          hashes,
          first,
          counters,
          packetIns,
          fromController);
    }
  }

  private static String line(BufferedReader r) throws IOException {
    String line = r.readLine();
    if (line == null) {
      throw new IOException("the vectors are cut off");
    }
    return line;
  }
}
