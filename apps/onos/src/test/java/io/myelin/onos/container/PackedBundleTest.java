package io.myelin.onos.container;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.JarInputStream;
import org.junit.jupiter.api.Test;

/** What Karaf needs of the packed bundle and would say only once it runs there. */
class PackedBundleTest {
  private static final Path BUNDLE = Path.of("target", "myelin-onos-bundle.jar");

  @Test
  void embeddedJarsHaveNoModuleDescriptors() throws IOException {
    List<String> found = new ArrayList<>();
    int jars = 0;
    try (JarFile bundle = new JarFile(BUNDLE.toFile())) {
      for (JarEntry jar : bundle.stream().filter(e -> e.getName().endsWith(".jar")).toList()) {
        jars++;
        try (JarInputStream in = new JarInputStream(bundle.getInputStream(jar))) {
          for (JarEntry e = in.getNextJarEntry(); e != null; e = in.getNextJarEntry()) {
            if (e.getName().endsWith("module-info.class")) {
              found.add(jar.getName() + "!" + e.getName());
            }
          }
        }
      }
    }
    assertTrue(jars > 0, "the bundle embeds its libraries");
    assertEquals(List.of(), found, "Pax Web deploys no bundle with these");
  }
}
