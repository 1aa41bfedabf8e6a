package io.myelin.softswitch.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

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
