package io.myelin.java11;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;
import org.objectweb.asm.tree.MethodInsnNode;

/** Calls of JDK methods that are newer than Java 11, and what is called instead. */
final class ApiCalls {
  private static final String BACKPORT = "io/myelin/java11/runtime/Backport";

  /** Whole classes of which there is one of ours instead. */
  static final Map<String, String> TYPES =
      Map.of("java/util/HexFormat", "io/myelin/java11/runtime/HexFormat");

  /** Instance methods, by name and descriptor: the receiver's type as the backport declares it. */
  private static final Map<String, String> RECEIVERS =
      Map.of(
          "toList()Ljava/util/List;", "java/util/stream/Stream",
          "formatted([Ljava/lang/Object;)Ljava/lang/String;", "java/lang/String",
          "skipNBytes(J)V", "java/io/InputStream",
          "getPermittedSubclasses()[Ljava/lang/Class;", "java/lang/Class");

  private ApiCalls() {}

  /** What to call instead; null: the call is fine as it is. */
  static @Nullable MethodInsnNode replacement(String owner, String name, String descriptor) {
    String receiver = RECEIVERS.get(name + descriptor);
    if (receiver == null || !isA(owner, receiver)) {
      return null;
    }
    String moved = "(L" + receiver + ";" + descriptor.substring(1);
    return new MethodInsnNode(Opcodes.INVOKESTATIC, BACKPORT, name, moved, false);
  }

  /** Whether a JDK class is, or extends, another; our own classes never extend these. */
  private static boolean isA(String owner, String receiver) {
    if (owner.equals(receiver)) {
      return true;
    }
    if (!owner.startsWith("java/")) {
      return false;
    }
    try {
      return Class.forName(Type.getObjectType(receiver).getClassName())
          .isAssignableFrom(Class.forName(Type.getObjectType(owner).getClassName()));
    } catch (ClassNotFoundException e) {
      return false; // the check against Java 11's API names it
    }
  }
}
