package io.myelin.softswitch.p4rt;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** docs/P4RUNTIME.md names tests that exist. */
final class RequirementsTest {
  private static final Pattern NAMED = Pattern.compile("`(\\w+Test)\\.(\\w+)`");

  @Test
  void namedTestsExist() throws IOException {
    Matcher m = NAMED.matcher(Files.readString(Path.of("../../docs/P4RUNTIME.md")));
    Set<String> missing = new TreeSet<>();
    int found = 0;
    while (m.find()) {
      if (!exists("p4rt", m) && !exists("engine", m)) {
        missing.add(m.group());
      }
      found++;
    }
    assertTrue(missing.isEmpty(), () -> "not there: " + missing);
    assertTrue(found > 50, "the table is read");
  }

  private static boolean exists(String where, Matcher m) throws IOException {
    Path source = Path.of("src/test/java/io/myelin/softswitch", where, m.group(1) + ".java");
    return Files.exists(source) && Files.readString(source).contains("void " + m.group(2) + "(");
  }
}
