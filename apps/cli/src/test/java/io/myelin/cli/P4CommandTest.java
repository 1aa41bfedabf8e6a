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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code myelin p4 check} with myelin.p4, whole and damaged. */
class P4CommandTest {
  private final Path dir;
  private String out = "";
  private String err = "";

  P4CommandTest(@TempDir Path dir) {
    this.dir = dir;
  }

  private Path file(String name, String content) throws IOException {
    return Files.writeString(dir.resolve(name), content);
  }

  private static String resource(String name) throws IOException {
    try (InputStream in = P4CommandTest.class.getResourceAsStream("/p4/" + name)) {
      if (in == null) {
        throw new AssertionError("no " + name);
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private int run(Object... args) {
    PrintStream stdout = System.out;
    PrintStream stderr = System.err;
    ByteArrayOutputStream o = new ByteArrayOutputStream();
    ByteArrayOutputStream e = new ByteArrayOutputStream();
    String[] line = new String[args.length + 2];
    line[0] = "p4";
    line[1] = "check";
    for (int i = 0; i < args.length; i++) {
      line[i + 2] = args[i].toString();
    }
    try {
      System.setOut(new PrintStream(o, true, StandardCharsets.UTF_8));
      System.setErr(new PrintStream(e, true, StandardCharsets.UTF_8));
      return Main.run(line);
    } finally {
      System.setOut(stdout);
      System.setErr(stderr);
      out = o.toString(StandardCharsets.UTF_8);
      err = e.toString(StandardCharsets.UTF_8);
    }
  }

  @Test
  void aProgramThatLoadsIsShownWithItsTablesHeadersAndArrays() throws IOException {
    Path program = file("good.json", resource("myelin.json"));
    assertEquals(0, run(program, file("info.txt", resource("myelin.p4info.txt"))), err);
    assertTrue(out.startsWith("good.json loads\n"), out);
    // Wider than 80 columns: a block for each table.
    String steering = out.substring(out.indexOf("TABLE    MyelinIngress.path_steering\n"));
    assertTrue(
        steering.matches("(?s)TABLE +\\S+\nSIZE +\\d+\nKEY +tenant ternary/16, .*"), steering);
    assertTrue(out.lines().allMatch(l -> l.length() <= 80), out);
    assertTrue(out.lines().anyMatch(l -> l.matches("\\S*ethernet +\\S+ +112")), out);
    assertTrue(
        out.lines().anyMatch(l -> l.matches("MyelinIngress.drop_counter +counter +\\d+ +-")), out);
  }

  @Test
  void allProblemsAreListedWithTheirPlacesAndTheExitCodeSaysSo() throws IOException {
    String damaged =
        resource("myelin.json")
            .replaceFirst("\"op\" : \"count\"", "\"op\" : \"discount\"")
            .replaceFirst("\"match_type\" : \"lpm\"", "\"match_type\" : \"vague\"");
    Path bad = file("bad.json", damaged);
    assertEquals(1, run(bad));
    assertTrue(out.startsWith("bad.json does not load\n"), out);
    assertTrue(out.contains("action ") && out.contains("unsupported primitive discount"), out);
    assertTrue(out.contains("table ") && out.contains("vague"), out);
    assertEquals(1, run(bad, "-o", "json"));
    JsonNode doc = new ObjectMapper().readTree(out);
    assertEquals(false, doc.get("loads").booleanValue());
    assertEquals(2, doc.get("problems").size());
  }

  @Test
  void jsonHasTheSameFieldsWhetherItLoadsOrNot() throws IOException {
    assertEquals(0, run(file("good.json", resource("myelin.json")), "-o", "json"));
    JsonNode good = new ObjectMapper().readTree(out);
    assertEquals(1, run(file("bad.json", "{"), "-o", "json"));
    JsonNode bad = new ObjectMapper().readTree(out);
    good.fieldNames().forEachRemaining(f -> assertTrue(bad.has(f), f));
    JsonNode table = good.get("tables").get(0);
    for (String field : new String[] {"name", "size", "entries", "key", "actions"}) {
      assertTrue(table.has(field), field);
    }
  }

  @Test
  void otherArchitecturesAreToldInOneLine() throws IOException {
    String v1 = resource("myelin.json");
    Path psa =
        file("psa.json", v1.replaceFirst("\"name\" : \"parser\"", "\"name\" : \"ingress_parser\""));
    assertEquals(1, run(psa));
    assertEquals(
        "psa.json does not load: the program is for PSA (it has an ingress_parser); only v1model"
            + " is supported\n",
        out);
    Path old =
        file("p414.json", v1.replaceFirst("\"op\" : \"assign\"", "\"op\" : \"modify_field\""));
    assertEquals(1, run(old));
    assertTrue(out.startsWith("p414.json does not load: the program is P4-14"), out);
    assertEquals(1, out.lines().count(), out);
  }

  @Test
  void aP4InfoThatDoesNotFitOrIsNoneIsAProblem() throws IOException {
    Path program = file("good.json", resource("myelin.json"));
    Path other =
        file("info.txt", resource("myelin.p4info.txt").replace("drop_counter", "dorp_counter"));
    assertEquals(1, run(program, other));
    assertTrue(out.contains("the P4Info has counter 'MyelinIngress.dorp_counter'"), out);
    assertEquals(1, run(program, file("info.txt", "tables {\n  no_such_field: 1\n}\n")));
    assertTrue(out.contains("see line 2, column"), out);
    assertEquals(2, run(dir.resolve("absent.json")));
    assertTrue(err.contains("there is no file"), err);
  }
}
