package io.myelin.softswitch.stf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.myelin.softswitch.stf.StfResult.Outcome;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Our own test programs, driven by tests as p4c writes them. */
class StfRunnerTest {
  private static byte[] json(String program) throws IOException {
    try (InputStream in = StfRunnerTest.class.getResourceAsStream("/p4/" + program + ".json")) {
      if (in == null) {
        throw new AssertionError("no program " + program);
      }
      return in.readAllBytes();
    }
  }

  private static StfResult run(String program, String... lines) throws IOException {
    return StfRunner.run("t", json(program), "t.stf", String.join("\n", lines));
  }

  private static void passes(String program, String... lines) throws IOException {
    StfResult r = run(program, lines);
    assertEquals(Outcome.PASSED, r.outcome(), r.reason());
  }

  private static void fails(String reason, String program, String... lines) throws IOException {
    StfResult r = run(program, lines);
    assertEquals(Outcome.FAILED, r.outcome(), r.reason());
    assertTrue(r.reason().contains(reason), r.reason());
  }

  /** A packet of tables.p4. */
  private static String tables(int table, int a, int b, long c, int result, int after) {
    return String.format("%02x%02x%04x%08x%032x%04x%02x", table, a, b, c, 0, result, after);
  }

  @Test
  void entriesOfEveryMatchKind() throws IOException {
    passes(
        "tables",
        "add I.exact_t a:5 d:0 set(value:0x11)",
        "add lpm_t a:1 c:0x0a01**** I.set(value:2)",
        "add lpm_t a:1 c:0x0a000000/8 I.set(value:1)",
        "add ternary_t 1 a:0x5* I.set(value:1)",
        "add ternary_t 9 a:0x55 I.set(value:9)",
        "add range_t 1 b:7 I.set(value:3)",
        "packet 2 " + tables(1, 5, 0, 0, 0, 0),
        "expect 1 " + tables(0, 5, 0, 0, 0x11, 0) + "$",
        "packet 2 " + tables(2, 1, 0, 0x0a020000L, 0, 0),
        "expect 1 " + tables(0, 1, 0, 0x0a020000L, 1, 1),
        "packet 2 " + tables(2, 1, 0, 0x0a010000L, 0, 0),
        "expect 1 " + tables(0, 1, 0, 0x0a010000L, 2, 1),
        "packet 2 " + tables(3, 0x55, 0, 0, 0, 0),
        "expect 1 " + tables(0, 0x55, 0, 0, 9, 0),
        "packet 2 " + tables(3, 0x51, 0, 0, 0, 0),
        "expect 1 " + tables(0, 0x51, 0, 0, 1, 0),
        "packet 2 " + tables(4, 0, 7, 0, 0, 0),
        "expect 1 " + tables(0, 0, 7, 0, 3, 0));
  }

  @Test
  void defaultsAndRemoval() throws IOException {
    passes(
        "tables",
        "setdefault lpm_t I.set(value:8)",
        "add I.exact_t a:5 d:0 set(value:1) = A",
        "add I.exact_t a:6 d:0 set(value:2)",
        "remove A",
        "packet 2 " + tables(1, 5, 0, 0, 0, 0),
        "expect 1 " + tables(0, 5, 0, 0, 0xffff, 0),
        "packet 2 " + tables(2, 5, 0, 0, 0, 0),
        "expect 1 " + tables(0, 5, 0, 0, 8, 2),
        "remove all",
        "packet 2 " + tables(1, 6, 0, 0, 0, 0),
        "expect 1 " + tables(0, 6, 0, 0, 0xffff, 0));
  }

  /** A packet of externs.p4. */
  private static String externs(int op, int index, long value, long result) {
    return String.format("%02x%08x%016x%016x", op, index, value, result);
  }

  @Test
  void countersRegistersAndMeters() throws IOException {
    passes(
        "externs",
        "add rows index:4 measured() = R",
        "register_write I.cells 3 0x123456789abc",
        "packet 2 " + externs(2, 3, 0, 0),
        "expect 1 " + externs(2, 3, 0, 0x123456789abcL),
        "register_reset cells", // not wide_cells
        "register_read I.cells 3",
        "packet 2 " + externs(2, 3, 0, 0),
        "expect 1 " + externs(2, 3, 0, 0),
        "counter_write hits 1 5 100",
        "packet 2 " + externs(3, 1, 0, 0),
        "expect 1",
        "check_counter hits(1) packets == 6",
        "check_counter I.hits(1) bytes == 121",
        "packet 2 " + externs(6, 4, 0, 0),
        "expect 1",
        "check_counter row_counter($R) packets == 1",
        // One packet per two seconds, and room for one.
        "meter_set_rates I.policer 0 0.0000005:1 0.0000005:1",
        "meter_get_rates I.policer 0",
        "packet 2 " + externs(4, 0, 0, 0),
        "expect 1 " + externs(4, 0, 0, 0),
        "packet 2 " + externs(4, 0, 0, 0),
        "expect 1 " + externs(4, 0, 0, 2));
  }

