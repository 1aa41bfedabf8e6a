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

/** What docs/RECIPES.md names is there: a recipe whose files are gone helps nobody. */
final class RecipesTest {
  private static final Path ROOT = Path.of("../..");

  /** {@code `SomeClass`} or {@code `SomeClass.member`}. */
  private static final Pattern CLASS = Pattern.compile("`([A-Z]\\w*[a-z]\\w*)(?:\\.(\\w+))?`");

  /** {@code `docs/API.md`} or {@code `p4/build`}: of the repository, not of a class path. */
  private static final Pattern FILE = Pattern.compile("`([a-z0-9][\\w.-]*(?:/[\\w.-]+)+)`");

  /** Java sources by class name. */
  private static Map<String, String> classes() throws IOException {
    Map<String, String> all = new TreeMap<>();
    for (String part : List.of("controller", "apps", "proto/src")) {
      try (Stream<Path> files = Files.walk(ROOT.resolve(part))) {
        for (Path f : files.filter(RecipesTest::isSource).toList()) {
          String file = String.valueOf(f.getFileName());
          all.merge(file.replace(".java", ""), Files.readString(f), String::concat);
        }
      }
    }
    return all;
  }

  private static boolean isSource(Path p) {
    return p.toString().endsWith(".java") && !p.toString().contains("/target/");
  }

  private static List<String> missing(String page, Map<String, String> classes) {
    List<String> missing = new ArrayList<>();
    Matcher m = CLASS.matcher(page);
    while (m.find()) {
      String text = classes.getOrDefault(m.group(1), "");
      String member = m.group(2);
      boolean rpc = m.group(1).startsWith("Get"); // of a proto
      if (!rpc && (text.isEmpty() || (member != null && !text.contains(" " + member)))) {
        missing.add(m.group());
      }
    }
    Matcher f = FILE.matcher(page);
    while (f.find()) {
      if (!Files.exists(ROOT.resolve(f.group(1)))) {
        missing.add(f.group());
      }
    }
    return missing;
  }

  @Test
  void everythingThatARecipeNamesIsThere() throws IOException {
    Map<String, String> classes = classes();
    String page = Files.readString(ROOT.resolve("docs/RECIPES.md"));
    assertEquals(List.of(), missing(page, classes));
    assertTrue(CLASS.matcher(page).results().count() > 50, "classes were found on the page");
    assertTrue(FILE.matcher(page).results().count() > 10, "files were found on the page");
  }

  @Test
  void whatIsGoneIsFound() throws IOException {
    assertEquals(
        List.of("`NoSuchClass`", "`Main.noSuchMember`", "`docs/NONE.md`"),
        missing("`NoSuchClass`, `Main.noSuchMember`, `Main`, `docs/NONE.md`", classes()));
  }
}
