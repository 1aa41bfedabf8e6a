package io.myelin.softswitch.engine;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Compiles the parser's states. */
final class ParserCompiler {
  /** Bits; farther than any frame is long. */
  private static final int MAX_LOOKAHEAD = 1 << 20;

  private final ExpressionCompiler expressions;
  private final Layout layout;
  private final ActionCompiler actions;
  private final P4Program.Names<ValueSetInfo> valueSets;
  private final ParserErrors errors;
  private int keyWords;

  ParserCompiler(
      ExpressionCompiler expressions,
      ActionCompiler actions,
      P4Program.Names<ValueSetInfo> valueSets,
      ParserErrors errors) {
    this.expressions = expressions;
    this.layout = expressions.layout();
    this.actions = actions;
    this.valueSets = valueSets;
    this.errors = errors;
  }

  /** Words of the longest key. */
  int keyWords() {
    return keyWords;
  }

  /** Compiles the parser; what is wrong in a state goes to {@code problems}. */
  Parser compile(JsonNode json, List<Checksum> checksums, Problems problems) {
    Map<String, Parser.State> states = new HashMap<>();
    int i = 0;
    for (JsonNode s : Bmv2Json.required(json, "parse_states")) {
      problems.at(
          "parser state " + Bmv2Json.nameOf(s, i++),
          () -> states.put(Bmv2Json.text(s, "name"), new Parser.State(Bmv2Json.text(s, "name"))));
    }
    int j = 0;
    for (JsonNode s : Bmv2Json.required(json, "parse_states")) {
      String place = "parser state " + Bmv2Json.nameOf(s, j++);
      problems.at(
          place,
          () -> {
            if (s.path("name").isTextual()) {
              fill(state(states, Bmv2Json.get(s, "name")), s, states, place, problems);
            }
          });
    }
    JsonNode start = Bmv2Json.get(json, "init_state");
    return new Parser(start.isNull() ? null : state(states, start), checksums, errors);
  }

  private static Parser.State state(Map<String, Parser.State> states, JsonNode name) {
    Parser.State s = states.get(Bmv2Json.text(name));
    if (s == null) {
      throw new InvalidProgramException(
          "unknown parser state " + name + "; known are " + new TreeSet<>(states.keySet()));
    }
    return s;
  }

  private void fill(
      Parser.State s,
      JsonNode json,
      Map<String, Parser.State> states,
      String place,
      Problems problems) {
    List<Parser.Op> ops = new ArrayList<>();
    int number = 0;
    for (JsonNode op : Bmv2Json.list(json, "parser_ops")) {
      problems.at(place + ", operation " + number++, () -> ops.add(op(op)));
    }
    s.ops = ops.toArray(Parser.Op[]::new);
    List<Parser.KeyPart> parts = new ArrayList<>();
    List<Integer> widths = new ArrayList<>();
    List<Integer> at = new ArrayList<>();
    int part = 0;
    for (JsonNode k : Bmv2Json.list(json, "transition_key")) {
      int width = Problems.in("part " + part++ + " of the select", () -> keyPart(k, parts));
      widths.add(width);
      at.add(s.keyWords);
      s.keyWords += Bits.words(width);
    }
    s.key = parts.toArray(Parser.KeyPart[]::new);
    s.keyAt = at.stream().mapToInt(i -> i).toArray();
    keyWords = Math.max(keyWords, s.keyWords);
    List<Parser.Case> cases = new ArrayList<>();
    int transition = 0;
    for (JsonNode t : Bmv2Json.list(json, "transitions")) {
      problems.at(
          place + ", transition " + transition++, () -> transition(s, t, states, widths, cases));
    }
    s.cases = cases.toArray(Parser.Case[]::new);
  }

  private void transition(
      Parser.State s,
      JsonNode t,
      Map<String, Parser.State> states,
      List<Integer> widths,
      List<Parser.Case> cases) {
    JsonNode to = Bmv2Json.get(t, "next_state");
    Parser.State next = to.isNull() ? null : state(states, to);
    switch (transitionType(t)) {
      case "default" -> s.otherwise = next;
      case "hexstr" -> {
        long[] mask = mask(t, widths);
        long[] value = split(Bmv2Json.hex(Bmv2Json.get(t, "value")), widths);
        for (int i = 0; i < value.length; i++) {
          value[i] &= mask[i];
        }
        cases.add(new Parser.Case(value, mask, Parser.Case.NO_VALUE_SET, next));
      }
      case "parse_vset" -> {
        ValueSetInfo set = valueSets.get(Bmv2Json.text(t, "value"));
        set.learnWidths(widths);
        cases.add(new Parser.Case(new long[0], mask(t, widths), set.index, next));
      }
      default ->
          throw new InvalidProgramException(
              "unsupported transition "
                  + Bmv2Json.brief(t)
                  + "; supported are default, hexstr, parse_vset");
    }
  }