  @Test
  void multicastAndMirroring() throws IOException {
    passes(
        "replicate",
        "mc_mgrp_create 9",
        "mc_node_create 400 3 4",
        "mc_node_create 401 5",
        "mc_node_associate 9 0",
        "mc_node_associate 9 1",
        "packet 2 050900",
        "expect 3 05 0190",
        "expect 4 0* 0190",
        "expect 5 ** 0191",
        "mirroring_add 7 6",
        "mirroring_get 7",
        "packet 2 010700",
        "expect 6 01 0000 55",
        "expect 1 00",
        "mirroring_add_mc 8 9",
        "packet 2 010800",
        "expect 1 00",
        "expect 3 01 0190",
        "expect 4 01 0190",
        "expect 5 01 0191");
  }

  @Test
  void saysWhatDiffers() throws IOException {
    String in = "packet 2 " + tables(1, 5, 0, 0, 0, 0);
    fails("t.stf:2: port 1 sent", "tables", in, "expect 1 0505");
    fails("t.stf:2: nothing left by port 3", "tables", in, "expect 3", "expect 1");
    fails("port 1 also sent 0005", "tables", in, "expect 1", in);
    fails("expected 0005$", "tables", in, "expect 1 0005$");
    fails("packets left by ports that the test does not name", "tables", in, "no_packet");
    fails("hits(0) is 0, not > 0", "externs", "check_counter hits(0) packets > 0");
  }

  @Test
  void badTestsFailWithTheirLine() throws IOException {
    fails("t.stf:1: unknown table nope; known are", "tables", "add nope a:1 set(value:1)");
    fails("t.stf:1: table t is ambiguous between", "tables", "setdefault t I.set(value:1)");
    fails("has no key field z", "tables", "add exact_t z:1 set(value:1)");
    fails("needs parameter value", "tables", "add exact_t a:1 set()");
    fails("has no parameter v;", "tables", "add exact_t a:1 set(v:1)");
    fails("has 8 bits; 0x100 does not fit", "tables", "add exact_t a:256 set(value:1)");
    fails("no entry was added as X", "tables", "remove X");
    fails("no multicast group 1", "replicate", "mc_node_associate 1 0");
    fails("needs more arguments", "replicate", "mirroring_add 1");
    fails("does not take 3", "replicate", "mirroring_delete 1 3");
  }

  @Test
  void whatIsNotThereIsUnsupported() throws IOException {
    assertEquals(Outcome.UNSUPPORTED, run("tables", "teleport 1").outcome());
    assertEquals(Outcome.UNSUPPORTED, run("tables", "wait").outcome());
    StfResult r = StfRunner.run("t", "{}".getBytes(StandardCharsets.UTF_8), "t.stf", "packet 1 00");
    assertEquals(Outcome.UNSUPPORTED, r.outcome());
    assertTrue(r.reason().startsWith("program: "), r.reason());
  }

  @Test
  void runsTheTestsOfADirectory(@TempDir Path dir) throws IOException {
    Files.write(dir.resolve("b.json"), json("tables"));
    Files.writeString(dir.resolve("b.stf"), "packet 2 00\nexpect 1\n");
    Files.write(dir.resolve("a.json"), json("tables"));
    Files.writeString(dir.resolve("a.stf"), "packet 2 00\nexpect 4\n");
    Files.writeString(dir.resolve("uncompiled.stf"), "packet 2 00\n");
    List<StfResult> results = StfDirectory.runAll(dir);
    assertEquals(List.of("a", "b"), results.stream().map(StfResult::name).toList());
    assertEquals(
        List.of(Outcome.FAILED, Outcome.PASSED), results.stream().map(StfResult::outcome).toList());
    Path empty = Files.createDirectory(dir.resolve("empty"));
    assertThrows(NoSuchFileException.class, () -> StfDirectory.runAll(empty));
  }
}
