package io.myelin.onos.fake;

import io.myelin.onos.pipeline.MyelinPipeconf;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.onosproject.net.pi.model.PiPipeconf;
import org.onosproject.net.pi.model.PiPipelineModel;

/**
 * ONOS's own P4Info parser, with the protobuf of ONOS, which is older than ours and does not live
 * on one class path with it.
 */
public final class OnosLibraries {
  /** Where the build puts the bundles of ONOS and what they need. */
  public static final Path BUNDLES = Path.of("target", "onos", "bundles");

  private OnosLibraries() {}

  /** Loads ONOS's parser and protobuf from the bundles, all else from here. */
  private static final class Loader extends URLClassLoader {
    Loader(URL[] urls) {
      super(urls, OnosLibraries.class.getClassLoader());
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
      boolean theirs =
          name.startsWith("com.google.protobuf.")
              || name.startsWith("p4.")
              || name.startsWith("org.onosproject.p4runtime.model.");
      if (!theirs) {
        return super.loadClass(name, resolve);
      }
      synchronized (getClassLoadingLock(name)) {
        Class<?> c = findLoadedClass(name);
        return c == null ? findClass(name) : c;
      }
    }
  }

  /** Our pipeconf, its P4Info parsed as ONOS does it. */
  public static PiPipeconf pipeconf() {
    try {
      List<URL> urls = new ArrayList<>();
      try (DirectoryStream<Path> jars = Files.newDirectoryStream(BUNDLES, "*.jar")) {
        for (Path jar : jars) {
          urls.add(jar.toUri().toURL());
        }
      }
      try (Loader loader = new Loader(urls.toArray(new URL[0]))) {
        Object model =
            Class.forName("org.onosproject.p4runtime.model.P4InfoParser", true, loader)
                .getMethod("parse", URL.class)
                .invoke(null, MyelinPipeconf.p4info());
        return MyelinPipeconf.of((PiPipelineModel) model);
      }
    } catch (IOException | ReflectiveOperationException e) {
      throw new IllegalStateException("ONOS's parser does not read our P4Info", e);
    }
  }
}
