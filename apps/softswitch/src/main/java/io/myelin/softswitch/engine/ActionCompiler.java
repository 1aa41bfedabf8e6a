package io.myelin.softswitch.engine;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Compiles actions: data movement, headers and control; externs go to {@link ExternCompiler}. */
final class ActionCompiler {
  private static final Logger log = LoggerFactory.getLogger(ActionCompiler.class);

  private final ExpressionCompiler expressions;
  private final Layout layout;
  private final ExternCompiler externs;
  private final @Nullable FieldRef egressSpec;
  private final @Nullable FieldRef multicastGroup;

  ActionCompiler(ExpressionCompiler expressions, ExternCompiler externs) {
    this.expressions = expressions;
    this.layout = expressions.layout();
    this.externs = externs;
    egressSpec = layout.wellKnown("standard_metadata", "egress_spec");
    multicastGroup = layout.wellKnown("intrinsic_metadata", "mcast_grp");
  }

  /**
   * Compiles an action. What is wrong with a primitive goes to {@code problems}; the action is then
   * there without it, so that tables that use it are not blamed.
   */
  CompiledAction action(JsonNode json, Problems problems) {
    String name = Bmv2Json.text(json, "name");
    List<ActionParameters.Parameter> parameters = new ArrayList<>();
    int slot = 0;
    for (JsonNode p : Bmv2Json.list(json, "runtime_data")) {
      int width = Bmv2Json.integer(p, "bitwidth", 1, Layout.MAX_WIDTH);
      parameters.add(new ActionParameters.Parameter(Bmv2Json.text(p, "name"), width, slot));
      slot += Bits.words(width);
    }
    ActionParameters known = new ActionParameters(name, parameters);
    List<Primitive> steps = new ArrayList<>();
    int i = 0;
    for (JsonNode step : Bmv2Json.list(json, "primitives")) {
      problems.at("action " + name + ", primitive " + i++, () -> steps.add(primitive(step, known)));
    }
    return new CompiledAction(name, known, steps);
  }

  Primitive primitive(JsonNode json, ActionParameters p) {
    String op = Bmv2Json.text(json, "op");
    JsonNode args = Bmv2Json.get(json, "parameters");
    switch (op) {
      case "assign" -> {
        return assign(Bmv2Json.at(args, 0), expressions.num(Bmv2Json.at(args, 1), p), p);
      }
      case "assign_VL" -> {
        return assignVarbit(varbit(Bmv2Json.at(args, 0)), varbit(Bmv2Json.at(args, 1)));
      }
      case "assign_header", "copy_header" -> {
        HeaderExpr to = expressions.header(Bmv2Json.at(args, 0), p);
        HeaderExpr from = expressions.header(Bmv2Json.at(args, 1), p);
        return c -> HeaderRef.assign(c.f, to.eval(c), from.eval(c));
      }
      case "assign_union" -> {
        ExpressionCompiler.UnionExpr toUnion = expressions.union(Bmv2Json.at(args, 0), p);
        ExpressionCompiler.UnionExpr fromUnion = expressions.union(Bmv2Json.at(args, 1), p);
        return c -> StackRef.assignUnion(c.f, toUnion.eval(c), fromUnion.eval(c));
      }
      case "assign_header_stack", "assign_union_stack" -> {
        StackRef toStack = expressions.stack(Bmv2Json.at(args, 0));
        StackRef fromStack = expressions.stack(Bmv2Json.at(args, 1));
        return c -> toStack.assign(c.f, fromStack);
      }
      case "add_header" -> {
        HeaderExpr added = expressions.header(Bmv2Json.at(args, 0), p);
        return c -> {
          HeaderRef h = added.eval(c);
          if (!h.valid(c.f)) {
            h.clearFields(c.f);
            h.setValid(c.f);
            c.packetLength += h.wireBytes(c.f);
          }
        };
      }
      case "remove_header" -> {
        HeaderExpr removed = expressions.header(Bmv2Json.at(args, 0), p);
        return c -> {
          HeaderRef h = removed.eval(c);
          if (h.valid(c.f)) {
            c.packetLength -= h.wireBytes(c.f);
            h.setInvalid(c.f);
          }
        };
      }
      case "push" -> {
        StackRef pushed = expressions.stack(Bmv2Json.at(args, 0));
        Num pushCount = expressions.num(Bmv2Json.at(args, 1), p);
        return c -> pushed.push(c.f, pushCount.clamped(c));
      }
      case "pop" -> {
        StackRef popped = expressions.stack(Bmv2Json.at(args, 0));
        Num popCount = expressions.num(Bmv2Json.at(args, 1), p);
        return c -> popped.pop(c.f, popCount.clamped(c));
      }
      case "exit" -> {
        return c -> c.exit = true;
      }
      case "no_op" -> {
        return c -> {};
      }
      case "mark_to_drop", "drop" -> {
        return drop();
      }
      case "assert", "assume" -> {
        return check(op, expressions.bool(Bmv2Json.at(args, 0), p), json);
      }
      case "log_msg" -> {
        return logMessage(args, p);
      }
      case "_jump" -> {
        Num always = expressions.num(Bmv2Json.at(args, 0), p);
        return (Primitive.Jump) always::clamped;
      }
      case "_jump_if_zero" -> {
        Num condition = expressions.num(Bmv2Json.at(args, 0), p);
        Num target = expressions.num(Bmv2Json.at(args, 1), p);
        Bool zero = Exact.compare(Exact.Relation.EQ, condition, zero());
        return (Primitive.Jump) c -> zero.eval(c) ? target.clamped(c) : -1;
      }
      default -> {
        return externs.primitive(op, args, p, this);
      }
    }
  }

