package io.myelin.onos.java11;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** A JDK 11 on this machine, if there is one. */
public final class Java11 {
  /** Environment variable: the home of a JDK 11, where it is not under /usr/lib/jvm. */
  public static final String HOME = "MYELIN_JAVA11_HOME";

  /** What tests say that are skipped without one. */
  public static final String MISSING =
      "no JDK 11 under /usr/lib/jvm; set "
          + HOME
          + ", or install openjdk-11-jdk-headless (on Debian 12 from bullseye-security)";

  private Java11() {}

  /** Its {@code java}. */
  public static Optional<Path> java() {
    List<Path> candidates = new ArrayList<>();
    String home = System.getenv(HOME);
    if (home != null) {
      candidates.add(Path.of(home));
    }
    Path all = Path.of("/usr/lib/jvm");
    if (Files.isDirectory(all)) {
      try (DirectoryStream<Path> dirs = Files.newDirectoryStream(all, "*11*")) {
        dirs.forEach(candidates::add);
      } catch (IOException e) {
        throw new IllegalStateException("cannot look for a JDK 11", e);
      }
    }
    for (Path c : candidates) {
      Path java = c.resolve("bin/java");
      Path release = c.resolve("release");
      try {
        if (Files.isExecutable(java)
            && Files.exists(release)
            && Files.readString(release).contains("JAVA_VERSION=\"11.")) {
          return Optional.of(java);
        }
      } catch (IOException e) {
        throw new IllegalStateException("cannot read " + release, e);
      }
    }
    return Optional.empty();
  }

  /** A class path of files. */
  public static String path(List<Path> files) {
    List<String> names = new ArrayList<>();
    files.forEach(f -> names.add(f.toAbsolutePath().toString()));
    return String.join(File.pathSeparator, names);
  }

  /** The jars of a directory. */
  public static List<Path> jars(Path directory) throws IOException {
    List<Path> all = new ArrayList<>();
    try (DirectoryStream<Path> jars = Files.newDirectoryStream(directory, "*.jar")) {
      jars.forEach(all::add);
    }
    all.sort(null);
    return all;
  }

  /** A process whose output is read line by line. */
  public static final class Running implements AutoCloseable {
    private final Process process;
    private final BufferedReader out;
    private final List<String> lines = new ArrayList<>();

    /** Starts it; errors come with its output. */
    public Running(List<String> command) throws IOException {
      process = new ProcessBuilder(command).redirectErrorStream(true).start();
      out =
          new BufferedReader(
              new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    }

    /**
     * Reads on until a line begins so.
     *
     * @return the rest of that line
     */
    public String await(String prefix) throws IOException {
      for (String line = out.readLine(); line != null; line = out.readLine()) {
        lines.add(line);
        if (line.startsWith(prefix)) {
          return line.substring(prefix.length()).strip();
        }
      }
      throw new AssertionError(
          "it ended without saying '" + prefix + "':\n" + String.join("\n", lines));
    }

    /** All that was read. */
    public List<String> lines() {
      return List.copyOf(lines);
    }

    /** Ends its input, and waits for its end. */
    public int end() throws IOException, InterruptedException {
      process.getOutputStream().close();
      for (String line = out.readLine(); line != null; line = out.readLine()) {
        lines.add(line);
      }
      return process.waitFor(60, TimeUnit.SECONDS) ? process.exitValue() : -1;
    }

    @Override
    public void close() {
      process.destroyForcibly();
    }
  }
}
