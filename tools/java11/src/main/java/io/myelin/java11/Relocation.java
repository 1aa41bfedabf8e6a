package io.myelin.java11;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.commons.ClassRemapper;
import org.objectweb.asm.commons.Remapper;

/** Moves packages, so that a library of ours and another version of it may meet in one bundle. */
final class Relocation extends Remapper {

  private static final class Move {
    final String from;
    final String to;

    Move(String from, String to) {
      this.from = from;
      this.to = to;
    }
  }

  private final List<Move> moves;

  private Relocation(List<Move> moves) {
    super(org.objectweb.asm.Opcodes.ASM9);
    this.moves = moves;
  }

  /**
   * @param texts {@code com.example=org.moved.example}: a package and all below it
   */
  static Relocation of(List<String> texts) {
    List<Move> moves = new ArrayList<>();
    for (String t : texts) {
      int eq = t.indexOf('=');
      if (eq < 1) {
        throw new IllegalArgumentException("'" + t + "' is not FROM=TO");
      }
      moves.add(
          new Move(
              t.substring(0, eq).replace('.', '/') + "/",
              t.substring(eq + 1).replace('.', '/') + "/"));
    }
    return new Relocation(moves);
  }

  @Override
  public String map(String internalName) {
    for (Move m : moves) {
      if (internalName.startsWith(m.from)) {
        return m.to + internalName.substring(m.from.length());
      }
    }
    return internalName;
  }

  /** Names of classes in strings: libraries load some of their own by name. */
  @Override
  public Object mapValue(Object value) {
    if (value instanceof String) {
      String s = (String) value;
      String dotted = s.replace('.', '/');
      String mapped = s.indexOf('/') < 0 ? map(dotted) : s;
      return s.indexOf('/') < 0 && !mapped.equals(dotted) ? mapped.replace('/', '.') : s;
    }
    return super.mapValue(value);
  }

  byte[] apply(byte[] bytes) {
    if (moves.isEmpty()) {
      return bytes;
    }
    ClassWriter writer = new ClassWriter(0);
    new ClassReader(bytes).accept(new ClassRemapper(writer, this), 0);
    return writer.toByteArray();
  }

  String path(String name) {
    return map(name);
  }

  /** The file of a service, which is named like its interface. */
  String service(String name) {
    String prefix = "META-INF/services/";
    return prefix + map(name.substring(prefix.length()).replace('.', '/')).replace('/', '.');
  }

  byte[] services(byte[] bytes) {
    StringBuilder out = new StringBuilder();
    new String(bytes, StandardCharsets.UTF_8)
        .lines()
        .forEach(
            l ->
                out.append(
                        l.startsWith("#") ? l : map(l.strip().replace('.', '/')).replace('/', '.'))
                    .append('\n'));
    return out.toString().getBytes(StandardCharsets.UTF_8);
  }
}
