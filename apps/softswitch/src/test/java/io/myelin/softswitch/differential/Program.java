package io.myelin.softswitch.differential;

import com.google.protobuf.TextFormat;
import io.myelin.p4.config.v1.Action;
import io.myelin.p4.config.v1.P4Info;
import io.myelin.p4.config.v1.Table;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A compiled program with its P4Info, and its things by their short names. */
final class Program {
  final String name;
  final P4Info info;
  final byte[] json;
  private final Map<String, Table> tables = new HashMap<>();
  private final Map<Integer, Action> actions = new HashMap<>();

  private Program(String name, byte[] p4Info, byte[] json) {
    this.name = name;
    this.json = json;
    P4Info.Builder b = P4Info.newBuilder();
    try {
      TextFormat.merge(new String(p4Info, StandardCharsets.UTF_8), b);
    } catch (TextFormat.ParseException e) {
      throw new AssertionError(name, e);
    }
    info = b.build();
    info.getTablesList().forEach(t -> tables.put(t.getPreamble().getAlias(), t));
    info.getActionsList().forEach(a -> actions.put(a.getPreamble().getId(), a));
  }

  /** What the fabric runs. */
  static Program myelin() {
    Path dir = Path.of(System.getProperty("myelin.p4.build", "../../p4/build"));
    try {
      return new Program(
          "myelin",
          Files.readAllBytes(dir.resolve("myelin.p4info.txt")),
          Files.readAllBytes(dir.resolve("myelin.json")));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * A test program with its P4Info.
   *
   * @param dir of the resources: p4 or p4rt
   */
  static Program test(String dir, String name) {
    String path = "/" + dir + "/" + name;
    return new Program(name, resource(path + ".p4info.txt"), resource(path + ".json"));
  }

  private static byte[] resource(String file) {
    try (InputStream in = Program.class.getResourceAsStream(file)) {
      if (in == null) {
        throw new AssertionError("no resource " + file);
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A table by its short name, or null if the program has none. */
  @Nullable Table table(String alias) {
    return tables.get(alias);
  }

  Action action(int id) {
    Action a = actions.get(id);
    if (a == null) {
      throw new AssertionError("no action " + id);
    }
    return a;
  }

  /** SHA-256 of the compiled program and its P4Info, in hexadecimal. */
  String hash() {
    MessageDigest digest = sha256();
    digest.update(json);
    return HexFormat.of().formatHex(digest.digest(info.toByteArray()));
  }

  static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }
}
