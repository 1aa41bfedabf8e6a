package io.myelin.softswitch.peer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The softswitch against what BMv2 did with the same program, entries and packets when it was last
 * asked. {@code MYELIN_RECORD_VECTORS=1} asks it again and rewrites the vectors; see
 * docs/SOFTSWITCH.md.
 */
class GoldenVectorsTest {
  private static final String RECORD =
      "MYELIN_RECORD_VECTORS=1 mvn -pl apps/softswitch -am test -Dtest=GoldenVectorsTest"
          + " -Dsurefire.failIfNoSpecifiedTests=false";

  @ParameterizedTest
  @CsvSource({"many, 20261123, 100000, 25", "one-by-one, 20261130, 4000, 1"})
  void whatBmv2Did(String name, long seed, int packets, int batch)
      throws IOException, InterruptedException {
    Run run = new Run(seed, packets, batch);
    String resource = "vectors/myelin-" + name + ".gz";
    if ("1".equals(System.getenv("MYELIN_RECORD_VECTORS"))) {
      assertTrue(Bmv2.isAvailable(), "simple_switch_grpc is not on the PATH");
      Vectors.of(run, run.bmv2()).write(Path.of("src/test/resources").resolve(resource));
      return;
    }
    Vectors theirs;
    try (InputStream in = getClass().getResourceAsStream("/" + resource)) {
      assertNotNull(in, resource + " is missing: " + RECORD);
      theirs = Vectors.read(in);
    }
    assertEquals(run, theirs.run(), "recorded with other packets: " + RECORD);
    assertEquals(
        theirs.program(),
        Vectors.programNow(),
        "p4/myelin.p4 has changed since the vectors were recorded; where BMv2 is: " + RECORD);
    List<String> differences = theirs.differences(Vectors.of(run, run.softswitch()));
    assertEquals(
        List.of(), differences.subList(0, Math.min(5, differences.size())), run.toString());
  }
}