  private static Num zero() {
    return new ReadExpressions.Const(java.math.BigInteger.ZERO);
  }

  /** Assigns to a field, also to one of a header chosen at run time. */
  Primitive assign(JsonNode target, Num value, ActionParameters p) {
    Num place = expressions.num(target, p);
    if (place instanceof ReadExpressions.Field field) {
      return assign(field.ref, value);
    }
    if (place instanceof ReadExpressions.DynamicField field) {
      int width = field.model.width();
      return c -> {
        store(c, field, width, value);
      };
    }
    throw new InvalidProgramException("cannot assign to " + Bmv2Json.brief(target));
  }

  private static void store(
      PacketContext c, ReadExpressions.DynamicField field, int width, Num value) {
    int n = Bits.words(width);
    int at = c.top;
    c.top += n;
    value.wide(c, c.scratch, at, n);
    c.scratch[at + n - 1] &= Bits.mask(width - 64 * (n - 1));
    // The place is evaluated last: its index may not depend on the assignment.
    System.arraycopy(c.scratch, at, c.f, field.slot(c), n);
    c.top = at;
  }

  static Primitive assign(FieldRef ref, Num value) {
    int slot = ref.slot();
    int n = ref.words();
    long mask = Bits.mask(ref.width() - 64 * (n - 1));
    if (n == 1) {
      if (value instanceof ReadExpressions.Const k) {
        long v = k.value.longValue() & mask;
        return c -> c.f[slot] = v;
      }
      return c -> c.f[slot] = value.low(c) & mask;
    }
    return c -> {
      int at = c.top;
      c.top += n;
      value.wide(c, c.scratch, at, n);
      c.top = at;
      c.scratch[at + n - 1] &= mask;
      System.arraycopy(c.scratch, at, c.f, slot, n);
    };
  }

  private FieldRef varbit(JsonNode arg) {
    FieldRef ref = layout.field(Bmv2Json.get(arg, "value"));
    if (!ref.varbit()) {
      throw new InvalidProgramException(ref.name() + " is not a varbit");
    }
    return ref;
  }

  private static Primitive assignVarbit(FieldRef to, FieldRef from) {
    int words = Math.min(to.words(), from.words());
    return c -> {
      System.arraycopy(c.f, from.slot(), c.f, to.slot(), words);
      c.f[to.lengthSlot()] = Math.min(to.width(), c.f[from.lengthSlot()]);
    };
  }

  private Primitive drop() {
    if (egressSpec == null) {
      throw new InvalidProgramException("the program has no standard_metadata.egress_spec");
    }
    int spec = egressSpec.slot();
    int group = multicastGroup == null ? spec : multicastGroup.slot();
    return c -> {
      c.f[group] = 0;
      c.f[spec] = Forwarding.DROP_PORT;
    };
  }

  /** BMv2 aborts; a fabric that runs on would hide the fault, a dead one would hide all others. */
  private Primitive check(String op, Bool condition, JsonNode json) {
    Primitive drop = drop();
    JsonNode source = json.path("source_info");
    String where = Bmv2Json.textOr(source, "source_fragment", "");
    int line = Bmv2Json.has(source, "line") ? Bmv2Json.integer(source, "line") : 0;
    return c -> {
      if (!condition.eval(c)) {
        log.error("{} failed at line {}: {}; packet dropped", op, line, where);
        drop.run(c);
        c.assertionFailed = true;
        c.exit = true;
      }
    };
  }

  private Primitive logMessage(JsonNode args, ActionParameters p) {
    String format = Bmv2Json.text(Bmv2Json.at(args, 0), "value");
    List<Num> values = new ArrayList<>();
    if (args.size() > 1) {
      // An empty list of arguments is written as an empty object.
      if (!Bmv2Json.get(Bmv2Json.at(args, 1), "value").isEmpty()) {
        for (JsonNode v : Bmv2Json.required(Bmv2Json.at(args, 1), "value")) {
          values.add(expressions.num(v, p));
        }
      }
    }
    return c -> {
      if (log.isDebugEnabled()) {
        Object[] shown = values.stream().map(v -> Long.toUnsignedString(v.low(c))).toArray();
        log.debug(format, shown);
      }
    };
  }
}
