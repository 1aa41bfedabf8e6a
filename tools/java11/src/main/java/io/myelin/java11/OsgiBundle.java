package io.myelin.java11;

import aQute.bnd.osgi.Builder;
import aQute.bnd.osgi.Jar;
import aQute.bnd.osgi.JarResource;
import java.io.File;
import java.util.List;
import java.util.Properties;

/**
 * Packs a directory as an OSGi bundle: bnd works out what it imports and writes the descriptions of
 * its components.
 *
 * <p>Arguments: {@code DIRECTORY INSTRUCTIONS JAR [NAME=VALUE]...}; instructions are bnd's, and may
 * use the values by name.
 */
public final class OsgiBundle {
  private OsgiBundle() {}

  /**
   * Runs it.
   *
   * @throws IllegalStateException with all that bnd complains of, warnings included
   */
  public static void main(String[] args) throws Exception {
    try (Builder builder = new Builder()) {
      Properties values = new Properties();
      for (int i = 3; i < args.length; i++) {
        int eq = args[i].indexOf('=');
        values.setProperty(args[i].substring(0, eq), args[i].substring(eq + 1));
      }
      builder.addProperties(values);
      builder.setProperties(builder.loadProperties(new File(args[1])));
      builder.addProperties(values);
      builder.setProperty("Include-Resource", new File(args[0]).getPath());
      Jar jar = builder.build();
      if (!builder.getErrors().isEmpty() || !builder.getWarnings().isEmpty()) {
        throw new IllegalStateException(
            "bnd: " + builder.getErrors() + " " + builder.getWarnings());
      }
      leaveOutModules(jar);
      jar.write(new File(args[2]));
    }
  }

  /**
   * Takes the module descriptors out of embedded jars: nothing in OSGi reads them, and where the
   * bundle is a web application, Pax Web's search for initializers fails on classes without a super
   * class.
   */
  private static void leaveOutModules(Jar bundle) throws Exception {
    for (String name : List.copyOf(bundle.getResources().keySet())) {
      if (name.endsWith(".jar")) {
        Jar lib = new Jar(name, bundle.getResource(name).openInputStream());
        lib.setDoNotTouchManifest();
        for (String entry : List.copyOf(lib.getResources().keySet())) {
          if (entry.endsWith("module-info.class")) {
            lib.remove(entry);
          }
        }
        bundle.putResource(name, new JarResource(lib));
      }
    }
  }
}
