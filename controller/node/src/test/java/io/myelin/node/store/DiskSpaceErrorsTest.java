package io.myelin.node.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import org.junit.jupiter.api.Test;

final class DiskSpaceErrorsTest {
  private final IOException full = new IOException("No space left on device");

  /** Which write fails first is chance: the next ones fail because that one did. */
  @Test
  void aLaterWriteSaysWhyTheFirstFailed() {
    Throwable later = new IOException("Log already failed at index 505", full);
    assertTrue(DiskSpaceErrors.isCauseOf(later));
    assertEquals(
        "java.io.IOException: Log already failed at index 505:"
            + " java.io.IOException: No space left on device",
        DiskSpaceErrors.withFirst(later));
  }

  @Test
  void nothingIsSaidTwice() {
    assertEquals("java.io.IOException: No space left on device", DiskSpaceErrors.withFirst(full));
    Throwable wrapped = new RuntimeException(full);
    assertEquals(wrapped.toString(), DiskSpaceErrors.withFirst(wrapped));
  }

  @Test
  void causesThatLeadBackToThemselvesEnd() {
    IOException one = new IOException("one");
    IOException two = new IOException("two", one);
    one.initCause(two);
    assertTrue(DiskSpaceErrors.withFirst(one).startsWith("java.io.IOException: one"));
  }
}