  /**
   * As BMv2 reads it: without a type, which p4c writes since April 2020, a transition is a hexstr,
   * and the hexstr {@code default} is the default.
   */
  private static String transitionType(JsonNode t) {
    String type = Bmv2Json.textOr(t, "type", "hexstr");
    boolean named = t.path("value").isTextual() && t.path("value").textValue().equals("default");
    return type.equals("hexstr") && named ? "default" : type;
  }

  private static long[] mask(JsonNode t, List<Integer> widths) {
    if (Bmv2Json.has(t, "mask")) {
      return split(Bmv2Json.hex(Bmv2Json.get(t, "mask")), widths);
    }
    long[] all = new long[widths.stream().mapToInt(Bits::words).sum()];
    Arrays.fill(all, -1);
    return all;
  }

  /** Values concatenate the key's parts, each padded to bytes on the left. */
  private static long[] split(BigInteger v, List<Integer> widths) {
    int at = widths.stream().mapToInt(Bits::words).sum();
    long[] out = new long[at];
    BigInteger rest = v;
    for (int i = widths.size() - 1; i >= 0; i--) {
      int width = widths.get(i);
      long[] words =
          Bits.words(
              rest.and(BigInteger.ONE.shiftLeft(width).subtract(BigInteger.ONE)),
              Bits.words(width));
      at -= words.length;
      System.arraycopy(words, 0, out, at, words.length);
      rest = rest.shiftRight(8 * Bits.bytes(width));
    }
    return out;
  }

  /** Adds a part of a select key and returns its width. */
  private int keyPart(JsonNode k, List<Parser.KeyPart> parts) {
    if (Bmv2Json.text(k, "type").equals("lookahead")) {
      int offset = Bmv2Json.integer(Bmv2Json.get(k, "value"), 0, 0, MAX_LOOKAHEAD);
      int width = Bmv2Json.integer(Bmv2Json.get(k, "value"), 1, 1, Layout.MAX_WIDTH);
      parts.add(
          (c, key, at) -> {
            if ((c.length - c.payload) * 8L < (long) offset + width) {
              return errors.packetTooShort();
            }
            lookahead(c, offset, width, key, at);
            return ParserErrors.NONE;
          });
      return width;
    }
    Num n = expressions.num(k, ActionParameters.NONE);
    int width = n.negative ? n.bits + 1 : n.bits;
    int words = Bits.words(width);
    long mask = Bits.mask(width - 64 * (words - 1));
    parts.add(
        (c, key, at) -> {
          if (words == 1) {
            key[at] = n.low(c) & mask;
          } else {
            n.wide(c, key, at, words);
            key[at + words - 1] &= mask;
          }
          return ParserErrors.NONE;
        });
    return width;
  }

  private static void lookahead(PacketContext c, int offset, int width, long[] out, int at) {
    int bit = c.payload * 8 + offset;
    for (int w = Bits.words(width) - 1; w >= 0; w--) {
      int bits = w == Bits.words(width) - 1 ? width - 64 * w : 64;
      out[at + w] = Bits.get(c.in, bit, bits);
      bit += bits;
    }
  }

  private Parser.Op op(JsonNode json) {
    JsonNode args = Bmv2Json.get(json, "parameters");
    String op = Bmv2Json.text(json, "op");
    return switch (op) {
      case "extract" -> extract(Bmv2Json.at(args, 0), null);
      case "extract_VL" ->
          extract(
              Bmv2Json.at(args, 0), expressions.num(Bmv2Json.at(args, 1), ActionParameters.NONE));
      case "set" -> set(args);
      case "verify" -> {
        Bool condition = expressions.bool(Bmv2Json.at(args, 0), ActionParameters.NONE);
        Num error = expressions.num(Bmv2Json.at(args, 1), ActionParameters.NONE);
        yield c -> condition.eval(c) ? ParserErrors.NONE : (int) error.low(c);
      }
      case "advance" -> advance(expressions.num(Bmv2Json.at(args, 0), ActionParameters.NONE));
      case "shift" -> {
        int bytes = Bmv2Json.integer(args, 0, 0, MAX_LOOKAHEAD / 8);
        yield advance(new ReadExpressions.Const(BigInteger.valueOf(8L * bytes)));
      }
      case "primitive" -> {
        Primitive p = actions.primitive(Bmv2Json.at(args, 0), ActionParameters.NONE);
        yield c -> {
          p.run(c);
          return ParserErrors.NONE;
        };
      }
      default ->
          throw new InvalidProgramException(
              "unsupported parser operation "
                  + op
                  + "; supported are extract, extract_VL, set, verify, advance, shift, primitive");
    };
  }

