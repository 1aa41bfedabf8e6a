package io.myelin.lab.net;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PcapWriterTest {
  @Test
  void writesNanosecondPcapOfEthernet(@TempDir Path directory) throws IOException {
    Path file = directory.resolve("x.pcap");
    PcapWriter writer = new PcapWriter(file);
    writer.frame(EmulatedLink.Direction.A_TO_B, 3_000_000_007L, new byte[] {1, 2, 3});
    writer.flush();
    assertEquals(24 + 16 + 3, Files.size(file), "readable while open");
    writer.close();
    writer.close();
    writer.frame(EmulatedLink.Direction.B_TO_A, 4, new byte[60]);
    writer.flush();
    ByteBuffer b = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    assertEquals(43, b.remaining(), "nothing is written once closed");
    assertEquals(0xa1b23c4d, b.getInt());
    assertEquals(2, b.getShort());
    assertEquals(4, b.getShort());
    assertEquals(1, b.getInt(20), "LINKTYPE_ETHERNET");
    assertEquals(3, b.getInt(24), "seconds");
    assertEquals(7, b.getInt(28), "nanoseconds");
    assertEquals(3, b.getInt(32));
    assertEquals(3, b.getInt(36));
    assertEquals(2, b.get(41));
  }
}
