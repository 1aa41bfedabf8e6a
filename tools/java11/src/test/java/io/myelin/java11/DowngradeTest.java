package io.myelin.java11;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.annotation.JsonAutoDetect.Visibility;
import com.fasterxml.jackson.annotation.PropertyAccessor;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Constructor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DowngradeTest {
  @TempDir Path dir = Path.of("");

  /** Loads the rewritten samples, everything else as it is. */
  private static final class Rewritten extends ClassLoader {
    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
      if (!name.startsWith(Samples.class.getName())) {
        return super.loadClass(name, resolve);
      }
      Class<?> known = findLoadedClass(name);
      if (known != null) {
        return known;
      }
      try {
        byte[] b = ClassRewriter.rewrite(bytes(name));
        assertEquals(ClassRewriter.JAVA_11, ClassRewriter.version(b));
        return defineClass(name, b, 0, b.length);
      } catch (IOException e) {
        throw new ClassNotFoundException(name, e);
      }
    }
  }

  private static byte[] bytes(String name) throws IOException {
    try (InputStream in =
        DowngradeTest.class.getResourceAsStream("/" + name.replace('.', '/') + ".class")) {
      assertNotNull(in, name);
      return in.readAllBytes();
    }
  }

  private final ClassLoader rewritten = new Rewritten();

  private Object point(ClassLoader loader, long seed) throws ReflectiveOperationException {
    Random r = new Random(seed);
    double[] odd = {0.0, -0.0, Double.NaN, r.nextDouble()};
    Object[] args = {
      r.nextInt(),
      r.nextLong(),
      odd[r.nextInt(4)],
      (float) odd[r.nextInt(4)],
      r.nextBoolean(),
      (byte) r.nextInt(),
      (short) r.nextInt(),
      (char) ('a' + r.nextInt(26))
    };
    return make(loader, "Point", args);
  }

  private static Object make(ClassLoader loader, String name, Object... args)
      throws ReflectiveOperationException {
    Class<?> type = Class.forName(Samples.class.getName() + "$" + name, true, loader);
    for (Constructor<?> c : type.getDeclaredConstructors()) {
      if (c.getParameterCount() == args.length) {
        c.setAccessible(true);
        return c.newInstance(args);
      }
    }
    throw new AssertionError("no constructor of " + args.length + " in " + name);
  }

  @Test
  void recordsAreEqualHashAndPrintAsBefore() throws ReflectiveOperationException {
    ClassLoader plain = getClass().getClassLoader();
    for (long seed = 0; seed < 200; seed++) {
      Object was = point(plain, seed);
      Object is = point(rewritten, seed);
      assertFalse(is.getClass().isRecord());
      assertEquals(was.hashCode(), is.hashCode(), "seed " + seed);
      assertEquals(was.toString(), is.toString(), "seed " + seed);
      assertEquals(is, point(rewritten, seed), "seed " + seed);
      assertNotEquals(is, point(rewritten, seed + 1000), "seed " + seed);
      assertFalse(is.equals(was), "of another class");
      assertFalse(is.equals(null));
    }
    assertEquals("Empty[]", make(rewritten, "Empty").toString());
    assertEquals(make(rewritten, "Empty"), make(rewritten, "Empty"));
    assertEquals(0, make(rewritten, "Empty").hashCode());
    assertEquals(7, make(rewritten, "Own", "x").hashCode());
    assertEquals(Object.class, make(rewritten, "Pair", "x", "y").getClass().getGenericSuperclass());
  }

  @Test
  void positiveAndNegativeZeroDiffer() throws ReflectiveOperationException {
    Object[] args = {1, 2L, 0.0, 0f, true, (byte) 1, (short) 1, 'c'};
    Object[] other = args.clone();
    other[2] = -0.0;
    assertNotEquals(make(rewritten, "Point", args), make(rewritten, "Point", other));
  }

  @Test
  void newerCallsStillWork() throws ReflectiveOperationException {
    var calls = Class.forName(Samples.class.getName(), true, rewritten).getDeclaredMethod("calls");
    calls.setAccessible(true);
    assertEquals(Samples.calls(), calls.invoke(null));
  }

  @Test
  void jacksonWritesAndReadsTheSame() throws Exception {
    ObjectMapper mapper =
        JsonMapper.builder()
            .visibility(PropertyAccessor.GETTER, Visibility.NONE)
            .visibility(PropertyAccessor.FIELD, Visibility.ANY)
            .build();
    ClassLoader plain = getClass().getClassLoader();
    Object was = make(plain, "Line", point(plain, 3), List.of("a", "b"), new int[] {1, 2});
    Object is = make(rewritten, "Line", point(rewritten, 3), List.of("a", "b"), new int[] {1, 2});
    String text = mapper.writeValueAsString(was);
    assertEquals(text, mapper.writeValueAsString(is));
    assertEquals(text, mapper.writeValueAsString(mapper.readValue(text, is.getClass())));
  }

  @Test
  void whatElevenLacksIsNamed() throws IOException {
    try (Java11Api api = Java11Api.open()) {
      var missing = api.missing(ClassRewriter.rewrite(bytes(NewerThanEleven.class.getName())));
      assertTrue(
          missing.stream()
              .anyMatch(m -> m.contains("NewerThanEleven uses java.time.InstantSource")),
          missing.toString());
      assertTrue(
          missing.stream().anyMatch(m -> m.contains("java.lang.String.describeConstable")),
          missing.toString());
      for (String sample : List.of("", "$Point", "$Line", "$Empty", "$Shape", "$Own", "$Pair")) {
        assertEquals(
            List.of(),
            List.copyOf(
                api.missing(ClassRewriter.rewrite(bytes(Samples.class.getName() + sample)))));
      }
    }
  }

  @Test
  void copiesRewritesMovesAndLeavesOut() throws IOException {
    Path in = dir.resolve("in");
    Path classes = in.resolve("io/myelin/java11");
    Files.createDirectories(classes);
    Files.write(classes.resolve("Samples$Own.class"), bytes(Samples.class.getName() + "$Own"));
    Files.createDirectories(in.resolve("META-INF/services"));
    Files.writeString(in.resolve("META-INF/services/com.a.Service"), "com.a.One\n# remark\n");
    Files.createDirectories(in.resolve("not/wanted"));
    Files.writeString(in.resolve("not/wanted/file"), "x");
    Path out = dir.resolve("out");
    Downgrade.main(
        new String[] {
          out.toString(),
          in.toString(),
          "--relocate",
          "com.a=com.b",
          "--relocate",
          "com.fasterxml.jackson=lib.jackson",
          "--exclude",
          "not/wanted"
        });
    assertEquals(
        "com.b.One\n# remark\n", Files.readString(out.resolve("META-INF/services/com.b.Service")));
    assertFalse(Files.exists(out.resolve("not")));
    byte[] own = Files.readAllBytes(out.resolve("io/myelin/java11/Samples$Own.class"));
    assertEquals(ClassRewriter.JAVA_11, ClassRewriter.version(own));
    String constants = new String(own, java.nio.charset.StandardCharsets.ISO_8859_1);
    assertTrue(constants.contains("lib/jackson/annotation/JsonCreator"));
    assertFalse(constants.contains("com/fasterxml"));
  }

  @Test
  void refusesWhatItCannotMakeRun() throws IOException {
    Path in = dir.resolve("new/io/myelin/java11");
    Files.createDirectories(in);
    Files.write(in.resolve("NewerThanEleven.class"), bytes(NewerThanEleven.class.getName()));
    String[] args = {dir.resolve("out2").toString(), dir.resolve("new").toString()};
    var e = assertThrows(IllegalStateException.class, () -> Downgrade.main(args));
    assertTrue(String.valueOf(e.getMessage()).contains("InstantSource"), e.getMessage());
  }
}
