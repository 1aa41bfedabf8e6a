package io.myelin.softswitch.p4rt;

import com.google.protobuf.ByteString;
import io.myelin.p4.v1.FieldMatch;
import io.myelin.softswitch.engine.MatchField;
import java.util.Arrays;

/**
 * A match field of a table or value set: checks a {@link FieldMatch} against §9.1.1 and lays it out
 * in an {@link EntryKey}.
 *
 * <p>Layout at {@code offset}, with n the bytes of the field: EXACT value(n); LPM prefix(2)
 * value(n); TERNARY value(n) mask(n); RANGE low(n) high(n); OPTIONAL present(1) value(n). All
 * zeros, except for RANGE, mean "don't care".
 *
 * @param what names the field in refusals
 */
record FieldSpec(int id, String name, Kind kind, int bitwidth, int offset, String what) {

  enum Kind {
    EXACT,
    LPM,
    TERNARY,
    RANGE,
    OPTIONAL;

    boolean needsPriority() {
      return this == TERNARY || this == RANGE || this == OPTIONAL;
    }
  }

  private int bytes() {
    return Bytestrings.bytes(bitwidth);
  }

  /** Bytes that the field takes in a key. */
  int keyBytes() {
    return switch (kind) {
      case EXACT -> bytes();
      case LPM -> 2 + bytes();
      case TERNARY, RANGE -> 2 * bytes();
      case OPTIONAL -> 1 + bytes();
    };
  }

  void putDontCare(byte[] key) {
    switch (kind) {
      case EXACT ->
          throw Refusal.invalid(what + " is missing: an exact match field cannot be omitted");
      case RANGE -> Bytestrings.putOnes(key, offset + bytes(), bitwidth);
      case LPM, TERNARY, OPTIONAL -> {
        // All zeros.
      }
    }
  }

  /** Checks the match and lays it out. */
  void put(FieldMatch m, byte[] key) {
    switch (kind) {
      case EXACT -> {
        expect(m, FieldMatch.FieldMatchTypeCase.EXACT);
        putValue(m.getExact().getValue(), key, offset);
      }
      case LPM -> {
        expect(m, FieldMatch.FieldMatchTypeCase.LPM);
        putLpm(m.getLpm(), key);
      }
      case TERNARY -> {
        expect(m, FieldMatch.FieldMatchTypeCase.TERNARY);
        putTernary(m.getTernary(), key);
      }
      case RANGE -> {
        expect(m, FieldMatch.FieldMatchTypeCase.RANGE);
        putRange(m.getRange(), key);
      }
      case OPTIONAL -> {
        expect(m, FieldMatch.FieldMatchTypeCase.OPTIONAL);
        key[offset] = 1;
        putValue(m.getOptional().getValue(), key, offset + 1);
      }
    }
  }

  private void expect(FieldMatch m, FieldMatch.FieldMatchTypeCase expected) {
    if (m.getFieldMatchTypeCase() != expected) {
      throw Refusal.invalid(
          what + " is matched by " + m.getFieldMatchTypeCase() + "; its match type is " + kind);
    }
  }

  private void putValue(ByteString value, byte[] key, int at) {
    Bytestrings.put(Bytestrings.canonical(value, bitwidth, what), key, at, bytes());
  }

  private void putLpm(FieldMatch.LPM lpm, byte[] key) {
    int prefix = lpm.getPrefixLen();
    if (prefix <= 0 || prefix > bitwidth) {
      throw Refusal.invalid(
          what
              + " has prefix_len "
              + prefix
              + "; valid: 1 to "
              + bitwidth
              + (prefix == 0 ? ", omit the field for \"don't care\"" : ""));
    }
    key[offset] = (byte) (prefix >> 8);
    key[offset + 1] = (byte) prefix;
    putValue(lpm.getValue(), key, offset + 2);
    int n = bytes();
    int free = bitwidth - prefix;
    for (int i = 0; i < free; i++) {
      if ((key[offset + 2 + n - 1 - i / 8] >> i % 8 & 1) != 0) {
        throw Refusal.invalid(
            what
                + " has value "
                + Bytestrings.hex(lpm.getValue())
                + " with bits set beyond prefix_len "
                + prefix);
      }
    }
  }

  private void putTernary(FieldMatch.Ternary t, byte[] key) {
    int n = bytes();
    putValue(t.getValue(), key, offset);
    putValue(t.getMask(), key, offset + n);
    boolean dontCare = true;
    for (int i = 0; i < n; i++) {
      byte mask = key[offset + n + i];
      dontCare &= mask == 0;
      if ((key[offset + i] & ~mask) != 0) {
        throw Refusal.invalid(
            what
                + " has value "
                + Bytestrings.hex(t.getValue())
                + " with bits set outside of mask "
                + Bytestrings.hex(t.getMask()));
      }
    }
    if (dontCare) {
      throw Refusal.invalid(what + " has mask zero; omit the field for \"don't care\"");
    }
  }

