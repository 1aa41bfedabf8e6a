package io.myelin.java11;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * Copies class files and resources, the classes rewritten for Java 11.
 *
 * <p>Arguments: {@code OUT IN... [--relocate FROM=TO]... [--exclude PREFIX]... [--as-is JAR]...}
 * where IN is a directory or a jar whose classes are ours: they are rewritten, and every use of the
 * JDK that Java 11 does not have fails the build. JARs given as they are were compiled for Java 11
 * or before; they are copied, moved to other packages where a relocation says so.
 */
public final class Downgrade {
  private final Path out;
  private final Relocation relocation;
  private final List<String> excluded;
  private final Java11Api api;
  private final TreeSet<String> unknown = new TreeSet<>();

  private Downgrade(Path out, Relocation relocation, List<String> excluded, Java11Api api) {
    this.out = out;
    this.relocation = relocation;
    this.excluded = excluded;
    this.api = api;
  }

  /**
   * Runs it.
   *
   * @throws IOException when a file cannot be read or written
   * @throws IllegalStateException naming every use of the JDK that Java 11 does not have
   */
  public static void main(String[] args) throws IOException {
    List<Path> ours = new ArrayList<>();
    List<Path> others = new ArrayList<>();
    List<String> relocations = new ArrayList<>();
    List<String> excluded = new ArrayList<>();
    List<String> words = Arrays.asList(args);
    for (int i = 1; i < words.size(); i++) {
      switch (words.get(i)) {
        case "--relocate":
          relocations.add(words.get(++i));
          break;
        case "--exclude":
          excluded.add(words.get(++i));
          break;
        case "--as-is":
          others.add(Path.of(words.get(++i)));
          break;
        default:
          ours.add(Path.of(words.get(i)));
      }
    }
    try (Java11Api api = Java11Api.open()) {
      Downgrade d = new Downgrade(Path.of(words.get(0)), Relocation.of(relocations), excluded, api);
      for (Path in : ours) {
        d.each(in, d::ours);
      }
      for (Path in : others) {
        d.each(in, d::asIs);
      }
      if (!d.unknown.isEmpty()) {
        throw new IllegalStateException(
            "Java 11 has none of these; add them to ApiCalls and Backport, or do without:\n  "
                + String.join("\n  ", d.unknown));
      }
    }
  }

  private interface Copy {
    void file(String name, byte[] bytes) throws IOException;
  }

  private void each(Path in, Copy copy) throws IOException {
    if (Files.isDirectory(in)) {
      walk(in, copy);
      return;
    }
    try (FileSystem jar = FileSystems.newFileSystem(in, (ClassLoader) null)) {
      walk(jar.getPath("/"), copy);
    }
  }

  private void walk(Path root, Copy copy) throws IOException {
    try (Stream<Path> files = Files.walk(root)) {
      files
          .filter(Files::isRegularFile)
          .sorted()
          .forEach(
              f -> {
                String name = root.relativize(f).toString().replace('\\', '/');
                try {
                  if (excluded.stream().noneMatch(name::startsWith)) {
                    copy.file(name, Files.readAllBytes(f));
                  }
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              });
    }
  }

  private void ours(String name, byte[] bytes) throws IOException {
    if (name.endsWith("module-info.class") || name.startsWith("META-INF/maven/")) {
      return;
    }
    if (!name.endsWith(".class")) {
      resource(name, bytes);
      return;
    }
    byte[] rewritten = ClassRewriter.rewrite(bytes);
    unknown.addAll(api.missing(rewritten));
    write(name, relocation.apply(rewritten));
  }

  private void asIs(String name, byte[] bytes) throws IOException {
    // Variants for newer JDKs; what runs on Java 11 is outside of them.
    if (name.startsWith("META-INF/versions/") || name.endsWith("module-info.class")) {
      return;
    }
    if (name.endsWith(".class")) {
      if (ClassRewriter.version(bytes) > ClassRewriter.JAVA_11) {
        unknown.add(name + " was compiled for a newer Java");
      }
      write(relocation.path(name), relocation.apply(bytes));
    } else {
      resource(name, bytes);
    }
  }

  private void resource(String name, byte[] bytes) throws IOException {
    boolean signature = name.startsWith("META-INF/") && name.matches(".*\\.(SF|RSA|DSA|EC)");
    if (name.equals("META-INF/MANIFEST.MF") || signature) {
      return;
    }
    if (name.startsWith("META-INF/services/")) {
      write(relocation.service(name), relocation.services(bytes));
    } else {
      write(relocation.path(name), bytes);
    }
  }

  private void write(String name, byte[] bytes) throws IOException {
    Path file = out.resolve(name);
    Path parent = file.getParent();
    if (parent != null) {
      Files.createDirectories(parent);
    }
    if (Files.exists(file) && name.startsWith("META-INF/services/")) {
      byte[] before = Files.readAllBytes(file);
      if (!Arrays.equals(before, bytes)) {
        byte[] both = Arrays.copyOf(before, before.length + 1 + bytes.length);
        both[before.length] = '\n';
        System.arraycopy(bytes, 0, both, before.length + 1, bytes.length);
        Files.write(file, both);
      }
      return;
    }
    Files.write(file, bytes);
  }
}
