package io.myelin.softswitch.engine;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Compiles the JSON's expressions ("type value objects") into closures.
 *
 * <p>The parameters of the enclosing action, if any, are passed as {@link ActionParameters}.
 */
final class ExpressionCompiler {
  private static final String OPERATORS =
      "+ - * / % << >> & | ^ ~ == != < <= > >= and or not valid valid_union d2b b2d ? two_comp_mod"
          + " sat_cast usat_cast dereference_header_stack dereference_union_stack last_stack_index"
          + " size_stack access_field access_union_header";

  private final Layout layout;
  private int mostWords = 1;
  private int deepest = 1;
  private int depth;

  ExpressionCompiler(Layout layout) {
    this.layout = layout;
  }

  Layout layout() {
    return layout;
  }

  /** Scratch words that no expression compiled here exceeds: no operator takes over four. */
  int scratchWords() {
    return 16 + 5 * mostWords * deepest;
  }

  // ---- integers --------------------------------------------------------------------------------

  Num num(JsonNode tv, ActionParameters parameters) {
    depth++;
    Num result = compileNum(ExpressionKind.unwrap(tv), parameters);
    mostWords = Math.max(mostWords, result.words());
    deepest = Math.max(deepest, depth);
    depth--;
    return result;
  }

  private Num compileNum(JsonNode e, ActionParameters parameters) {
    JsonNode value = Bmv2Json.get(e, "value");
    switch (Bmv2Json.text(e, "type")) {
      case "hexstr" -> {
        return new ReadExpressions.Const(Bmv2Json.hex(value));
      }
      case "field" -> {
        FieldRef ref = layout.field(value);
        if (ref.varbit()) {
          throw new InvalidProgramException("varbit field " + ref.name() + " used as a number");
        }
        return new ReadExpressions.Field(ref);
      }
      case "runtime_data", "local" -> {
        return parameters.load(Bmv2Json.integer(value));
      }
      case "stack_field" -> {
        return lastField(
            layout.stack(Bmv2Json.text(Bmv2Json.at(value, 0))),
            0,
            Bmv2Json.text(Bmv2Json.at(value, 1)));
      }
      case "union_stack_field" -> {
        String stack = Bmv2Json.text(Bmv2Json.at(value, 0));
        return lastField(
            layout.stack(stack),
            layout.unionMember(stack, Bmv2Json.text(Bmv2Json.at(value, 1))),
            Bmv2Json.text(Bmv2Json.at(value, 2)));
      }
      case "expression" -> {
        return operator(value, parameters);
      }
      case "bool" -> {
        return fromBool(bool(e, parameters));
      }
      default -> {
        throw new InvalidProgramException(
            "unsupported value "
                + Bmv2Json.brief(e)
                + "; supported are hexstr, field, runtime_data, local, stack_field,"
                + " union_stack_field, bool, expression");
      }
    }
  }

  private Num lastField(StackRef stack, int member, String field) {
    FieldRef model = stack.elements().get(0).get(member).field(field);
    return new ReadExpressions.DynamicField(last(stack, member), model);
  }

  private HeaderExpr last(StackRef stack, int member) {
    HeaderRef[] all = members(stack, member);
    return c -> {
      int n = (int) c.f[stack.nextSlot()];
      return n == 0 ? nowhere(c) : all[n - 1];
    };
  }

  private static HeaderRef[] members(StackRef stack, int member) {
    return stack.elements().stream().map(e -> e.get(member)).toArray(HeaderRef[]::new);
  }

  private HeaderRef nowhere(PacketContext c) {
    java.util.Arrays.fill(c.f, layout.nowhere.base, layout.nowhere.base + layout.nowhere.slots, 0);
    return layout.nowhere;
  }

  private static Num fromBool(Bool b) {
    return new Num(1, false) {
      @Override
      long low(PacketContext c) {
        return b.eval(c) ? 1 : 0;
      }
    };
  }

  private Num operator(JsonNode v, ActionParameters p) {
    String op = Bmv2Json.text(v, "op");
    switch (op) {
      case "?" -> {
        return Arithmetic.choose(
            bool(Bmv2Json.get(v, "cond"), p), num(left(v), p), num(right(v), p));
      }
      case "~" -> {
        return Arithmetic.not(num(right(v), p));
      }
      case "b2d" -> {
        return fromBool(bool(right(v), p));
      }
      case "last_stack_index", "size_stack" -> {
        StackRef stack = stack(right(v));
        int less = op.equals("last_stack_index") ? 1 : 0;
        return new Num(32, less > 0) {
          @Override
          long low(PacketContext c) {
            return c.f[stack.nextSlot()] - less;
          }
        };
      }
      case "access_field" -> {
        HeaderExpr header = header(left(v), p);
        HeaderRef model = modelOf(left(v));
        int field = Bmv2Json.within(right(v), "the field's number", 0, model.fields.size() - 1);
        return new ReadExpressions.DynamicField(header, model.fields.get(field));
      }
      default -> {
        if (ExpressionKind.isCondition(op)) {
          return fromBool(boolOperator(v, p));
        }
        return binary(op, v, num(left(v), p), num(right(v), p));
      }
    }
  }

