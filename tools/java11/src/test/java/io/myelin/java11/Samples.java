package io.myelin.java11;

import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What is rewritten in the tests. */
final class Samples {
  private Samples() {}

  sealed interface Shape permits Point, Line, Empty {}

  record Point(int x, long y, double z, float w, boolean b, byte s, short t, char c)
      implements Shape {}

  record Line(@Nullable Point from, List<String> names, int[] array) implements Shape {
    Line {
      names = List.copyOf(names);
    }

    Line(Point from) {
      this(from, List.of("made"), new int[0]);
    }

    @Override
    public List<String> names() {
      return names;
    }
  }

  record Empty() implements Shape {}

  /** One whose supertypes reflection sees with their parameters. */
  record Pair<T extends Comparable<T>>(T a, T b) implements Comparable<Pair<T>> {
    @Override
    public int compareTo(Pair<T> o) {
      return a.compareTo(o.a);
    }
  }

  /** One that says its own hash. */
  record Own(String s) {
    @Override
    public int hashCode() {
      return 7;
    }
  }

  static String calls() {
    Shape shape = new Line(null, List.of("a", "b"), new int[] {1});
    String kind =
        switch (shape.getClass().getSimpleName()) {
          case "Line" -> "line %d".formatted(2);
          default -> "other";
        };
    List<@Nullable String> list = Stream.of("x", null).toList();
    byte[] bytes = HexFormat.of().parseHex("00ff7A");
    return kind
        + list
        + Shape.class.getPermittedSubclasses().length
        + HexFormat.of().formatHex(bytes);
  }
}
