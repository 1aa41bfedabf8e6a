package io.myelin.softswitch.p4rt;

import io.myelin.p4.config.v1.P4NamedType;
import io.myelin.p4.v1.FieldMatch;
import io.myelin.softswitch.engine.MatchField;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The match key of a table, or of a value set: turns matches into {@link EntryKey}s and back. */
final class KeySpec {
  /** Fields are tracked in one long while a match is read. */
  private static final int MAX_FIELDS = 64;

  private final String owner;
  private final FieldSpec[] fields;
  private final Map<Integer, Integer> indexById = new HashMap<>();
  private final int matchBytes;
  private final boolean needsPriority;

  /**
   * @param owner names the table or value set in refusals, e.g. {@code table 'routing'}
   */
  KeySpec(String owner, List<io.myelin.p4.config.v1.MatchField> declared) {
    this.owner = owner;
    if (declared.size() > MAX_FIELDS) {
      throw Refusal.invalid(owner + " has more than " + MAX_FIELDS + " match fields");
    }
    fields = new FieldSpec[declared.size()];
    int offset = 0;
    boolean ranked = false;
    for (int i = 0; i < fields.length; i++) {
      io.myelin.p4.config.v1.MatchField f = declared.get(i);
      String what = "match field '" + f.getName() + "' of " + owner;
      checkWidth(f.getBitwidth(), f.getTypeName(), what);
      FieldSpec spec =
          new FieldSpec(f.getId(), f.getName(), kind(f, what), f.getBitwidth(), offset, what);
      if (f.getId() == 0 || indexById.put(f.getId(), i) != null) {
        throw Refusal.invalid(what + " has id " + f.getId() + ", which is zero or not unique");
      }
      fields[i] = spec;
      offset += spec.keyBytes();
      ranked |= spec.kind().needsPriority();
    }
    matchBytes = offset;
    needsPriority = ranked;
  }

  /** Strings and other translated types have no width that the data plane could use. */
  static void checkWidth(int bitwidth, P4NamedType type, String what) {
    if (bitwidth <= 0) {
      throw Refusal.invalid(
          what
              + (type.getName().isEmpty() ? "" : " of type '" + type.getName() + "'")
              + " has no bit width; only bit<W> is supported");
    }
  }

  private static FieldSpec.Kind kind(io.myelin.p4.config.v1.MatchField f, String what) {
    return switch (f.getMatchType()) {
      case EXACT -> FieldSpec.Kind.EXACT;
      case LPM -> FieldSpec.Kind.LPM;
      case TERNARY -> FieldSpec.Kind.TERNARY;
      case RANGE -> FieldSpec.Kind.RANGE;
      case OPTIONAL -> FieldSpec.Kind.OPTIONAL;
      case UNSPECIFIED, UNRECOGNIZED ->
          throw Refusal.invalid(
              what
                  + " has match type '"
                  + (f.hasOtherMatchType() ? f.getOtherMatchType() : f.getMatchType())
                  + "'; valid: EXACT, LPM, TERNARY, RANGE, OPTIONAL");
    };
  }

  boolean isEmpty() {
    return fields.length == 0;
  }

  boolean needsPriority() {
    return needsPriority;
  }

  /** Checks match and priority (§9.1, §9.1.1). */
  EntryKey key(List<FieldMatch> match, int priority) {
    byte[] key = matchKey(match);
    if (!needsPriority) {
      if (priority != 0) {
        throw Refusal.invalid(
            owner
                + " has no ternary, range or optional match field: priority must be 0, not "
                + priority);
      }
      return new EntryKey(key);
    }
    if (priority <= 0) {
      throw Refusal.invalid(
          owner
              + " has a ternary, range or optional match field: priority must be above 0, not "
              + priority);
    }
    putPriority(key, priority);
    return new EntryKey(key);
  }

  private void putPriority(byte[] key, int priority) {
    key[matchBytes] = (byte) (priority >>> 24);
    key[matchBytes + 1] = (byte) (priority >>> 16);
    key[matchBytes + 2] = (byte) (priority >>> 8);
    key[matchBytes + 3] = (byte) priority;
  }

  /** Checks a match; the bytes have room for the priority. */
  byte[] matchKey(List<FieldMatch> match) {
    byte[] key = new byte[matchBytes + (needsPriority ? 4 : 0)];
    long seen = 0;
    for (int i = 0; i < match.size(); i++) {
      FieldMatch m = match.get(i);
      Integer index = indexById.get(m.getFieldId());
      if (index == null) {
        throw Refusal.invalid(
            owner
                + " has no match field id "
                + Integer.toUnsignedString(m.getFieldId())
                + "; valid: "
                + validFields());
      }
      if ((seen & 1L << index) != 0) {
        throw Refusal.invalid(fields[index].what() + " is given twice");
      }
      seen |= 1L << index;
      fields[index].put(m, key);
    }
    for (int i = 0; i < fields.length; i++) {
      if ((seen & 1L << i) == 0) {
        fields[i].putDontCare(key);
      }
    }
    return key;
  }

  private String validFields() {
    List<String> valid = new ArrayList<>();
    for (FieldSpec f : fields) {
      valid.add(Integer.toUnsignedString(f.id()) + " (" + f.name() + ")");
    }
    return Options.list(valid);
  }

  /** The key of an entry that the program declares. */
  EntryKey key(int priority, List<MatchField> match) {
    byte[] key = new byte[matchBytes + (needsPriority ? 4 : 0)];
    for (int i = 0; i < fields.length; i++) {
      fields[i].putEngine(match.get(i), key);
    }
    if (needsPriority) {
      putPriority(key, priority);
    }
    return new EntryKey(key);
  }

  List<MatchField> toEngine(byte[] key) {
    MatchField[] out = new MatchField[fields.length];
    for (int i = 0; i < fields.length; i++) {
      out[i] = fields[i].toEngine(key);
    }
    return List.of(out);
  }

  /** The match with canonical strings: the given one if it is. */
  List<FieldMatch> canonical(List<FieldMatch> match, byte[] key) {
    for (int i = 0; i < match.size(); i++) {
      if (!FieldSpec.isCanonical(match.get(i))) {
        return toProto(key);
      }
    }
    return match;
  }

  List<FieldMatch> toProto(byte[] key) {
    List<FieldMatch> out = new ArrayList<>(fields.length);
    for (FieldSpec f : fields) {
      if (!f.isDontCare(key)) {
        out.add(f.toProto(key));
      }
    }
    return out;
  }

  /** Whether two keys have the same match, whatever their priorities. */
  boolean sameMatch(byte[] a, byte[] b) {
    return java.util.Arrays.equals(a, 0, matchBytes, b, 0, matchBytes);
  }
}