  private Parser.Op set(JsonNode args) {
    JsonNode source = Bmv2Json.at(args, 1);
    if (!Bmv2Json.text(source, "type").equals("lookahead")) {
      Primitive p =
          actions.assign(
              Bmv2Json.at(args, 0),
              expressions.num(source, ActionParameters.NONE),
              ActionParameters.NONE);
      return c -> {
        p.run(c);
        return ParserErrors.NONE;
      };
    }
    int offset = Bmv2Json.integer(Bmv2Json.get(source, "value"), 0, 0, MAX_LOOKAHEAD);
    int width = Bmv2Json.integer(Bmv2Json.get(source, "value"), 1, 1, Layout.MAX_WIDTH);
    Num peek =
        new Num(width, false) {
          @Override
          long low(PacketContext c) {
            int skipped = Math.max(0, width - 64);
            return Bits.get(c.in, c.payload * 8 + offset + skipped, width - skipped);
          }

          @Override
          void wide(PacketContext c, long[] out, int at, int words) {
            for (int w = 0; w < words; w++) {
              int bits = Math.min(64, width - 64 * w);
              out[at + w] =
                  bits <= 0
                      ? 0
                      : Bits.get(c.in, c.payload * 8 + offset + width - 64 * w - bits, bits);
            }
          }
        };
    Primitive p = actions.assign(Bmv2Json.at(args, 0), peek, ActionParameters.NONE);
    return c -> {
      if ((c.length - c.payload) * 8L < (long) offset + width) {
        return errors.packetTooShort();
      }
      p.run(c);
      return ParserErrors.NONE;
    };
  }

  private Parser.Op advance(Num distance) {
    return c -> {
      int bits = distance.clamped(c);
      if ((bits & 7) != 0) {
        return errors.invalidArgument();
      }
      if (c.length - c.payload < bits >>> 3) {
        return errors.packetTooShort();
      }
      c.payload += bits >>> 3;
      return ParserErrors.NONE;
    };
  }

  private Parser.Op extract(JsonNode what, @Nullable Num varbitBits) {
    JsonNode value = Bmv2Json.get(what, "value");
    switch (Bmv2Json.text(what, "type")) {
      case "regular" -> {
        HeaderRef h = layout.header(Bmv2Json.text(value));
        return c -> extract(c, h, varbitBits);
      }
      case "stack" -> {
        return extractNext(layout.stack(Bmv2Json.text(value)), 0, varbitBits);
      }
      case "union_stack" -> {
        String stack = Bmv2Json.text(Bmv2Json.at(value, 0));
        int member = layout.unionMember(stack, Bmv2Json.text(Bmv2Json.at(value, 1)));
        return extractNext(layout.stack(stack), member, varbitBits);
      }
      default -> {
        throw new InvalidProgramException(
            "cannot extract "
                + Bmv2Json.brief(what)
                + "; supported are regular, stack, union_stack");
      }
    }
  }

  private Parser.Op extractNext(StackRef stack, int member, @Nullable Num varbitBits) {
    HeaderRef[] all = stack.elements().stream().map(e -> e.get(member)).toArray(HeaderRef[]::new);
    int nextSlot = stack.nextSlot();
    return c -> {
      int next = (int) c.f[nextSlot];
      if (next >= all.length) {
        return errors.stackOutOfBounds();
      }
      int error = extract(c, all[next], varbitBits);
      if (error == ParserErrors.NONE) {
        c.f[nextSlot] = next + 1L;
      }
      return error;
    };
  }

  private int extract(PacketContext c, HeaderRef h, @Nullable Num varbitBits) {
    int variable = 0;
    int bytes = h.fixedBits >>> 3;
    if (varbitBits != null) {
      variable = varbitBits.clamped(c);
      if ((variable & 7) != 0) {
        return errors.invalidArgument();
      }
      bytes += variable >>> 3;
    }
    if (c.length - c.payload < bytes) {
      return errors.packetTooShort();
    }
    if (varbitBits != null && h.maxBytes != 0 && bytes > h.maxBytes) {
      return errors.headerTooShort();
    }
    h.extract(c.f, c.in, c.payload, variable);
    c.payload += bytes;
    return ParserErrors.NONE;
  }
}
