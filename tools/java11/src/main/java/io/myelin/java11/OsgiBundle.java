package io.myelin.java11;

import aQute.bnd.osgi.Builder;
import aQute.bnd.osgi.Jar;
import java.io.File;
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
      jar.write(new File(args[2]));
    }
  }
}
