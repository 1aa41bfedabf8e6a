package io.myelin.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code myelin stf} with myelin.p4: a frame for the controller is punted, others are dropped. */
class StfCommandTest {
  private static final String LLDP = "0180c200000e 020000000001 88cc 0207";

  private final Path dir;
  private String out = "";

  StfCommandTest(@TempDir Path dir) {
    this.dir = dir;
  }

  @BeforeEach
  void programs() throws IOException {
    try (InputStream in = StfCommandTest.class.getResourceAsStream("/p4/myelin.json")) {
      if (in == null) {
        throw new AssertionError("no program");
      }
      byte[] json = in.readAllBytes();
      Files.write(dir.resolve("good.json"), json);
      Files.write(dir.resolve("bad.json"), json);
      Files.write(dir.resolve("odd.json"), json);
    }
    Files.writeString(
        dir.resolve("good.stf"),
        "add punt 1 ether_type:0x88cc to_cpu(reason:5)\n"
            + "packet 2 "
            + LLDP
            + "\n"
            + "expect 255 0105 ************ "
            + LLDP
            + "$\n"
            + "check_counter drop_counter(11) packets == 0\n");
  }

  private int run(String... args) {
    PrintStream stdout = System.out;
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try {
      System.setOut(new PrintStream(bytes, true, StandardCharsets.UTF_8));
      return Main.run(args);
    } finally {
      System.setOut(stdout);
      out = bytes.toString(StandardCharsets.UTF_8);
    }
  }

  private String path(String file) {
    return dir.resolve(file).toString();
  }

  @Test
  void aTestPasses() {
    assertEquals(0, run("stf", path("good.json"), path("good.stf")), () -> out);
    assertTrue(out.contains("1 tests: 1 passed, 0 failed, 0 unsupported; 100.0% passed"), out);
  }

  @Test
  void aSummaryFailsWithItsWorstTestAndSaysWhy() throws IOException {
    Files.writeString(dir.resolve("bad.stf"), "packet 2 " + LLDP + "\nexpect 3\n");
    Files.writeString(dir.resolve("odd.stf"), "teleport 3\n");
    assertEquals(1, run("stf", "--summary", dir.toString(), "--json"));
    JsonNode doc = new ObjectMapper().readTree(out);
    assertEquals(1, doc.get("passed").asInt());
    assertEquals(1, doc.get("failed").asInt());
    assertEquals(1, doc.get("unsupported").asInt());
    assertEquals("bad", doc.get("tests").get(0).get("name").asText());
    String reason = doc.get("tests").get(0).get("reason").asText();
    assertTrue(reason.contains("bad.stf:2: nothing left by port 3"), reason);
  }

  @Test
  void unsupportedAloneIsNoFailure() throws IOException {
    Files.writeString(dir.resolve("odd.stf"), "teleport 3\n");
    assertEquals(0, run("stf", "--summary", dir.toString()));
    assertTrue(out.replaceAll("\\s+", " ").contains("unknown statement teleport"), out);
  }

  @Test
  void wrongUseIsExitCode2() {
    assertEquals(2, run("stf"));
    assertEquals(2, run("stf", path("good.json")));
    assertEquals(1, run("stf", path("missing.json"), path("good.stf")));
  }
}
