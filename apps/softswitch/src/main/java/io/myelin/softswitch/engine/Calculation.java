package io.myelin.softswitch.engine;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;

/** A hash over fields, constants, headers and perhaps the payload; invalid headers are skipped. */
final class Calculation {
  /** Appends its bits behind bit {@code bit} and returns the bit behind them. */
  private interface Input {
    int append(long[] f, byte[] out, int bit);
  }

  private final HashAlgorithm algorithm;
  private final Input[] inputs;
  private final boolean withPayload;
  private final int mostBytes;

  private Calculation(HashAlgorithm algorithm, List<Input> inputs, boolean payload, int mostBytes) {
    this.algorithm = algorithm;
    this.inputs = inputs.toArray(Input[]::new);
    this.withPayload = payload;
    this.mostBytes = mostBytes;
  }

  static Calculation compile(JsonNode json, Layout layout) {
    List<Input> inputs = new ArrayList<>();
    boolean payload = false;
    int bits = 0;
    Run run = new Run(inputs);
    for (JsonNode in : Bmv2Json.required(json, "input")) {
      if (!Bmv2Json.text(in, "type").equals("field")) {
        run.end();
      }
      String type = Bmv2Json.text(in, "type");
      switch (type) {
        case "field" -> {
          FieldRef ref = layout.field(Bmv2Json.get(in, "value"));
          bits += ref.width();
          run.add(ref);
        }
        case "hexstr" -> {
          int width = Bmv2Json.integer(in, "bitwidth", 1, Layout.MAX_WIDTH);
          BigInteger v = Bmv2Json.hex(Bmv2Json.get(in, "value"));
          long[] words =
              Bits.words(
                  v.and(BigInteger.ONE.shiftLeft(width).subtract(BigInteger.ONE)),
                  Bits.words(width));
          bits += width;
          inputs.add(
              (f, out, bit) -> {
                Bits.putWords(out, bit, words, 0, width);
                return bit + width;
              });
        }
        case "header" -> {
          HeaderRef h = layout.header(Bmv2Json.text(in, "value"));
          bits += h.slots * 64;
          inputs.add((f, out, bit) -> h.valid(f) ? h.emit(f, out, bit) : bit);
        }
        case "payload" -> payload = true;
        default ->
            throw new InvalidProgramException(
                "unsupported calculation input "
                    + type
                    + "; supported are field, hexstr, header, payload");
      }
    }
    run.end();
    return new Calculation(
        HashAlgorithm.named(Bmv2Json.text(json, "algo")), inputs, payload, Bits.bytes(bits) + 8);
  }

  /** Collects successive fields of the same header: they come and go together. */
  private static final class Run {
    private final List<Input> out;
    private final List<FieldRef> fields = new ArrayList<>();

    Run(List<Input> out) {
      this.out = out;
    }

    void add(FieldRef ref) {
      boolean same = !fields.isEmpty() && sameFate(fields.get(0), ref);
      if (!same) {
        end();
      }
      if (ref.varbit()) {
        HeaderRef h = ref.header();
        out.add((f, b, bit) -> h.valid(f) ? HeaderRef.emitField(ref, f, b, bit) : bit);
      } else {
        fields.add(ref);
      }
    }

    private static boolean sameFate(FieldRef a, FieldRef b) {
      return !b.varbit() && (always(a) ? always(b) : !always(b) && a.header() == b.header());
    }

    private static boolean always(FieldRef ref) {
      return ref.header().metadata || ref.slot() == ref.header().base;
    }

    void end() {
      if (!fields.isEmpty()) {
        out.add(input(List.copyOf(fields)));
        fields.clear();
      }
    }

    private static Input input(List<FieldRef> run) {
      BitPlan plan = BitPlan.of(run);
      int valid = always(run.get(0)) ? -1 : run.get(0).header().base;
      return (f, b, bit) -> {
        if (valid >= 0 && f[valid] == 0) {
          return bit;
        }
        if ((bit & 7) == 0) {
          plan.emit(f, b, bit >>> 3);
        } else {
          int at = bit;
          for (FieldRef ref : run) {
            at = HeaderRef.emitField(ref, f, b, at);
          }
        }
        return bit + plan.bits;
      };
    }
  }

  boolean isRandom() {
    return algorithm == HashAlgorithm.RANDOM;
  }

  /** The hash, unsigned. */
  long of(PacketContext c) {
    int payloadBytes = withPayload ? c.length - c.payload : 0;
    byte[] out = c.workspace.bytes(mostBytes + payloadBytes);
    int bit = 0;
    for (Input in : inputs) {
      bit = in.append(c.f, out, bit);
    }
    int bytes = Bits.bytes(bit);
    if (withPayload) {
      System.arraycopy(c.in, c.payload, out, bytes, payloadBytes);
      bytes += payloadBytes;
    }
    return algorithm.of(out, bytes, c.workspace);
  }
}
