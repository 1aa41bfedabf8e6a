package io.myelin.softswitch.peer;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PcapFilesTest {
  @Test
  void writesLibpcapsFormat() {
    assertEquals(
        "d4c3b2a1" + "02000400" + "0000000000000000" + "ffff0000" + "01000000",
        HexFormat.of().formatHex(PcapFiles.header()));
    assertEquals(
        "0000000000000000" + "02000000" + "02000000" + "abcd",
        HexFormat.of().formatHex(PcapFiles.records(new byte[][] {{(byte) 0xab, (byte) 0xcd}})));
  }

  @Test
  void readsTimesAndSkipsWhatIsNotFinished(@TempDir Path dir) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(PcapFiles.header());
    for (int i = 1; i <= 3; i++) {
      out.writeBytes(
          ByteBuffer.allocate(16 + i)
              .order(ByteOrder.LITTLE_ENDIAN)
              .putInt(i)
              .putInt(100 * i)
              .putInt(i)
              .putInt(i)
              .array());
    }
    byte[] all = out.toByteArray();
    Path file = dir.resolve("f.pcap");
    Files.write(file, all);
    assertEquals(List.of(1_000_100L, 2_000_200L, 3_000_300L), PcapFiles.times(file));
    Files.write(file, Arrays.copyOf(all, all.length - 1));
    assertEquals(List.of(1_000_100L, 2_000_200L), PcapFiles.times(file));
    Files.write(file, PcapFiles.header());
    assertEquals(List.of(), PcapFiles.times(file));
  }
}