  private static Num binary(String op, JsonNode v, Num a, Num b) {
    return switch (op) {
      case "+" -> Arithmetic.add(a, b);
      case "-" -> Arithmetic.subtract(a, b);
      case "*" -> Arithmetic.multiply(a, b);
      case "/" -> Exact.divide(a, b, false);
      case "%" -> Exact.divide(a, b, true);
      case "<<" -> Arithmetic.shiftLeft(a, b);
      case ">>" -> Exact.shiftRight(a, b);
      case "&" -> Arithmetic.and(a, b);
      case "|" -> Arithmetic.or(a, b);
      case "^" -> Arithmetic.xor(a, b);
      case "two_comp_mod" -> Exact.wrap(a, width(b, v));
      case "sat_cast" -> Exact.saturateSigned(a, width(b, v));
      case "usat_cast" -> Exact.saturateUnsigned(a, width(b, v));
      default ->
          throw new InvalidProgramException(
              "unsupported operator " + op + "; supported are " + OPERATORS);
    };
  }

  private static int width(Num b, JsonNode v) {
    if (b instanceof ReadExpressions.Const k && k.value.signum() > 0 && k.value.bitLength() < 16) {
      return k.value.intValue();
    }
    throw new InvalidProgramException("the width must be a constant in " + Bmv2Json.brief(v));
  }

  private static JsonNode left(JsonNode v) {
    return Bmv2Json.get(v, "left");
  }

  private static JsonNode right(JsonNode v) {
    return Bmv2Json.get(v, "right");
  }

  // ---- booleans --------------------------------------------------------------------------------

  Bool bool(JsonNode tv, ActionParameters p) {
    JsonNode e = ExpressionKind.unwrap(tv);
    JsonNode value = Bmv2Json.get(e, "value");
    if (Bmv2Json.text(e, "type").equals("bool")) {
      boolean b = Bmv2Json.flag(value, "a bool's value");
      return c -> b;
    }
    if (ExpressionKind.of(e) == ExpressionKind.DATA) {
      return Exact.compare(
          Exact.Relation.NE, num(e, p), new ReadExpressions.Const(java.math.BigInteger.ZERO));
    }
    depth++;
    Bool result = boolOperator(value, p);
    deepest = Math.max(deepest, depth);
    depth--;
    return result;
  }

  private Bool boolOperator(JsonNode v, ActionParameters p) {
    String op = Bmv2Json.text(v, "op");
    switch (op) {
      case "and" -> {
        Bool a = bool(left(v), p);
        Bool b = bool(right(v), p);
        return c -> a.eval(c) && b.eval(c);
      }
      case "or" -> {
        Bool x = bool(left(v), p);
        Bool y = bool(right(v), p);
        return c -> x.eval(c) || y.eval(c);
      }
      case "not" -> {
        Bool n = bool(right(v), p);
        return c -> !n.eval(c);
      }
      case "d2b" -> {
        Num d = num(right(v), p);
        if (d instanceof ReadExpressions.Field field && field.unsigned64()) {
          int slot = field.ref.slot();
          return c -> c.f[slot] != 0;
        }
        return Exact.compare(
            Exact.Relation.NE, d, new ReadExpressions.Const(java.math.BigInteger.ZERO));
      }
      case "valid" -> {
        HeaderExpr h = header(right(v), p);
        return c -> h.eval(c).valid(c.f);
      }
      case "valid_union" -> {
        UnionExpr u = union(right(v), p);
        return c -> u.eval(c).stream().anyMatch(m -> m.valid(c.f));
      }
      case "?" -> {
        Bool condition = bool(Bmv2Json.get(v, "cond"), p);
        Bool yes = bool(left(v), p);
        Bool no = bool(right(v), p);
        return c -> condition.eval(c) ? yes.eval(c) : no.eval(c);
      }
      case "==" -> {
        return equal(v, p);
      }
      case "!=" -> {
        Bool same = equal(v, p);
        return c -> !same.eval(c);
      }
      case "<" -> {
        return compare(Exact.Relation.LT, v, p);
      }
      case "<=" -> {
        return compare(Exact.Relation.LE, v, p);
      }
      case ">" -> {
        return compare(Exact.Relation.GT, v, p);
      }
      case ">=" -> {
        return compare(Exact.Relation.GE, v, p);
      }
      default -> {
        throw new InvalidProgramException(
            "unsupported boolean operator " + op + "; supported are " + OPERATORS);
      }
    }
  }

  private Bool compare(Exact.Relation relation, JsonNode v, ActionParameters p) {
    return Exact.compare(relation, num(left(v), p), num(right(v), p));
  }

