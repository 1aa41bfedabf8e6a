package io.myelin.softswitch.engine;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Where a header or metadata instance lives in a packet's slots, and how it looks on the wire. */
final class HeaderRef {
  static final String VALID = "$valid$";

  final String name;
  final String type;
  final boolean metadata;

  /** Slot of the validity (0 or 1); the fields follow. */
  final int base;

  /** Fields in order of declaration. */
  final List<FieldRef> fields = new ArrayList<>();

  /** Slots in use, validity included. */
  int slots = 1;

  /** Bits on the wire without the varbit. */
  int fixedBits;

  /** Most bytes on the wire, for headers with a varbit; 0 if undeclared. */
  int maxBytes;

  @Nullable FieldRef varbit;

  /** Members of the same header union; at most one of them is valid (P4-16 §8.20). */
  List<HeaderRef> union = List.of();

  private int[] chunkSlot = {};
  private int[] chunkBit = {};
  private int[] chunkWidth = {};

  HeaderRef(String name, String type, boolean metadata, int base) {
    this.name = name;
    this.type = type;
    this.metadata = metadata;
    this.base = base;
  }

  void add(String field, int width, boolean signed, boolean isVarbit) {
    FieldRef ref = new FieldRef(name + "." + field, this, base + slots, width, signed, isVarbit);
    fields.add(ref);
    slots += ref.words();
    if (isVarbit) {
      varbit = ref;
      slots++;
    } else {
      int n = ref.words();
      int bit = fixedBits;
      for (int i = n - 1; i >= 0; i--) {
        int bits = i == n - 1 ? width - 64 * i : 64;
        chunkSlot = append(chunkSlot, ref.slot() + i);
        chunkBit = append(chunkBit, bit);
        chunkWidth = append(chunkWidth, bits);
        bit += bits;
      }
      fixedBits += width;
    }
  }

  private static int[] append(int[] a, int v) {
    int[] out = Arrays.copyOf(a, a.length + 1);
    out[a.length] = v;
    return out;
  }

  FieldRef field(String field) {
    for (FieldRef f : fields) {
      if (f.name().length() == name.length() + 1 + field.length() && f.name().endsWith(field)) {
        return f;
      }
    }
    if (field.equals(VALID)) {
      return new FieldRef(name + "." + VALID, this, base, 1, false, false);
    }
    throw new InvalidProgramException(
        "header " + name + " has no field " + field + "; it has " + fields);
  }

  boolean valid(long[] f) {
    return f[base] != 0;
  }

  void setValid(long[] f) {
    f[base] = 1;
    for (HeaderRef other : union) {
      if (other != this) {
        f[other.base] = 0;
      }
    }
  }

  void setInvalid(long[] f) {
    f[base] = 0;
  }

  void clearFields(long[] f) {
    Arrays.fill(f, base + 1, base + slots, 0);
  }

  /** Bytes on the wire as the header is now. */
  int wireBytes(long[] f) {
    return varbit == null ? fixedBits >>> 3 : (fixedBits + (int) f[varbit.lengthSlot()]) >>> 3;
  }

  /** Reads the header from byte {@code at} on and makes it valid. */
  void extract(long[] f, byte[] data, int at, int varbitBits) {
    if (varbit == null) {
      int start = at << 3;
      for (int i = 0; i < chunkSlot.length; i++) {
        f[chunkSlot[i]] = Bits.get(data, start + chunkBit[i], chunkWidth[i]);
      }
    } else {
      int bit = at << 3;
      for (FieldRef field : fields) {
        if (field.varbit()) {
          bit = extractVarbit(field, f, data, bit, varbitBits);
        } else {
          for (int w = field.words() - 1; w >= 0; w--) {
            int bits = w == field.words() - 1 ? field.width() - 64 * w : 64;
            f[field.slot() + w] = Bits.get(data, bit, bits);
            bit += bits;
          }
        }
      }
    }
    setValid(f);
  }

  private static int extractVarbit(FieldRef field, long[] f, byte[] data, int bit, int bits) {
    f[field.lengthSlot()] = bits;
    for (int done = 0, slot = field.slot(); done < bits; done += 64, slot++) {
      f[slot] = Bits.get(data, bit + done, Math.min(64, bits - done));
    }
    return bit + bits;
  }

  /** Writes the header from bit {@code bit} on; returns the bit behind it. */
  int emit(long[] f, byte[] out, int bit) {
    if (varbit == null) {
      for (int i = 0; i < chunkSlot.length; i++) {
        Bits.put(out, bit + chunkBit[i], f[chunkSlot[i]], chunkWidth[i]);
      }
      return bit + fixedBits;
    }
    for (FieldRef field : fields) {
      bit = emitField(field, f, out, bit);
    }
    return bit;
  }

  static int emitField(FieldRef field, long[] f, byte[] out, int bit) {
    if (!field.varbit()) {
      Bits.putWords(out, bit, f, field.slot(), field.width());
      return bit + field.width();
    }
    int bits = (int) f[field.lengthSlot()];
    for (int done = 0, slot = field.slot(); done < bits; done += 64, slot++) {
      Bits.put(out, bit + done, f[slot], Math.min(64, bits - done));
    }
    return bit + bits;
  }

  /** Copies fields and validity; P4-16 §8.17: an invalid source makes the target invalid. */
  static void assign(long[] f, HeaderRef to, HeaderRef from) {
    if (!from.valid(f)) {
      to.setInvalid(f);
      return;
    }
    System.arraycopy(f, from.base + 1, f, to.base + 1, to.slots - 1);
    to.setValid(f);
  }

  /** Equal as P4-16 §8.17 says, except that two invalid headers differ, as in BMv2. */
  static boolean equal(long[] f, HeaderRef a, HeaderRef b) {
    return a.type.equals(b.type)
        && a.valid(f)
        && b.valid(f)
        && Arrays.equals(f, a.base + 1, a.base + a.slots, f, b.base + 1, b.base + b.slots);
  }

  static boolean equalVarbits(long[] f, FieldRef a, FieldRef b) {
    int bits = (int) f[a.lengthSlot()];
    int n = Bits.words(bits);
    return bits == f[b.lengthSlot()]
        && Arrays.equals(f, a.slot(), a.slot() + n, f, b.slot(), b.slot() + n);
  }
}
