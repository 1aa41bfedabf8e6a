package io.myelin.softswitch.engine;

import com.fasterxml.jackson.databind.JsonNode;

/** Compiles calls of the externs of v1model and simple_switch. */
final class ExternCompiler {
  private static final String SUPPORTED =
      "assign, assign_VL, assign_header, assign_union, assign_header_stack, assign_union_stack,"
          + " add_header, remove_header, push, pop, exit, no_op, mark_to_drop, assert, assume,"
          + " log_msg, _jump, _jump_if_zero, count, execute_meter, register_read, register_write,"
          + " modify_field_with_hash_based_offset, modify_field_rng_uniform,"
          + " clone_ingress_pkt_to_egress, clone_egress_pkt_to_egress, resubmit, recirculate,"
          + " generate_digest, truncate";

  private final ExpressionCompiler expressions;
  private final P4Program.Names<Calculation> calculations;
  private final P4Program.Names<ExternInfo> externs;

  ExternCompiler(
      ExpressionCompiler expressions,
      P4Program.Names<Calculation> calculations,
      P4Program.Names<ExternInfo> externs) {
    this.expressions = expressions;
    this.calculations = calculations;
    this.externs = externs;
  }

  Primitive primitive(String op, JsonNode args, ActionParameters p, ActionCompiler actions) {
    switch (op) {
      case "count" -> {
        return count(extern(args, 0, ExternInfo.Kind.COUNTER), num(args, 1, p));
      }
      case "execute_meter" -> {
        return meter(extern(args, 0, ExternInfo.Kind.METER), num(args, 1, p), args, p, actions);
      }
      case "register_read" -> {
        return read(extern(args, 1, ExternInfo.Kind.REGISTER), args, p, actions);
      }
      case "register_write" -> {
        ExternInfo written = extern(args, 0, ExternInfo.Kind.REGISTER);
        Num writeIndex = num(args, 1, p);
        Num value = num(args, 2, p);
        return c -> c.state.registers[written.index()].write(c, writeIndex.clamped(c), value);
      }
      case "modify_field_with_hash_based_offset" -> {
        return hash(args, p, actions);
      }
      case "modify_field_rng_uniform" -> {
        return random(args, p, actions);
      }
      case "clone_ingress_pkt_to_egress", "clone_egress_pkt_to_egress" -> {
        Num session = num(args, 0, p);
        int cloned = constant(args, 1, p);
        return c -> {
          c.cloneSession = (int) session.low(c) & 0x7fff;
          c.cloneFields = cloned;
        };
      }
      case "resubmit" -> {
        int resubmitted = constant(args, 0, p);
        return c -> c.resubmitFields = resubmitted;
      }
      case "recirculate" -> {
        int recirculated = constant(args, 0, p);
        return c -> c.recirculateFields = recirculated;
      }
      case "generate_digest" -> {
        int list = constant(args, 1, p);
        return c -> c.digest = list;
      }
      case "truncate" -> {
        Num length = num(args, 0, p);
        return c -> c.truncateBytes = length.clamped(c);
      }
      default -> {
        throw new InvalidProgramException(
            "unsupported primitive " + op + "; supported are " + SUPPORTED);
      }
    }
  }

  private Num num(JsonNode args, int i, ActionParameters p) {
    return expressions.num(Bmv2Json.at(args, i), p);
  }

  private int constant(JsonNode args, int i, ActionParameters p) {
    if (num(args, i, p) instanceof ReadExpressions.Const k && k.value.bitLength() < Integer.SIZE) {
      return k.value.intValue();
    }
    throw new InvalidProgramException(
        "expected a constant, found " + Bmv2Json.brief(Bmv2Json.at(args, i)));
  }

  private ExternInfo extern(JsonNode args, int i, ExternInfo.Kind kind) {
    ExternInfo info = externs.get(Bmv2Json.text(Bmv2Json.at(args, i), "value"));
    if (info.kind() != kind) {
      throw new InvalidProgramException(info.name() + " is not a " + kind);
    }
    return info;
  }

  private static Primitive count(ExternInfo counter, Num index) {
    int i = counter.index();
    return c -> c.state.counters[i].count(index.clamped(c), c.ingressLength);
  }

  private Primitive meter(
      ExternInfo meter, Num index, JsonNode args, ActionParameters p, ActionCompiler actions) {
    int i = meter.index();
    Result result = new Result();
    Primitive store = actions.assign(Bmv2Json.at(args, 2), result, p);
    return c -> {
      MeterArray array = c.state.meters[i];
      int at = index.clamped(c);
      // Out of bounds: neither a meter nor the target changes, as in BMv2.
      if (at < array.size()) {
        c.result = array.execute(at, c);
        store.run(c);
      }
    };
  }

  private Primitive read(
      ExternInfo register, JsonNode args, ActionParameters p, ActionCompiler actions) {
    int i = register.index();
    Num index = num(args, 2, p);
    Num value =
        new Num(register.width(), false) {
          @Override
          long low(PacketContext c) {
            return c.state.registers[i].word(index.clamped(c), 0);
          }

          @Override
          void wide(PacketContext c, long[] out, int at, int n) {
            c.state.registers[i].read(index.clamped(c), out, at, n);
          }
        };
    Primitive store = actions.assign(Bmv2Json.at(args, 0), value, p);
    return c -> {
      if (index.clamped(c) < c.state.registers[i].size()) {
        store.run(c);
      }
    };
  }

  private Primitive hash(JsonNode args, ActionParameters p, ActionCompiler actions) {
    Num base = num(args, 1, p);
    Calculation calculation = calculations.get(Bmv2Json.text(Bmv2Json.at(args, 2), "value"));
    Num size = num(args, 3, p);
    Primitive store = actions.assign(Bmv2Json.at(args, 0), new Result(), p);
    return c -> {
      long hash = calculation.of(c);
      long modulus = size.low(c);
      // BMv2 computes in 64 bits and takes a size of 0 for 1.
      long rest =
          modulus == 0
              ? 0
              : (modulus & (modulus - 1)) == 0
                  ? hash & (modulus - 1)
                  : Long.remainderUnsigned(hash, modulus);
      c.result = rest + base.low(c);
      store.run(c);
    };
  }

  private Primitive random(JsonNode args, ActionParameters p, ActionCompiler actions) {
    Num low = num(args, 1, p);
    Num high = num(args, 2, p);
    Primitive store = actions.assign(Bmv2Json.at(args, 0), new Result(), p);
    return c -> {
      long from = low.low(c);
      long span = high.low(c) - from + 1;
      if (Long.compareUnsigned(from, high.low(c)) > 0) {
        return; // BMv2 leaves the target alone.
      }
      long r = c.workspace.random.nextLong();
      c.result = from + (span == 0 ? r : Long.remainderUnsigned(r, span));
      store.run(c);
    };
  }

  /** What an extern has just computed. */
  private static final class Result extends Num {
    Result() {
      super(64, false);
    }

    @Override
    long low(PacketContext c) {
      return c.result;
    }
  }
}
