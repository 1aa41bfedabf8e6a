package io.myelin.java11;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.Handle;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;
import org.objectweb.asm.signature.SignatureReader;
import org.objectweb.asm.signature.SignatureVisitor;
import org.objectweb.asm.tree.AbstractInsnNode;
import org.objectweb.asm.tree.ClassNode;
import org.objectweb.asm.tree.FieldInsnNode;
import org.objectweb.asm.tree.InvokeDynamicInsnNode;
import org.objectweb.asm.tree.LdcInsnNode;
import org.objectweb.asm.tree.MethodInsnNode;
import org.objectweb.asm.tree.MethodNode;
import org.objectweb.asm.tree.TypeInsnNode;

/**
 * What Java 11's API has: the signatures that {@code javac --release 11} compiles against, which
 * come with every JDK in {@code lib/ct.sym}.
 */
final class Java11Api implements AutoCloseable {
  /** How ct.sym writes release 11 in the names of its directories: in base 36. */
  private static final String ELEVEN = "B";

  private final FileSystem signatures;
  private final List<Path> modules;
  private final Map<String, ClassNode> known = new HashMap<>();
  private final Set<String> absent = new HashSet<>();

  private Java11Api(FileSystem signatures, List<Path> modules) {
    this.signatures = signatures;
    this.modules = modules;
  }

  /**
   * Opens this JDK's signatures.
   *
   * @throws IOException when there are none of Java 11
   */
  static Java11Api open() throws IOException {
    Path file = Path.of(System.getProperty("java.home"), "lib", "ct.sym");
    FileSystem signatures = FileSystems.newFileSystem(file, (ClassLoader) null);
    List<Path> modules = new ArrayList<>();
    try (DirectoryStream<Path> releases =
        Files.newDirectoryStream(signatures.getPath("/"), p -> name(p).contains(ELEVEN))) {
      for (Path release : releases) {
        try (DirectoryStream<Path> all = Files.newDirectoryStream(release)) {
          all.forEach(modules::add);
        }
      }
    }
    if (modules.isEmpty()) {
      signatures.close();
      throw new IOException(file + " has no signatures of Java 11");
    }
    return new Java11Api(signatures, modules);
  }

  private static String name(Path p) {
    Path last = p.getFileName();
    return last == null ? "" : last.toString();
  }

  /** What a class uses of the JDK and Java 11 does not have, with the class that uses it. */
  Set<String> missing(byte[] bytes) {
    ClassNode c = new ClassNode();
    new ClassReader(bytes).accept(c, 0);
    Set<String> missing = new TreeSet<>();
    String user = c.name + " uses ";
    type(c.superName, user, missing);
    c.interfaces.forEach(i -> type(i, user, missing));
    signature(c.signature, user, missing);
    c.fields.forEach(
        f -> {
          descriptor(f.desc, user, missing);
          signature(f.signature, user, missing);
        });
    for (MethodNode m : c.methods) {
      descriptor(m.desc, user, missing);
      signature(m.signature, user, missing);
      m.exceptions.forEach(e -> type(e, user, missing));
      for (AbstractInsnNode insn : m.instructions) {
        instruction(insn, user, missing);
      }
    }
    return missing;
  }

  private void instruction(AbstractInsnNode insn, String user, Set<String> missing) {
    if (insn instanceof MethodInsnNode) {
      MethodInsnNode i = (MethodInsnNode) insn;
      member(i.owner, i.name, i.desc, user, missing);
    } else if (insn instanceof FieldInsnNode) {
      FieldInsnNode i = (FieldInsnNode) insn;
      member(i.owner, i.name, i.desc, user, missing);
    } else if (insn instanceof TypeInsnNode) {
      type(((TypeInsnNode) insn).desc, user, missing);
    } else if (insn instanceof LdcInsnNode && ((LdcInsnNode) insn).cst instanceof Type) {
      descriptor(((Type) ((LdcInsnNode) insn).cst).getDescriptor(), user, missing);
    } else if (insn instanceof InvokeDynamicInsnNode) {
      InvokeDynamicInsnNode i = (InvokeDynamicInsnNode) insn;
      handle(i.bsm, user, missing);
      descriptor(i.desc, user, missing);
      for (Object arg : i.bsmArgs) {
        if (arg instanceof Handle) {
          handle((Handle) arg, user, missing);
        }
      }
    }
  }

  private void handle(Handle h, String user, Set<String> missing) {
    member(h.getOwner(), h.getName(), h.getDesc(), user, missing);
  }

  private void descriptor(String descriptor, String user, Set<String> missing) {
    Type t = Type.getType(descriptor);
    if (t.getSort() == Type.METHOD) {
      for (Type a : t.getArgumentTypes()) {
        descriptor(a.getDescriptor(), user, missing);
      }
      descriptor(t.getReturnType().getDescriptor(), user, missing);
      return;
    }
    if (t.getSort() == Type.ARRAY) {
      t = t.getElementType();
    }
    if (t.getSort() == Type.OBJECT) {
      type(t.getInternalName(), user, missing);
    }
  }

  /** Generic types, which reflection resolves. */
  private void signature(@Nullable String signature, String user, Set<String> missing) {
    if (signature != null) {
      new SignatureReader(signature)
          .accept(
              new SignatureVisitor(Opcodes.ASM9) {
                @Override
                public void visitClassType(String name) {
                  type(name, user, missing);
                }
              });
    }
  }

  private void type(@Nullable String name, String user, Set<String> missing) {
    if (name == null) {
      return;
    }
    if (name.startsWith("[")) {
      descriptor(name, user, missing);
    } else if (jdk(name) && find(name) == null) {
      missing.add(user + name.replace('/', '.'));
    }
  }

  private void member(String owner, String name, String desc, String user, Set<String> missing) {
    if (owner.startsWith("[") || !jdk(owner)) {
      return;
    }
    if (find(owner) == null) {
      missing.add(user + owner.replace('/', '.'));
    } else if (!has(owner, name, desc)) {
      missing.add(user + owner.replace('/', '.') + "." + name + desc);
    }
  }

  private static boolean jdk(String name) {
    return name.startsWith("java/") || name.startsWith("jdk/");
  }

  private boolean has(String owner, String name, String desc) {
    ClassNode c = find(owner);
    if (c == null) {
      return false;
    }
    // VarHandle and MethodHandle take any descriptor (JVMS §2.9.3).
    if (c.methods.stream()
            .anyMatch(
                m ->
                    m.name.equals(name)
                        && (m.desc.equals(desc) || owner.startsWith("java/lang/invoke/")))
        || c.fields.stream().anyMatch(f -> f.name.equals(name) && f.desc.equals(desc))) {
      return true;
    }
    boolean face = (c.access & Opcodes.ACC_INTERFACE) != 0;
    return (c.superName != null && has(c.superName, name, desc))
        || (face && has("java/lang/Object", name, desc))
        || c.interfaces.stream().anyMatch(i -> has(i, name, desc));
  }

  private @Nullable ClassNode find(String name) {
    ClassNode c = known.get(name);
    if (c != null || absent.contains(name)) {
      return c;
    }
    try {
      for (Path module : modules) {
        Path file = module.resolve(name + ".sig");
        if (Files.exists(file)) {
          c = new ClassNode();
          new ClassReader(Files.readAllBytes(file)).accept(c, 0);
          known.put(name, c);
          return c;
        }
      }
      absent.add(name);
      return null;
    } catch (IOException e) {
      throw new UncheckedIOException("the JDK's signatures of Java 11 cannot be read", e);
    }
  }

  @Override
  public void close() throws IOException {
    signatures.close();
  }
}
