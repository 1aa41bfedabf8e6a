package io.myelin.core.path;

import static org.junit.jupiter.api.Assertions.assertNotNull;

import java.io.IOException;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.List;
import org.junit.jupiter.api.Test;

final class ConstraintsTest {
  /** A member that reads a snapshot meets them in another order than one that begins anew. */
  @Test
  void constantsAreThereWhicheverClassIsUsedFirst()
      throws IOException, ReflectiveOperationException {
    URL classes = Constraints.class.getProtectionDomain().getCodeSource().getLocation();
    for (String first : List.of("Regions", "Avoid", "Limits")) {
      try (URLClassLoader fresh =
          new URLClassLoader(new URL[] {classes}, ClassLoader.getPlatformClassLoader())) {
        Class.forName(Constraints.class.getName() + "$" + first, true, fresh);
        Class<?> all = Class.forName(Constraints.class.getName(), true, fresh);
        Object free = all.getField("FREE").get(null);
        for (String part : List.of("limits", "regions", "avoid")) {
          Method m = all.getMethod(part);
          assertNotNull(m.invoke(free), part + " when " + first + " is first");
        }
      }
    }
  }
}
