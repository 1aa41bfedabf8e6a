package io.myelin.lab.roce;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.myelin.lab.net.PcapWriter;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Wireshark reads our captures as what they are. */
class DissectionTest {

  @BeforeAll
  static void needsTshark() {
    boolean found = false;
    String path = System.getenv("PATH");
    for (String directory : (path == null ? "" : path).split(File.pathSeparator, -1)) {
      found |= Files.isExecutable(Path.of(directory, "tshark"));
    }
    assumeTrue(found, "tshark is not on the PATH: captures are not dissected");
  }

  /** One list of tab-separated fields a packet. */
  private static List<String[]> dissect(Path directory, Path capture, String... fields)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("tshark", "-n", "-r", capture.toString()));
    command.addAll(List.of("-o", "ip.check_checksum:TRUE", "-T", "fields"));
    for (String field : fields) {
      command.addAll(List.of("-e", field));
    }
    Path errors = directory.resolve("errors");
    Process process = new ProcessBuilder(command).redirectError(errors.toFile()).start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), () -> command + ": " + read(errors));
    return out.lines().map(line -> line.split("\t", -1)).toList();
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      return e.toString();
    }
  }

  private static TwoHosts capture(TwoHosts t, Path file) throws IOException {
    try (PcapWriter writer = new PcapWriter(file)) {
      t.link.tap(writer);
      t.link.attachB(f -> t.b.deliver(Frames.isData(f) ? Frames.marked(f) : f));
      t.recording();
      QueuePair qp = t.connect(5);
      t.write(qp, 1);
      t.write(qp, 20_003);
      t.scheduler.runUntilIdle();
      t.link.lose(0.2, 1);
      t.write(qp, 100_000);
      t.run(TwoHosts.SECOND_NS);
      assertEquals(3, t.completions.size());
      assertTrue(t.a.stats().naksReceived() > 0, "seed 1");
    }
    return t;
  }

  @Test
  void rocePacketsAreInfiniband(@TempDir Path directory) throws Exception {
    for (TwoHosts hosts : List.of(TwoHosts.ipv4(), TwoHosts.ipv6())) {
      Path file = directory.resolve("x.pcap");
      TwoHosts t = capture(hosts, file);
      List<String[]> packets =
          dissect(
              directory,
              file,
              "frame.protocols",
              "_ws.malformed",
              "infiniband.bth.opcode",
              "infiniband.invariant.crc",
              "infiniband.bth.destqp",
              "ip.checksum.status",
              "infiniband.aeth.syndrome.opcode",
              "icmpv6.checksum.status");
      List<byte[]> frames = Frames.all(t);
      assertEquals(frames.size(), packets.size());
      assertEquals(
          frames.stream().filter(Frames::isRoce).count(),
          packets.stream().filter(p -> p[0].contains(":infiniband")).count());
      List<String> opcodes = new ArrayList<>();
      boolean naks = false;
      for (String[] p : packets) {
        assertEquals("", p[1], "malformed: " + String.join(" ", p));
        assertTrue(p[5].isEmpty() || p[5].equals("1"), "IPv4 checksum: " + String.join(" ", p));
        assertTrue(p[7].isEmpty() || p[7].equals("1"), "ICMPv6 checksum: " + String.join(" ", p));
        opcodes.add(p[2]);
        naks |= p[6].equals("3");
      }
      assertTrue(opcodes.containsAll(List.of("6", "7", "8", "10", "17", "129")), "" + opcodes);
      assertTrue(naks);
    }
  }

  @Test
  void readsOurHeadersAndIcrcWhereWePutThem(@TempDir Path directory) throws Exception {
    Path file = directory.resolve("x.pcap");
    TwoHosts t = TwoHosts.ipv4().recording();
    try (PcapWriter writer = new PcapWriter(file)) {
      t.link.tap(writer);
      t.write(t.connect(5), 5_003);
      t.scheduler.runUntilIdle();
    }
    List<byte[]> data = t.fromA.stream().filter(Frames::isData).toList();
    List<String[]> packets =
        dissect(
                directory,
                file,
                "infiniband.bth.opcode",
                "infiniband.bth.psn",
                "infiniband.bth.padcnt",
                "infiniband.reth.dmalen",
                "infiniband.invariant.crc",
                "ip.dsfield.dscp")
            .stream()
            .filter(p -> p[0].equals("6") || p[0].equals("8"))
            .toList();
    assertEquals(2, packets.size());
    for (int i = 0; i < 2; i++) {
      byte[] frame = data.get(i);
      String[] p = packets.get(i);
      assertEquals(i, Integer.decode(p[1]));
      assertEquals(i, Integer.decode(p[2]), "907 bytes need one of padding");
      assertEquals(Wire.get32(frame, frame.length - 4), (int) (long) Long.decode(p[4]));
      assertEquals("26", p[5]);
    }
    assertEquals("5003", packets.get(0)[3]);
  }

  @Test
  void labelsBeforeIpAreReadAsMpls(@TempDir Path directory) throws Exception {
    Path file = directory.resolve("mpls.pcap");
    TwoHosts t = TwoHosts.ipv4().recording();
    t.write(t.connect(5), 20_000);
    t.scheduler.runUntilIdle();
    int labelled = 0;
    try (PcapWriter writer = new PcapWriter(file)) {
      for (byte[] frame : t.fromA) {
        if (Frames.isData(frame)) {
          writer.write(labelled++, labelled(frame));
        }
      }
    }
    assertEquals(5, labelled);
    List<String[]> packets =
        dissect(directory, file, "frame.protocols", "_ws.malformed", "mpls.label");
    assertEquals(labelled, packets.size());
    for (String[] p : packets) {
      assertEquals("", p[1], "malformed: " + String.join(" ", p));
      assertTrue(p[0].startsWith("eth:ethertype:mpls:ip:udp:infiniband"), p[0]);
      assertEquals("16001,16002", p[2]);
    }
  }

  /** With two labels, as a switch would send it on. */
  private static byte[] labelled(byte[] frame) {
    byte[] b = new byte[frame.length + 8];
    System.arraycopy(frame, 0, b, 0, 12);
    Wire.put16(b, 12, 0x8847);
    Wire.put32(b, 14, 16001 << 12 | 64);
    Wire.put32(b, 18, 16002 << 12 | 1 << 8 | 64);
    System.arraycopy(frame, 14, b, 22, frame.length - 14);
    return b;
  }
}
