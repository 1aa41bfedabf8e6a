package io.myelin.softswitch.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class InvalidProgramTest {
  private static void rejects(String program, String from, String to, String... mentions) {
    String json = new String(TestSwitch.json(program), StandardCharsets.UTF_8);
    assertTrue(json.contains(from), from);
    byte[] changed = json.replace(from, to).getBytes(StandardCharsets.UTF_8);
    String message =
        assertThrows(InvalidProgramException.class, () -> P4Program.parse(changed)).toString();
    for (String m : mentions) {
      assertTrue(message.contains(m), message);
    }
  }

  @Test
  void whatIsOutsideTheSubsetIsNamed() {
    rejects("externs", "\"register_read\"", "\"register_swap\"", "register_swap", "register_read");
    rejects("externs", "\"crc16\"", "\"md5\"", "md5", "crc32");
    rejects("arith", "\"two_comp_mod\"", "\"rotate\"", "rotate", "two_comp_mod");
    rejects("tables", "\"lpm\"", "\"fuzzy\"", "fuzzy", "ternary");
    rejects("parser", "\"verify\"", "\"rewind\"", "rewind", "verify");
    rejects("parser", "\"stack_field\"", "\"heap_field\"", "heap_field", "stack_field");
    rejects("replicate", "\"egress_spec\"", "\"egress_spce\"", "egress_spec");
  }

  @Test
  void malformedInputIsRefused() {
    assertThrows(InvalidProgramException.class, () -> P4Program.parse(new byte[] {'{'}));
    assertThrows(InvalidProgramException.class, () -> P4Program.parse(new byte[0]));
    assertThrows(
        InvalidProgramException.class,
        () -> P4Program.parse("{}".getBytes(StandardCharsets.UTF_8)));
    rejects("tables", "\"next_tables\"", "\"next_table\"", "next_tables");
  }

  @Test
  void controlFlowThatNeverEndsIsRefused() throws IOException {
    ObjectMapper json = new ObjectMapper();
    JsonNode root = json.readTree(TestSwitch.json("tables"));
    ObjectNode table = (ObjectNode) root.get("pipelines").get(0).get("tables").get(0);
    String name = table.get("name").textValue();
    ((ObjectNode) table.get("next_tables"))
        .fieldNames()
        .forEachRemaining(next -> ((ObjectNode) table.get("next_tables")).put(next, name));
    byte[] endless = json.writeValueAsBytes(root);
    String message =
        assertThrows(InvalidProgramException.class, () -> P4Program.parse(endless)).toString();
    assertTrue(message.contains("ingress: the control flow leads from " + name), message);
  }

  @Test
  void programListsItsParts() {
    P4Program p = P4Program.parse(MyelinSwitch.json());
    assertTrue(p.tables().contains("MyelinIngress.path_steering"));
    assertTrue(p.actions().contains("MyelinIngress.push_6"));
    assertEquals(
        java.util.Set.of("MyelinIngress.wcmp_selector", "MyelinIngress.port_status_selector"),
        p.actionProfiles());
    assertTrue(p.indexedExterns().contains("MyelinIngress.drop_counter"));
  }
}