  private void putRange(FieldMatch.Range r, byte[] key) {
    int n = bytes();
    putValue(r.getLow(), key, offset);
    putValue(r.getHigh(), key, offset + n);
    int order = Arrays.compareUnsigned(key, offset, offset + n, key, offset + n, offset + 2 * n);
    if (order > 0) {
      throw Refusal.invalid(
          what
              + " has low "
              + Bytestrings.hex(r.getLow())
              + " above high "
              + Bytestrings.hex(r.getHigh()));
    }
    byte[] everything = new byte[2 * n];
    Bytestrings.putOnes(everything, n, bitwidth);
    if (Arrays.equals(everything, 0, 2 * n, key, offset, offset + 2 * n)) {
      throw Refusal.invalid(what + " has the whole range; omit the field for \"don't care\"");
    }
  }

  // ---- back from a key -------------------------------------------------------------------------

  boolean isDontCare(byte[] key) {
    int n = bytes();
    return switch (kind) {
      case EXACT -> false;
      case LPM -> key[offset] == 0 && key[offset + 1] == 0;
      case TERNARY -> isZero(key, offset + n, n);
      case OPTIONAL -> key[offset] == 0;
      case RANGE -> {
        byte[] max = new byte[n];
        Bytestrings.putOnes(max, 0, bitwidth);
        yield isZero(key, offset, n) && Arrays.equals(max, 0, n, key, offset + n, offset + 2 * n);
      }
    };
  }

  private static boolean isZero(byte[] key, int from, int length) {
    for (int i = from; i < from + length; i++) {
      if (key[i] != 0) {
        return false;
      }
    }
    return true;
  }

  private int prefix(byte[] key) {
    return (key[offset] & 0xff) << 8 | (key[offset + 1] & 0xff);
  }

  MatchField toEngine(byte[] key) {
    int n = bytes();
    if (kind != Kind.EXACT && isDontCare(key)) {
      return new MatchField.Any();
    }
    return switch (kind) {
      case EXACT -> new MatchField.Exact(slice(key, offset, n));
      case LPM -> new MatchField.Lpm(slice(key, offset + 2, n), prefix(key));
      case TERNARY -> new MatchField.Ternary(slice(key, offset, n), slice(key, offset + n, n));
      case RANGE -> new MatchField.Range(slice(key, offset, n), slice(key, offset + n, n));
      case OPTIONAL -> new MatchField.OptionalValue(slice(key, offset + 1, n));
    };
  }

  private static byte[] slice(byte[] key, int from, int length) {
    return Arrays.copyOfRange(key, from, from + length);
  }

  /** The canonical match; not for "don't care". */
  FieldMatch toProto(byte[] key) {
    int n = bytes();
    FieldMatch.Builder m = FieldMatch.newBuilder().setFieldId(id);
    switch (kind) {
      case EXACT -> m.getExactBuilder().setValue(Bytestrings.canonical(key, offset, n));
      case LPM ->
          m.getLpmBuilder()
              .setValue(Bytestrings.canonical(key, offset + 2, n))
              .setPrefixLen(prefix(key));
      case TERNARY ->
          m.getTernaryBuilder()
              .setValue(Bytestrings.canonical(key, offset, n))
              .setMask(Bytestrings.canonical(key, offset + n, n));
      case RANGE ->
          m.getRangeBuilder()
              .setLow(Bytestrings.canonical(key, offset, n))
              .setHigh(Bytestrings.canonical(key, offset + n, n));
      case OPTIONAL -> m.getOptionalBuilder().setValue(Bytestrings.canonical(key, offset + 1, n));
    }
    return m.build();
  }

  /** Lays out a match that the program itself declares. */
  void putEngine(MatchField m, byte[] key) {
    int n = bytes();
    if (m instanceof MatchField.Exact x) {
      putBytes(x.value(), key, offset, n);
    } else if (m instanceof MatchField.Lpm x) {
      key[offset] = (byte) (x.prefixLength() >> 8);
      key[offset + 1] = (byte) x.prefixLength();
      putBytes(x.value(), key, offset + 2, n);
    } else if (m instanceof MatchField.Ternary x) {
      putBytes(x.value(), key, offset, n);
      putBytes(x.mask(), key, offset + n, n);
    } else if (m instanceof MatchField.Range x) {
      putBytes(x.low(), key, offset, n);
      putBytes(x.high(), key, offset + n, n);
    } else if (m instanceof MatchField.OptionalValue x) {
      key[offset] = 1;
      putBytes(x.value(), key, offset + 1, n);
    } else {
      putDontCare(key);
    }
  }

  private static void putBytes(byte[] value, byte[] key, int at, int n) {
    Bytestrings.put(Bytestrings.canonical(value), key, at, n);
  }

  /** Whether the strings of a match, already checked, are canonical. */
  static boolean isCanonical(FieldMatch m) {
    return switch (m.getFieldMatchTypeCase()) {
      case EXACT -> Bytestrings.isCanonical(m.getExact().getValue());
      case LPM -> Bytestrings.isCanonical(m.getLpm().getValue());
      case TERNARY ->
          Bytestrings.isCanonical(m.getTernary().getValue())
              && Bytestrings.isCanonical(m.getTernary().getMask());
      case RANGE ->
          Bytestrings.isCanonical(m.getRange().getLow())
              && Bytestrings.isCanonical(m.getRange().getHigh());
      case OPTIONAL -> Bytestrings.isCanonical(m.getOptional().getValue());
      case OTHER, FIELDMATCHTYPE_NOT_SET -> false;
    };
  }
}
