package io.myelin.softswitch.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.myelin.softswitch.Cases;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** What p4c wrote in other years, and what BMv2 makes of it. */
class OlderCompilersTest {
  @Test
  void transitionsWithoutTypeAreHexstrAndTheValueDefaultIsTheDefault() {
    TestSwitch s =
        new TestSwitch(P4Program.parse(Cases.p4("01-default-transition-without-type.json")));
    s.receive(3, Frames.hex("05 aa bb"));
    assertEquals("05aabb", Frames.hex(s.only(3)).replace(" ", ""));
  }

  @Test
  void selectsWithoutTypesGoWhereTypedOnesGo() {
    String json = new String(TestSwitch.json("parser"), StandardCharsets.UTF_8);
    String old =
        json.replaceAll(
                "\"type\"\\s*:\\s*\"hexstr\",(\\s*\"value\"\\s*:\\s*\"0x[0-9a-f]+\",\\s*\"mask\")",
                "$1")
            .replaceAll(
                "\"type\"\\s*:\\s*\"default\",\\s*\"value\"\\s*:\\s*null",
                "\"value\" : \"default\"");
    assertTrue(old.length() < json.length() - 200, "nothing was replaced");
    for (int first = 0; first < 256; first++) {
      byte[] frame = new byte[64];
      frame[12] = (byte) first;
      frame[0] = (byte) first;
      TestSwitch now = new TestSwitch(P4Program.parse(json.getBytes(StandardCharsets.UTF_8)));
      TestSwitch then = new TestSwitch(P4Program.parse(old.getBytes(StandardCharsets.UTF_8)));
      now.receive(2, frame);
      then.receive(2, frame);
      assertEquals(now.sentHex(1), then.sentHex(1), "first byte " + first);
    }
  }

  @Test
  void constantsInFieldListsAreTakenAndKeepNothing() {
    String json = new String(TestSwitch.json("replicate"), StandardCharsets.UTF_8);
    String constant = "{\"type\" : \"hexstr\", \"value\" : \"0x07\", \"bitwidth\" : 8}";
    String old =
        json.replaceFirst(
            "(?s)(\"field_lists\"\\s*:\\s*\\[.*?\"elements\"\\s*:\\s*\\[)(\\s*\\{)",
            "$1" + constant + ",$2");
    assertTrue(old.contains(constant), "there is no field list with elements");
    P4Program unused = P4Program.parse(old.getBytes(StandardCharsets.UTF_8));
    String wrong = old.replace(constant, constant.replace("hexstr", "heap"));
    String message = refusal(wrong.getBytes(StandardCharsets.UTF_8));
    assertTrue(message.startsWith("field list ") && message.contains("heap"), message);
  }

  private static String refusal(byte[] json) {
    return String.valueOf(
        assertThrows(InvalidProgramException.class, () -> P4Program.parse(json)).getMessage());
  }

  @Test
  void logMessagesWithoutArgumentsAreAnEmptyObject() {
    String json = new String(TestSwitch.json("externs"), StandardCharsets.UTF_8);
    String call =
        "{\"op\" : \"log_msg\", \"parameters\" : [{\"type\" : \"string\", \"value\" : \"hi\"},"
            + " {\"type\" : \"parameters_vector\", \"value\" : {}}]},";
    String logging = json.replaceFirst("(\"primitives\"\\s*:\\s*\\[)(\\s*\\{)", "$1" + call + "$2");
    assertTrue(logging.contains(call), "there is no action with primitives");
    P4Program unused = P4Program.parse(logging.getBytes(StandardCharsets.UTF_8));
    String wrong = logging.replace("\"value\" : {}", "\"value\" : {\"x\" : 1}");
    String message = refusal(wrong.getBytes(StandardCharsets.UTF_8));
    assertTrue(message.contains("must be a list"), message);
  }
}
