package io.myelin.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * The tests that docs/RELIABILITY.md names are there: a page that names what is gone is not true.
 */
final class NamedTestsTest {
  private static final Path ROOT = Path.of("../..");

  /** {@code `SomeTest`}, {@code `SomeTest.method`}, or {@code `.method`} of the one before. */
  private static final Pattern NAMED = Pattern.compile("`([A-Z]\\w*Test)?(?:\\.(\\w+))?`");

  private static Map<String, String> tests() throws IOException {
    Map<String, String> all = new TreeMap<>();
    for (String part : List.of("controller", "apps", "proto")) {
      try (Stream<Path> files = Files.walk(ROOT.resolve(part))) {
        for (Path f : files.filter(p -> p.toString().endsWith("Test.java")).toList()) {
          String file = String.valueOf(f.getFileName());
          all.merge(file.replace(".java", ""), Files.readString(f), String::concat);
        }
      }
    }
    return all;
  }

  private static List<String> missing(String page, Map<String, String> tests) {
    List<String> missing = new ArrayList<>();
    String test = "";
    Matcher m = NAMED.matcher(page);
    while (m.find()) {
      test = m.group(1) == null ? test : m.group(1);
      String text = tests.getOrDefault(test, "");
      String method = m.group(2);
      if (text.isEmpty() || (method != null && !text.contains(" " + method + "("))) {
        missing.add(m.group());
      }
    }
    return missing;
  }

  @Test
  void everyTestThatThePageNamesIsThere() throws IOException {
    Map<String, String> tests = tests();
    String page = Files.readString(ROOT.resolve("docs/RELIABILITY.md"));
    assertEquals(List.of(), missing(page, tests));
    assertTrue(NAMED.matcher(page).results().count() > 50, "the page was read");
    assertEquals(
        List.of("`NoSuchTest`", "`NamedTestsTest.noSuchMethod`"),
        missing("`NoSuchTest`, `NamedTestsTest.noSuchMethod`", tests));
  }
}
