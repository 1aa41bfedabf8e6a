package io.myelin.softswitch.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.myelin.softswitch.time.VirtualScheduler;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** Random expressions over fields of odd widths, against unbounded integers as BMv2 has them. */
class ExpressionPropertyTest {
  private static final int[] WIDTHS = {1, 7, 8, 13, 31, 32, 33, 63, 64, 65, 70, 127, 128, 129, 200};
  private static final JsonNodeFactory J = JsonNodeFactory.instance;

  private record Field(String name, int width, boolean signed, BigInteger value) {}

  /** An expression as JSON, with what it is worth. */
  private record Expr(JsonNode json, BigInteger value) {}

  private record Condition(JsonNode json, boolean value) {}

  private Random random = new Random(0);
  private final List<Field> fields = new ArrayList<>();

  /** Values near the ends of the range are likelier than others. */
  private BigInteger value(int width, boolean signed) {
    BigInteger v =
        switch (random.nextInt(4)) {
          case 0 -> BigInteger.valueOf(random.nextInt(3));
          case 1 ->
              BigInteger.ONE.shiftLeft(width).subtract(BigInteger.valueOf(1 + random.nextInt(2)));
          case 2 ->
              BigInteger.ONE.shiftLeft(width - 1).subtract(BigInteger.valueOf(random.nextInt(2)));
          default -> new BigInteger(width, random);
        };
    v = v.mod(BigInteger.ONE.shiftLeft(width));
    return signed && v.testBit(width - 1) ? v.subtract(BigInteger.ONE.shiftLeft(width)) : v;
  }

  private static ObjectNode wrap(ObjectNode inner) {
    ObjectNode e = J.objectNode();
    e.put("type", "expression");
    e.set("value", inner);
    return e;
  }

  private static ObjectNode op(String op, JsonNode left, JsonNode right) {
    ObjectNode o = J.objectNode();
    o.put("op", op);
    o.set("left", left);
    o.set("right", right);
    return wrap(o);
  }

  private static JsonNode constant(BigInteger v) {
    ObjectNode o = J.objectNode();
    o.put("type", "hexstr");
    o.put("value", (v.signum() < 0 ? "-0x" : "0x") + v.abs().toString(16));
    return o;
  }

  private Expr leaf() {
    if (random.nextInt(4) == 0) {
      BigInteger v = value(WIDTHS[random.nextInt(WIDTHS.length)], random.nextInt(4) == 0);
      return new Expr(constant(v), v);
    }
    Field f = fields.get(random.nextInt(fields.size()));
    ObjectNode o = J.objectNode();
    o.put("type", "field");
    o.putArray("value").add("h").add(f.name);
    return new Expr(o, f.value);
  }

  private Expr expression(int depth) {
    if (depth == 0) {
      return leaf();
    }
    Supplier<Expr> sub = () -> expression(random.nextInt(depth));
    Expr a = sub.get();
    Expr b = sub.get();
    int width = WIDTHS[1 + random.nextInt(WIDTHS.length - 1)];
    BigInteger modulus = BigInteger.ONE.shiftLeft(width);
    BigInteger half = modulus.shiftRight(1);
    int shift = random.nextInt(4) == 0 ? random.nextInt(300) : random.nextInt(70);
    JsonNode by = constant(BigInteger.valueOf(shift));
    JsonNode w = constant(BigInteger.valueOf(width));
    return switch (random.nextInt(13)) {
      case 0 -> new Expr(op("+", a.json, b.json), a.value.add(b.value));
      case 1 -> new Expr(op("-", a.json, b.json), a.value.subtract(b.value));
      case 2 -> new Expr(op("*", a.json, b.json), a.value.multiply(b.value));
      case 3 -> new Expr(op("&", a.json, b.json), a.value.and(b.value));
      case 4 -> new Expr(op("|", a.json, b.json), a.value.or(b.value));
      case 5 -> new Expr(op("^", a.json, b.json), a.value.xor(b.value));
      case 6 -> new Expr(op("~", J.nullNode(), a.json), a.value.not());
      case 7 -> new Expr(op("<<", a.json, by), a.value.shiftLeft(shift));
      case 8 -> new Expr(op(">>", a.json, by), a.value.shiftRight(shift));
      case 9 -> {
        BigInteger m = a.value.mod(modulus);
        yield new Expr(
            op("two_comp_mod", a.json, w), m.compareTo(half) >= 0 ? m.subtract(modulus) : m);
      }
      case 10 ->
          new Expr(
              op("usat_cast", a.json, w),
              a.value.max(BigInteger.ZERO).min(modulus.subtract(BigInteger.ONE)));
      case 11 ->
          new Expr(
              op("sat_cast", a.json, w),
              a.value.max(half.negate()).min(half.subtract(BigInteger.ONE)));
      default -> {
        Condition c = condition(depth - 1);
        ObjectNode o = J.objectNode();
        o.put("op", "?");
        o.set("cond", c.json);
        o.set("left", a.json);
        o.set("right", b.json);
        yield new Expr(wrap(o), c.value ? a.value : b.value);
      }
    };
  }

