package io.myelin.softswitch.stf;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Tests in a directory: NAME.json and NAME.stf make one. */
public final class StfDirectory {
  private StfDirectory() {}

  /**
   * Runs one test from files.
   *
   * @throws IOException if a file cannot be read
   */
  public static StfResult run(Path json, Path stf) throws IOException {
    String file = String.valueOf(stf.getFileName());
    String name = file.endsWith(".stf") ? file.substring(0, file.length() - 4) : file;
    return StfRunner.run(name, Files.readAllBytes(json), stf.toString(), Files.readString(stf));
  }

  /**
   * Runs all tests of a directory in order of their names. A .stf without a .json is skipped: its
   * program was not compiled.
   *
   * @throws IOException if the directory or a file cannot be read, or there is no test
   */
  public static List<StfResult> runAll(Path dir) throws IOException {
    List<Path> tests;
    try (Stream<Path> files = Files.list(dir)) {
      tests = files.filter(f -> f.toString().endsWith(".stf")).sorted().toList();
    }
    List<StfResult> out = new ArrayList<>();
    for (Path stf : tests) {
      String path = stf.toString();
      Path json = Path.of(path.substring(0, path.length() - 4) + ".json");
      if (Files.exists(json)) {
        out.add(run(json, stf));
      }
    }
    if (out.isEmpty()) {
      throw new NoSuchFileException(dir + ": no NAME.stf with a NAME.json");
    }
    return out;
  }
}
