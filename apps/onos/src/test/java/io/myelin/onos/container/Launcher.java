package io.myelin.onos.container;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.launch.Framework;
import org.osgi.framework.launch.FrameworkFactory;
import org.osgi.util.tracker.ServiceTracker;

/**
 * Starts an OSGi framework with the bundles of a directory, and says on which port the application
 * serves gRPC. What the bundles import and none of them brings comes from this process's class
 * path: the libraries that ONOS has, in ONOS's versions.
 *
 * <p>Arguments: {@code BUNDLES LIBRARIES CACHE}. Runs on Java 11, in a process of its own.
 */
public final class Launcher {
  private static final long TIMEOUT_MS = 60_000;

  private Launcher() {}

  /** Runs until its input ends. */
  public static void main(String[] args) {
    // A line is written in two pieces, text and end: with a stream each, errors of another thread
    // could come between.
    System.setErr(System.out);
    int exit = 0;
    try {
      run(args);
    } catch (Exception | LinkageError e) {
      e.printStackTrace(System.out);
      exit = 1;
    }
    System.exit(exit); // frameworks leave threads behind
  }

  private static void run(String[] args) throws Exception {
    Map<String, String> config = new HashMap<>();
    config.put(Constants.FRAMEWORK_STORAGE, args[2]);
    config.put(Constants.FRAMEWORK_STORAGE_CLEAN, Constants.FRAMEWORK_STORAGE_CLEAN_ONFIRSTINIT);
    config.put(
        Constants.FRAMEWORK_SYSTEMPACKAGES_EXTRA,
        String.join(",", offered(new File(args[0]), new File(args[1]))));
    Framework framework =
        ServiceLoader.load(FrameworkFactory.class).iterator().next().newFramework(config);
    framework.start();
    BundleContext context = framework.getBundleContext();
    List<Bundle> bundles = new ArrayList<>();
    File[] files = new File(args[0]).listFiles((d, n) -> n.endsWith(".jar"));
    if (files == null) {
      throw new IllegalArgumentException(args[0] + " is no directory");
    }
    Arrays.sort(files);
    for (File f : files) {
      bundles.add(context.installBundle(f.toURI().toString()));
    }
    for (Bundle b : bundles) {
      if (b.getHeaders().get(Constants.FRAGMENT_HOST) != null) {
        continue;
      }
      b.start();
      System.out.println("STARTED " + b.getSymbolicName() + " " + b.getVersion());
    }
    ServiceTracker<Object, Object> tracker =
        new ServiceTracker<>(context, "io.myelin.onos.MyelinService", null);
    tracker.open(true);
    Object service = tracker.waitForService(TIMEOUT_MS);
    if (service == null) {
      List<String> there = new ArrayList<>();
      ServiceReference<?>[] all = context.getAllServiceReferences(null, null);
      for (ServiceReference<?> r : all == null ? new ServiceReference<?>[0] : all) {
        there.add(String.join("+", (String[]) r.getProperty(Constants.OBJECTCLASS)));
      }
      throw new IllegalStateException("the component does not activate; services: " + there);
    }
    Class<?> type = service.getClass();
    System.out.println("COMPONENT " + type.getName());
    for (String name :
        List.of("io.grpc.Server", "com.google.protobuf.Message", "com.google.common.base.Joiner")) {
      Class<?> ours = type.getClassLoader().loadClass(name);
      System.out.println("CLASS " + name + " ours " + (ours != visible(name)));
    }
    long deadline = System.nanoTime() + TIMEOUT_MS * 1_000_000;
    while (!(Boolean) call(service, "serving")) {
      if (System.nanoTime() > deadline) {
        throw new IllegalStateException("not serving: " + call(service, "trouble"));
      }
      Thread.onSpinWait();
    }
    Object desk = ((Optional<?>) call(service, "desk")).orElseThrow();
    Object own = desk.getClass().getMethod("as", String.class).invoke(desk, "karaf");
    System.out.println("DESK " + call(own, "fabric").toString().contains("spine1"));
    System.out.println("SERVING " + call(service, "port"));
    while (System.in.read() >= 0) {
      // Until whoever started us is done.
    }
    framework.stop();
    framework.waitForStop(TIMEOUT_MS);
    System.out.println("STOPPED");
  }

  private static Object visible(String name) {
    try {
      return Class.forName(name);
    } catch (ClassNotFoundException e) {
      return "none";
    }
  }

  private static Object call(Object service, String method) throws ReflectiveOperationException {
    var m = service.getClass().getMethod(method);
    m.setAccessible(true);
    return m.invoke(service);
  }

  /**
   * What the framework offers: the libraries, and whatever else ONOS's bundles ask for (most of it
   * is for parts of ONOS that are not here). What only our bundle asks for is not offered.
   */
  private static List<String> offered(File bundles, File libraries) throws IOException {
    Map<String, String> versions = new TreeMap<>();
    packages(libraries).forEach(p -> versions.put(p, ""));
    Set<String> brought = new TreeSet<>();
    try (var jars = Files.newDirectoryStream(bundles.toPath(), "1-*.jar")) {
      for (Path jar : jars) {
        try (JarFile f = new JarFile(jar.toFile())) {
          brought.addAll(header(f, Constants.EXPORT_PACKAGE).keySet());
          header(f, Constants.IMPORT_PACKAGE)
              .forEach((p, v) -> versions.merge(p, v, (x, y) -> x.isEmpty() ? y : x));
        }
      }
    }
    versions.keySet().removeAll(brought);
    versions.keySet().removeIf(p -> p.startsWith("java.") || p.startsWith("org.osgi.framework"));
    List<String> all = new ArrayList<>();
    versions.forEach((p, v) -> all.add(v.isEmpty() ? p : p + ";version=\"" + v + "\""));
    return all;
  }

  /** The names in a header of packages, with the lowest version that is asked for. */
  private static Map<String, String> header(JarFile jar, String name) throws IOException {
    String value = jar.getManifest().getMainAttributes().getValue(name);
    Map<String, String> names = new TreeMap<>();
    if (value != null) {
      Matcher m =
          Pattern.compile("([^,;\"]+)((?:;[^,;\"]+(?:\"[^\"]*\")?)*)(?:,|$)").matcher(value);
      while (m.find()) {
        Matcher version = Pattern.compile(";version=\"?[\\[(]?([0-9.]+)").matcher(m.group(2));
        names.put(m.group(1).strip(), version.find() ? version.group(1) : "");
      }
    }
    return names;
  }

  /** All packages of a directory's jars. */
  private static Set<String> packages(File directory) throws IOException {
    Set<String> all = new TreeSet<>();
    try (var jars = Files.newDirectoryStream(directory.toPath(), "*.jar")) {
      for (Path jar : jars) {
        try (JarFile f = new JarFile(jar.toFile())) {
          for (var e = f.entries(); e.hasMoreElements(); ) {
            JarEntry entry = e.nextElement();
            int slash = entry.getName().lastIndexOf('/');
            boolean plain =
                entry.getName().endsWith(".class")
                    && slash > 0
                    && !entry.getName().startsWith("META-INF")
                    && !entry.getName().startsWith("org/osgi/framework");
            if (plain) {
              all.add(entry.getName().substring(0, slash).replace('/', '.'));
            }
          }
        }
      }
    }
    return all;
  }
}
