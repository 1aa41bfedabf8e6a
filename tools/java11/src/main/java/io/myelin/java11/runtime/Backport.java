package io.myelin.java11.runtime;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * JDK methods from Java 12 to 17, as static methods that take the receiver first. What the JDK
 * documents of each holds here, too.
 */
public final class Backport {
  private Backport() {}

  /** {@code Stream.toList}, Java 16: unmodifiable, nulls allowed. */
  @SuppressWarnings("unchecked") // as in the JDK
  public static <T extends @Nullable Object> List<T> toList(Stream<T> stream) {
    return (List<T>) Collections.unmodifiableList(new ArrayList<>(Arrays.asList(stream.toArray())));
  }

  /** {@code String.formatted}, Java 15. */
  @SuppressWarnings({"AnnotateFormatMethod", "FormatStringAnnotation"}) // the caller's format
  public static String formatted(String format, @Nullable Object... args) {
    return String.format(format, args);
  }

  /** {@code InputStream.skipNBytes}, Java 12. */
  public static void skipNBytes(InputStream in, long bytes) throws IOException {
    for (long left = bytes; left > 0; ) {
      long skipped = in.skip(left);
      if (skipped < 0 || skipped > left) {
        throw new IOException("Unable to skip exactly");
      }
      if (skipped == 0) {
        if (in.read() < 0) {
          throw new EOFException();
        }
        skipped = 1;
      }
      left -= skipped;
    }
  }

  /** {@code Class.getPermittedSubclasses}, Java 17: null for what is not sealed. */
  @SuppressWarnings("ReturnsNullCollection") // as in the JDK
  public static Class<?> @Nullable [] getPermittedSubclasses(Class<?> type) {
    Permitted permitted = type.getAnnotation(Permitted.class);
    return permitted == null ? null : permitted.value();
  }
}
