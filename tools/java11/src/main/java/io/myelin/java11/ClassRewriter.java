package io.myelin.java11;

import java.util.ArrayList;
import java.util.List;
import java.util.ListIterator;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.Handle;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;
import org.objectweb.asm.commons.ClassRemapper;
import org.objectweb.asm.commons.SimpleRemapper;
import org.objectweb.asm.tree.AbstractInsnNode;
import org.objectweb.asm.tree.AnnotationNode;
import org.objectweb.asm.tree.ClassNode;
import org.objectweb.asm.tree.InvokeDynamicInsnNode;
import org.objectweb.asm.tree.MethodInsnNode;
import org.objectweb.asm.tree.MethodNode;

/** Rewrites one class. */
final class ClassRewriter {
  /** Class-file version of Java 11 (JVMS §4.1, table 4.1-A). */
  static final int JAVA_11 = 55;

  private static final String PERMITTED = "Lio/myelin/java11/runtime/Permitted;";

  private ClassRewriter() {}

  static int version(byte[] bytes) {
    return (bytes[6] & 0xff) << 8 | (bytes[7] & 0xff);
  }

  /** The class for Java 11; classes that are for it already come back as they are. */
  static byte[] rewrite(byte[] bytes) {
    if (version(bytes) <= JAVA_11) {
      return bytes;
    }
    ClassNode c = new ClassNode();
    new ClassReader(bytes).accept(c, 0);
    c.version = JAVA_11;
    if (c.permittedSubclasses != null) {
      unseal(c);
    }
    if (Records.is(c)) {
      Records.rewrite(c);
    }
    for (MethodNode m : c.methods) {
      calls(m);
    }
    // Stack maps stay valid: every instruction is replaced by one with the same effect on types.
    ClassWriter w = new ClassWriter(ClassWriter.COMPUTE_MAXS);
    c.accept(new ClassRemapper(w, new SimpleRemapper(Opcodes.ASM9, ApiCalls.TYPES)));
    return w.toByteArray();
  }

  /** Java 11 seals nothing: who asks for the permitted subclasses finds them in an annotation. */
  private static void unseal(ClassNode c) {
    AnnotationNode a = new AnnotationNode(PERMITTED);
    List<Type> types = new ArrayList<>();
    c.permittedSubclasses.forEach(s -> types.add(Type.getObjectType(s)));
    a.visit("value", null);
    a.values.clear();
    a.values.add("value");
    a.values.add(types);
    if (c.visibleAnnotations == null) {
      c.visibleAnnotations = new ArrayList<>();
    }
    c.visibleAnnotations.add(a);
    c.permittedSubclasses = null;
  }

  private static void calls(MethodNode m) {
    ListIterator<AbstractInsnNode> it = m.instructions.iterator();
    while (it.hasNext()) {
      AbstractInsnNode insn = it.next();
      if (insn instanceof MethodInsnNode) {
        MethodInsnNode call = (MethodInsnNode) insn;
        MethodInsnNode other = ApiCalls.replacement(call.owner, call.name, call.desc);
        if (other != null) {
          it.set(other);
        }
      } else if (insn instanceof InvokeDynamicInsnNode) {
        Object[] args = ((InvokeDynamicInsnNode) insn).bsmArgs;
        for (int i = 0; i < args.length; i++) {
          if (args[i] instanceof Handle) {
            args[i] = methodReference((Handle) args[i]);
          }
        }
      }
    }
  }

  private static Handle methodReference(Handle h) {
    MethodInsnNode other = ApiCalls.replacement(h.getOwner(), h.getName(), h.getDesc());
    return other == null
        ? h
        : new Handle(Opcodes.H_INVOKESTATIC, other.owner, other.name, other.desc, false);
  }
}
