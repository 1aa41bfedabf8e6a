package io.myelin.java11;

import java.util.ArrayList;
import java.util.List;
import java.util.ListIterator;
import org.objectweb.asm.Label;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;
import org.objectweb.asm.commons.GeneratorAdapter;
import org.objectweb.asm.commons.Method;
import org.objectweb.asm.tree.AbstractInsnNode;
import org.objectweb.asm.tree.AnnotationNode;
import org.objectweb.asm.tree.ClassNode;
import org.objectweb.asm.tree.InvokeDynamicInsnNode;
import org.objectweb.asm.tree.MethodInsnNode;
import org.objectweb.asm.tree.MethodNode;
import org.objectweb.asm.tree.RecordComponentNode;

/**
 * Makes plain final classes of records. {@code equals}, {@code hashCode} and {@code toString} give
 * what {@link java.lang.runtime.ObjectMethods} gives, to the last bit: hash codes decide the order
 * in which hash tables are walked, and all members of a cluster must agree.
 *
 * <p>Jackson tells records by their superclass. What it would find there is said by its own
 * annotations: the canonical constructor and the names of its parameters, and the accessors.
 */
final class Records {
  private static final String RECORD = "java/lang/Record";
  private static final String OBJECT = "java/lang/Object";
  private static final Type OBJECT_TYPE = Type.getObjectType(OBJECT);
  private static final Type STRING = Type.getType(String.class);
  private static final Type BUILDER = Type.getType(StringBuilder.class);
  private static final Type OBJECTS = Type.getObjectType("java/util/Objects");
  private static final String PROPERTY = "Lcom/fasterxml/jackson/annotation/JsonProperty;";
  private static final String CREATOR = "Lcom/fasterxml/jackson/annotation/JsonCreator;";
  private static final String CREATOR_MODE = "Lcom/fasterxml/jackson/annotation/JsonCreator$Mode;";

  private Records() {}

  static boolean is(ClassNode c) {
    return RECORD.equals(c.superName);
  }

  static void rewrite(ClassNode c) {
    List<RecordComponentNode> components =
        c.recordComponents == null ? List.of() : c.recordComponents;
    c.recordComponents = null;
    c.superName = OBJECT;
    if (c.signature != null) {
      c.signature = c.signature.replace("L" + RECORD + ";", "L" + OBJECT + ";");
    }
    c.access &= ~Opcodes.ACC_RECORD;
    List<MethodNode> made = new ArrayList<>();
    for (MethodNode m : c.methods) {
      ListIterator<AbstractInsnNode> it = m.instructions.iterator();
      while (it.hasNext()) {
        AbstractInsnNode insn = it.next();
        if (insn instanceof MethodInsnNode && ((MethodInsnNode) insn).owner.equals(RECORD)) {
          ((MethodInsnNode) insn).owner = OBJECT;
        } else if (insn instanceof InvokeDynamicInsnNode
            && ((InvokeDynamicInsnNode) insn)
                .bsm
                .getOwner()
                .equals("java/lang/runtime/ObjectMethods")) {
          InvokeDynamicInsnNode indy = (InvokeDynamicInsnNode) insn;
          MethodNode method = objectMethod(c, indy, components);
          made.add(method);
          it.set(new MethodInsnNode(Opcodes.INVOKESTATIC, c.name, method.name, method.desc, false));
        }
      }
    }
    c.methods.addAll(made);
    annotate(c, components);
  }

  private static MethodNode objectMethod(
      ClassNode c, InvokeDynamicInsnNode indy, List<RecordComponentNode> components) {
    MethodNode m =
        new MethodNode(
            Opcodes.ACC_PRIVATE | Opcodes.ACC_STATIC | Opcodes.ACC_SYNTHETIC,
            "record$" + indy.name,
            indy.desc,
            null,
            null);
    GeneratorAdapter g = new GeneratorAdapter(m, m.access, m.name, m.desc);
    g.visitCode();
    Type self = Type.getObjectType(c.name);
    switch (indy.name) {
      case "toString":
        text(g, self, components);
        break;
      case "hashCode":
        hash(g, self, components);
        break;
      case "equals":
        same(m, g, self, components);
        break;
      default:
        throw new IllegalStateException(c.name + " has an unknown object method " + indy.name);
    }
    g.endMethod();
    return m;
  }

  private static void text(GeneratorAdapter g, Type self, List<RecordComponentNode> components) {
    String name = self.getInternalName();
    String simple = name.substring(Math.max(name.lastIndexOf('/'), name.lastIndexOf('$')) + 1);
    g.newInstance(BUILDER);
    g.dup();
    g.invokeConstructor(BUILDER, Method.getMethod("void <init> ()"));
    String before = simple + "[";
    for (RecordComponentNode c : components) {
      append(g, before + c.name + "=");
      Type type = Type.getType(c.descriptor);
      load(g, self, c, 0);
      Type as = OBJECT_TYPE;
      if (type.getSort() < Type.ARRAY) {
        as = type.getSort() == Type.BYTE || type.getSort() == Type.SHORT ? Type.INT_TYPE : type;
      }
      g.invokeVirtual(BUILDER, new Method("append", BUILDER, new Type[] {as}));
      before = ", ";
    }
    append(g, components.isEmpty() ? before + "]" : "]");
    g.invokeVirtual(BUILDER, new Method("toString", STRING, new Type[0]));
    g.returnValue();
  }

