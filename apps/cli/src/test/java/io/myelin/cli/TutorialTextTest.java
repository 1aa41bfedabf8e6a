package io.myelin.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

/** What {@link TutorialTest} lets differ, and what not. */
final class TutorialTextTest {
  @Test
  void whatDiffersIsFound() {
    List<TutorialText.Step> steps =
        TutorialText.steps(
            List.of(
                "text",
                "```console",
                "$ ./myelin a",
                "x  2026-11-30 10:00Z  ≈40.0M",
                "…",
                "y … 127.0.0.1:1 …",
                "$ ./myelin b",
                "```",
                "```console watch",
                "one",
                "two",
                "```"));
    assertEquals(3, steps.size());
    TutorialText.Step a = steps.get(0);
    assertEquals("docs/TUTORIAL.md:3: $ ./myelin a", a.toString());
    assertTrue(a.agrees("x 2027-01-01 11:59Z 38.1M\nz\ny  v 127.0.0.1:99  q  r\n"));
    for (String other :
        List.of(
            "", // nothing
            "x 2027-01-01 11:59Z 29.1M\nz\ny v 127.0.0.1:99 q\n", // more than a quarter away
            "x 2027-01-01 11:59Z 38.1k\nz\ny v 127.0.0.1:99 q\n", // another unit
            "x soon 38.1M\nz\ny v 127.0.0.1:99 q\n", // no time
            "x 2027-01-01 11:59Z 38.1M\ny v 127.0.0.1:99 q\n", // nothing was left out
            "x 2027-01-01 11:59Z 38.1M\nz\ny v 127.0.0.2:99 q\n", // another address
            "x 2027-01-01 11:59Z 38.1M\nz\ny v 127.0.0.1:99\n", // no rest of the line
            "x 2027-01-01 11:59Z 38.1M\nz\ny v v 127.0.0.1:99 q\n", // one word more
            "x 2027-01-01 11:59Z 38.1M\nz\ny v 127.0.0.1:99 q\nw\n")) { // one line more
      assertFalse(a.agrees(other), other);
    }
    assertEquals("", steps.get(1).text());
    assertFalse(steps.get(1).agrees("something"));
    assertEquals(3, steps.get(2).within(List.of("one", "1.5", "two", "three"), 0));
    assertEquals(-1, steps.get(2).within(List.of("one", "two"), 1));
  }
}