  private Bool equal(JsonNode v, ActionParameters p) {
    switch (ExpressionKind.of(left(v))) {
      case BOOL -> {
        Bool a = bool(left(v), p);
        Bool b = bool(right(v), p);
        return c -> a.eval(c) == b.eval(c);
      }
      case HEADER -> {
        HeaderExpr h = header(left(v), p);
        HeaderExpr g = header(right(v), p);
        return c -> HeaderRef.equal(c.f, h.eval(c), g.eval(c));
      }
      case DATA -> {
        FieldRef one = varbit(left(v));
        FieldRef other = varbit(right(v));
        if (one != null && other != null) {
          return c -> HeaderRef.equalVarbits(c.f, one, other);
        }
        return compare(Exact.Relation.EQ, v, p);
      }
      case STACK, UNION -> {
        throw new InvalidProgramException("cannot compare " + Bmv2Json.brief(v));
      }
    }
    throw new AssertionError(v);
  }

  private @Nullable FieldRef varbit(JsonNode tv) {
    JsonNode e = ExpressionKind.unwrap(tv);
    if (!Bmv2Json.text(e, "type").equals("field")) {
      return null;
    }
    FieldRef ref = layout.field(Bmv2Json.get(e, "value"));
    return ref.varbit() ? ref : null;
  }

  // ---- headers ---------------------------------------------------------------------------------

  /** An expression that names a header union. */
  interface UnionExpr {
    List<HeaderRef> eval(PacketContext c);
  }

  HeaderExpr header(JsonNode tv, ActionParameters p) {
    JsonNode e = ExpressionKind.unwrap(tv);
    JsonNode value = Bmv2Json.get(e, "value");
    if (Bmv2Json.text(e, "type").equals("header")) {
      HeaderRef h = layout.header(Bmv2Json.text(value));
      return c -> h;
    }
    String op = value.isObject() ? Bmv2Json.text(value, "op") : "";
    switch (op) {
      case "dereference_header_stack", "dereference_stack" -> {
        HeaderRef[] all = members(stack(left(value)), 0);
        Num index = num(right(value), p);
        return c -> {
          int i = index.clamped(c);
          return i < all.length ? all[i] : nowhere(c);
        };
      }
      case "?" -> {
        Bool condition = bool(Bmv2Json.get(value, "cond"), p);
        HeaderExpr yes = header(left(value), p);
        HeaderExpr no = header(right(value), p);
        return c -> condition.eval(c) ? yes.eval(c) : no.eval(c);
      }
      case "access_union_header" -> {
        UnionExpr union = union(left(value), p);
        int member = unionMember(value);
        return c -> {
          List<HeaderRef> u = union.eval(c);
          return member < u.size() ? u.get(member) : nowhere(c);
        };
      }
      default -> {
        throw new InvalidProgramException("expected a header, found " + Bmv2Json.brief(e));
      }
    }
  }

  /** Some header with the same fields as the one that the expression will name. */
  HeaderRef modelOf(JsonNode tv) {
    JsonNode e = ExpressionKind.unwrap(tv);
    JsonNode value = Bmv2Json.get(e, "value");
    if (Bmv2Json.text(e, "type").equals("header")) {
      return layout.header(Bmv2Json.text(value));
    }
    if (Bmv2Json.text(value, "op").equals("?")) {
      return modelOf(left(value));
    }
    if (Bmv2Json.text(value, "op").equals("access_union_header")) {
      return unionOf(value).get(unionMember(value));
    }
    return stack(left(value)).elements().get(0).get(0);
  }

  /** Some union with the same members as the one whose member is accessed. */
  private List<HeaderRef> unionOf(JsonNode access) {
    JsonNode u = ExpressionKind.unwrap(left(access));
    return Bmv2Json.text(u, "type").equals("header_union")
        ? layout.union(Bmv2Json.text(u, "value"))
        : stack(left(Bmv2Json.get(u, "value"))).elements().get(0);
  }

  private int unionMember(JsonNode access) {
    return Bmv2Json.within(right(access), "the union's member", 0, unionOf(access).size() - 1);
  }

  UnionExpr union(JsonNode tv, ActionParameters p) {
    JsonNode e = ExpressionKind.unwrap(tv);
    JsonNode value = Bmv2Json.get(e, "value");
    if (Bmv2Json.text(e, "type").equals("header_union")) {
      List<HeaderRef> u = layout.union(Bmv2Json.text(value));
      return c -> u;
    }
    StackRef stack = stack(left(value));
    Num index = num(right(value), p);
    return c -> {
      int i = index.clamped(c);
      if (i < stack.depth()) {
        return stack.elements().get(i);
      }
      nowhere(c);
      return List.of(layout.nowhere);
    };
  }

  StackRef stack(JsonNode tv) {
    JsonNode e = ExpressionKind.unwrap(tv);
    return layout.stack(Bmv2Json.text(e, "value"));
  }
}