  private static void append(GeneratorAdapter g, String s) {
    g.push(s);
    g.invokeVirtual(BUILDER, new Method("append", BUILDER, new Type[] {STRING}));
  }

  private static void hash(GeneratorAdapter g, Type self, List<RecordComponentNode> components) {
    g.push(0);
    for (RecordComponentNode c : components) {
      Type type = Type.getType(c.descriptor);
      g.push(31);
      g.math(GeneratorAdapter.MUL, Type.INT_TYPE);
      load(g, self, c, 0);
      if (type.getSort() < Type.ARRAY) {
        g.invokeStatic(boxed(type), new Method("hashCode", Type.INT_TYPE, new Type[] {type}));
      } else {
        g.invokeStatic(OBJECTS, new Method("hashCode", Type.INT_TYPE, new Type[] {OBJECT_TYPE}));
      }
      g.math(GeneratorAdapter.ADD, Type.INT_TYPE);
    }
    g.returnValue();
  }

  private static void same(
      MethodNode m, GeneratorAdapter g, Type self, List<RecordComponentNode> components) {
    Label differs = new Label();
    Label isSame = new Label();
    g.loadArg(0);
    g.loadArg(1);
    g.ifCmp(OBJECT_TYPE, GeneratorAdapter.EQ, isSame);
    g.loadArg(1);
    g.instanceOf(self);
    g.ifZCmp(GeneratorAdapter.EQ, differs);
    for (RecordComponentNode c : components) {
      Type type = Type.getType(c.descriptor);
      load(g, self, c, 0);
      load(g, self, c, 1);
      if (type.getSort() == Type.FLOAT || type.getSort() == Type.DOUBLE) {
        // As Float.compare and Double.compare see it (JLS §8.10.3).
        g.invokeStatic(boxed(type), new Method("compare", Type.INT_TYPE, new Type[] {type, type}));
        g.ifZCmp(GeneratorAdapter.NE, differs);
      } else if (type.getSort() < Type.ARRAY) {
        g.ifCmp(type, GeneratorAdapter.NE, differs);
      } else {
        g.invokeStatic(
            OBJECTS,
            new Method("equals", Type.BOOLEAN_TYPE, new Type[] {OBJECT_TYPE, OBJECT_TYPE}));
        g.ifZCmp(GeneratorAdapter.EQ, differs);
      }
    }
    g.mark(isSame);
    // Arguments only, nothing on the stack: what a frame at a branch target says (JVMS §4.7.4).
    m.visitFrame(Opcodes.F_SAME, 0, null, 0, null);
    g.push(true);
    g.returnValue();
    g.mark(differs);
    m.visitFrame(Opcodes.F_SAME, 0, null, 0, null);
    g.push(false);
    g.returnValue();
  }

  private static Type boxed(Type primitive) {
    switch (primitive.getSort()) {
      case Type.BOOLEAN:
        return Type.getType(Boolean.class);
      case Type.CHAR:
        return Type.getType(Character.class);
      case Type.BYTE:
        return Type.getType(Byte.class);
      case Type.SHORT:
        return Type.getType(Short.class);
      case Type.INT:
        return Type.getType(Integer.class);
      case Type.FLOAT:
        return Type.getType(Float.class);
      case Type.LONG:
        return Type.getType(Long.class);
      case Type.DOUBLE:
        return Type.getType(Double.class);
      default:
        throw new IllegalStateException("not primitive: " + primitive);
    }
  }

  private static void load(GeneratorAdapter g, Type self, RecordComponentNode c, int arg) {
    g.loadArg(arg);
    if (arg > 0) {
      g.checkCast(self);
    }
    g.getField(self, c.name, Type.getType(c.descriptor));
  }

  private static void annotate(ClassNode c, List<RecordComponentNode> components) {
    StringBuilder descriptor = new StringBuilder("(");
    components.forEach(r -> descriptor.append(r.descriptor));
    String canonical = descriptor.append(")V").toString();
    for (MethodNode m : c.methods) {
      if (m.name.equals("<init>") && m.desc.equals(canonical)) {
        AnnotationNode creator = new AnnotationNode(CREATOR);
        creator.visitEnum("mode", CREATOR_MODE, "PROPERTIES");
        visible(m).add(creator);
        int n = components.size();
        if (m.visibleParameterAnnotations == null) {
          @SuppressWarnings({"unchecked", "rawtypes"}) // ASM's own type
          List<AnnotationNode>[] all = new List[n];
          m.visibleParameterAnnotations = all;
        }
        m.visibleAnnotableParameterCount = n;
        for (int i = 0; i < n; i++) {
          if (m.visibleParameterAnnotations[i] == null) {
            m.visibleParameterAnnotations[i] = new ArrayList<>();
          }
          m.visibleParameterAnnotations[i].add(property(components.get(i)));
        }
      }
      for (RecordComponentNode r : components) {
        if (m.name.equals(r.name)
            && m.desc.equals("()" + r.descriptor)
            && (m.access & Opcodes.ACC_STATIC) == 0) {
          visible(m).add(property(r));
        }
      }
    }
  }

  private static AnnotationNode property(RecordComponentNode c) {
    AnnotationNode a = new AnnotationNode(PROPERTY);
    a.visit("value", c.name);
    return a;
  }

  private static List<AnnotationNode> visible(MethodNode m) {
    if (m.visibleAnnotations == null) {
      m.visibleAnnotations = new ArrayList<>();
    }
    return m.visibleAnnotations;
  }
}
