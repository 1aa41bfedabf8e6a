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
    for (JsonNode in : Json.list(json, "input")) {
      String type = Json.text(in, "type");
      switch (type) {
        case "field" -> {
          FieldRef ref = layout.field(Json.get(in, "value"));
          bits += ref.width();
          inputs.add(field(ref));
        }
        case "hexstr" -> {
          int width = Json.integer(in, "bitwidth");
          BigInteger v = Json.hex(Json.get(in, "value"));
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
          HeaderRef h = layout.header(Json.text(in, "value"));
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
    return new Calculation(
        HashAlgorithm.named(Json.text(json, "algo")), inputs, payload, Bits.bytes(bits) + 8);
  }

  private static Input field(FieldRef ref) {
    HeaderRef h = ref.header();
    if (ref.varbit()) {
      return (f, out, bit) -> h.valid(f) ? HeaderRef.emitField(ref, f, out, bit) : bit;
    }
    int slot = ref.slot();
    int width = ref.width();
    if (width > 64) {
      return (f, out, bit) -> {
        if (!h.metadata && !h.valid(f)) {
          return bit;
        }
        Bits.putWords(out, bit, f, slot, width);
        return bit + width;
      };
    }
    if (h.metadata || slot == h.base) {
      return (f, out, bit) -> {
        Bits.put(out, bit, f[slot], width);
        return bit + width;
      };
    }
    return (f, out, bit) -> {
      if (f[h.base] == 0) {
        return bit;
      }
      Bits.put(out, bit, f[slot], width);
      return bit + width;
    };
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