  private Condition condition(int depth) {
    Expr a = expression(depth);
    Expr b = random.nextInt(4) == 0 ? a : expression(depth);
    int sign = a.value.compareTo(b.value);
    return switch (random.nextInt(6)) {
      case 0 -> new Condition(op("==", a.json, b.json), sign == 0);
      case 1 -> new Condition(op("!=", a.json, b.json), sign != 0);
      case 2 -> new Condition(op("<", a.json, b.json), sign < 0);
      case 3 -> new Condition(op("<=", a.json, b.json), sign <= 0);
      case 4 -> new Condition(op(">", a.json, b.json), sign > 0);
      default -> new Condition(op(">=", a.json, b.json), sign >= 0);
    };
  }

  @Property(tries = 3000)
  void expressionsAgreeWithUnboundedIntegers(@ForAll long seed) throws Exception {
    random = new Random(seed);
    fields.clear();
    // Any program lends its target metadata; the header under test is added to it.
    ObjectNode root = (ObjectNode) new ObjectMapper().readTree(TestSwitch.json("arith"));
    ObjectNode type = root.withArray("header_types").addObject();
    type.put("name", "h_t").put("id", 999);
    int bits = 0;
    for (int width : WIDTHS) {
      boolean signed = width > 1 && random.nextBoolean();
      fields.add(new Field("f" + width, width, signed, value(width, signed)));
      type.withArray("fields").addArray().add("f" + width).add(width).add(signed);
      bits += width;
    }
    type.withArray("fields").addArray().add("pad").add(8 - bits % 8).add(false);
    root.withArray("headers")
        .addObject()
        .put("name", "h")
        .put("id", 999)
        .put("header_type", "h_t")
        .put("metadata", false)
        .put("pi_omit", true);
    Expr e = expression(4);
    int target = WIDTHS[random.nextInt(WIDTHS.length)];

    P4Program program =
        P4Program.parse(root.toString().getBytes(java.nio.charset.StandardCharsets.UTF_8));
    ExpressionCompiler compiler = new ExpressionCompiler(program.layout);
    Num compiled = compiler.num(e.json, ActionParameters.NONE);
    PacketContext c = context(program, compiler);
    for (Field f : fields) {
      FieldRef ref = program.layout.header("h").field(f.name);
      ActionCompiler.assign(ref, new ReadExpressions.Const(f.value)).run(c);
    }
    FieldRef out = program.layout.header("h").field("f" + target);
    ActionCompiler.assign(out, compiled).run(c);

    BigInteger expected = e.value.mod(BigInteger.ONE.shiftLeft(target));
    assertEquals(
        expected,
        new BigInteger(1, Bits.toBytes(c.f, out.slot(), target)),
        () -> e.json.toString());
    assertEquals(0, c.top, "the scratch space is left as it was");
  }

  private static PacketContext context(P4Program program, ExpressionCompiler compiler) {
    SwitchState state =
        new SwitchState(
            program,
            new VirtualScheduler(),
            new Workspace(compiler.scratchWords(), program.keyWords),
            port -> true);
    return new PacketContext(state);
  }
}
