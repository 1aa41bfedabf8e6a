package io.myelin.softswitch.engine;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.myelin.softswitch.time.VirtualScheduler;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Valid programs with one element deleted or replaced: each loads, or is refused by a message that
 * begins with the place and shows nothing of the library that reads JSON.
 */
class ProgramMutationTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final long SEED = Long.getLong("myelin.seed", 20);
  private static final int MUTATIONS = Integer.getInteger("myelin.mutations", 500);

  private static final Pattern PLACE =
      Pattern.compile(
          "(the (program|parser|deparser)|ingress|egress|parser state|table|action|conditional"
              + "|action call|action profile|header( type| stack| union| union type| union stack)?"
              + "|field alias|checksum|calculation|counter|meter|register|extern|value set"
              + "|field list|digest)\\b.*");

  private static final Pattern LIBRARY =
      Pattern.compile(
          "(?i)fasterxml|jackson|java\\.|\\bat io\\.|Exception|REDACTED|CTRL-CHAR|Token");

  @ParameterizedTest
  @ValueSource(strings = {"parser", "arith", "tables", "externs", "replicate"})
  void damagedProgramsLoadOrAreRefusedWithThePlace(String program) throws IOException {
    JsonNode whole = JSON.readTree(TestSwitch.json(program));
    Random random = new Random(SEED + program.hashCode());
    int refused = 0;
    for (int i = 0; i < MUTATIONS; i++) {
      JsonNode damaged = whole.deepCopy();
      String what = damage(damaged, random);
      if (!loads(JSON.writeValueAsBytes(damaged), program + ", seed " + SEED + ": " + what)) {
        refused++;
      }
    }
    assertTrue(refused > MUTATIONS / 10, refused + " of " + MUTATIONS + " refused");
  }

  @Test
  void cutOffDocumentsAreRefusedWithLineAndColumn() {
    byte[] json = TestSwitch.json("tables");
    Random random = new Random(SEED);
    for (int i = 0; i < 200; i++) {
      byte[] cut = Arrays.copyOf(json, 1 + random.nextInt(json.length - 2));
      String message = refusal(cut);
      assertTrue(message.matches("the program is not JSON: see line \\d+, column \\d+"), message);
    }
    byte[] binary = "\u0008\u0001".getBytes(StandardCharsets.UTF_8);
    String message = refusal(binary);
    assertFalse(LIBRARY.matcher(message).find(), message);
  }

  private static boolean loads(byte[] json, String what) {
    P4Program program;
    try {
      program = P4Program.parse(json);
    } catch (InvalidProgramException e) {
      String message = String.valueOf(e.getMessage());
      assertTrue(PLACE.matcher(message).matches(), () -> what + " → " + message);
      assertFalse(LIBRARY.matcher(message).find(), () -> what + " → " + message);
      return false;
    } catch (RuntimeException | StackOverflowError e) {
      throw new AssertionError(what, e);
    }
    try {
      new Softswitch(new VirtualScheduler()).load(program);
    } catch (RuntimeException e) {
      throw new AssertionError("compiled, but does not load: " + what, e);
    }
    return true;
  }

  /** Deletes, retypes or renames a node that is not mere documentation. */
  private static String damage(JsonNode root, Random random) {
    List<Runnable> places = new ArrayList<>();
    List<String> names = new ArrayList<>();
    collect(root, "", random, places, names);
    int chosen = random.nextInt(places.size());
    places.get(chosen).run();
    return names.get(chosen);
  }

  private static void collect(
      JsonNode node, String path, Random random, List<Runnable> places, List<String> names) {
    if (node instanceof ObjectNode o) {
      o.fieldNames()
          .forEachRemaining(
              key -> {
                if (key.equals("source_info") || key.equals("__meta__")) {
                  return;
                }
                add(path + "/" + key, random, places, names, v -> set(o, key, v));
                collect(o.get(key), path + "/" + key, random, places, names);
              });
    } else if (node instanceof ArrayNode a) {
      for (int i = 0; i < a.size(); i++) {
        int index = i;
        add(path + "/" + i, random, places, names, v -> set(a, index, v));
        collect(a.get(i), path + "/" + i, random, places, names);
      }
    }
  }

  private static void set(ObjectNode o, String key, JsonNode v) {
    if (v.isMissingNode()) {
      o.remove(key);
    } else {
      o.set(key, v);
    }
  }

  private static void set(ArrayNode a, int index, JsonNode v) {
    if (v.isMissingNode()) {
      a.remove(index);
    } else {
      a.set(index, v);
    }
  }

  private static void add(
      String path,
      Random random,
      List<Runnable> places,
      List<String> names,
      java.util.function.Consumer<JsonNode> setter) {
    JsonNodeFactory f = JsonNodeFactory.instance;
    List<JsonNode> wrong =
        List.of(
            f.missingNode(),
            f.nullNode(),
            f.numberNode(-1),
            f.numberNode(0),
            f.numberNode(2_147_483_647),
            f.numberNode(1L << 40),
            f.numberNode(1.5),
            f.textNode("x"),
            f.textNode("0xffffffffffffffffffffffffffffffffff"),
            f.booleanNode(true),
            f.objectNode(),
            f.arrayNode());
    JsonNode v = wrong.get(random.nextInt(wrong.size()));
    places.add(() -> setter.accept(v));
    names.add(path + " := " + (v.isMissingNode() ? "(deleted)" : v));
  }

  private static String refusal(byte[] json) {
    return String.valueOf(
        assertThrows(InvalidProgramException.class, () -> P4Program.parse(json)).getMessage());
  }
}
