package io.myelin.api;

import com.google.protobuf.DescriptorProtos.DescriptorProto;
import com.google.protobuf.DescriptorProtos.EnumDescriptorProto;
import com.google.protobuf.DescriptorProtos.EnumValueDescriptorProto;
import com.google.protobuf.DescriptorProtos.FieldDescriptorProto;
import com.google.protobuf.DescriptorProtos.FieldDescriptorProto.Label;
import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorSet;
import com.google.protobuf.DescriptorProtos.MethodDescriptorProto;
import com.google.protobuf.DescriptorProtos.ServiceDescriptorProto;
import io.myelin.api.Protos.Placed;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * What an API breaks for the clients of an older one: on the wire, in JSON, or in generated code.
 * The rules are those of category FILE of {@code buf breaking}.
 */
final class BreakingChanges {
  private final Map<String, Placed<DescriptorProto>> messages;
  private final Map<String, Placed<EnumDescriptorProto>> enums;
  private final Map<String, Placed<ServiceDescriptorProto>> services;
  private final Map<String, FileDescriptorProto> files;
  private final List<String> found = new ArrayList<>();

  private BreakingChanges(Protos after) {
    messages = byName(after.messages);
    enums = byName(after.enums);
    services = byName(after.services);
    files = index(after.files, FileDescriptorProto::getName);
  }

  /** Every breaking change, one sentence each, in the order of the older files. */
  static List<String> between(FileDescriptorSet before, FileDescriptorSet after) {
    BreakingChanges changes = new BreakingChanges(Protos.own(after));
    Protos old = Protos.own(before);
    old.files.forEach(changes::file);
    old.messages.forEach(changes::message);
    old.enums.forEach(changes::enumeration);
    old.services.forEach(changes::service);
    return List.copyOf(changes.found);
  }

  private void file(FileDescriptorProto was) {
    FileDescriptorProto is = files.get(was.getName());
    if (is == null) {
      found.add("file " + was.getName() + " was removed");
      return;
    }
    String file = "file " + was.getName();
    same(file, "syntax", was.getSyntax(), is.getSyntax());
    same(file, "package", was.getPackage(), is.getPackage());
    same(file, "java_package", was.getOptions().getJavaPackage(), is.getOptions().getJavaPackage());
    same(
        file,
        "java_outer_classname",
        was.getOptions().getJavaOuterClassname(),
        is.getOptions().getJavaOuterClassname());
    same(
        file,
        "java_multiple_files",
        was.getOptions().getJavaMultipleFiles(),
        is.getOptions().getJavaMultipleFiles());
  }

  private void message(Placed<DescriptorProto> was) {
    Placed<DescriptorProto> is = messages.get(was.name());
    if (there("message", was, is)) {
      fields(was.name(), was.proto(), is.proto());
      reserved(was, is.proto());
    }
  }

  private void fields(String message, DescriptorProto was, DescriptorProto is) {
    Map<Integer, FieldDescriptorProto> byNumber =
        index(is.getFieldList(), FieldDescriptorProto::getNumber);
    Map<String, FieldDescriptorProto> byName =
        index(is.getFieldList(), FieldDescriptorProto::getName);
    for (FieldDescriptorProto f : was.getFieldList()) {
      String field = "field " + message + "." + f.getName();
      FieldDescriptorProto moved = byName.get(f.getName());
      FieldDescriptorProto now = byNumber.get(f.getNumber());
      if (moved != null && moved.getNumber() != f.getNumber()) {
        same(field, "number", f.getNumber(), moved.getNumber());
      } else if (now == null) {
        found.add(field + ", number " + f.getNumber() + ", was removed");
      } else if (moved == null) {
        found.add(field + " was renamed to " + now.getName() + "; JSON and code use the name");
      } else {
        same(field, "JSON name", f.getJsonName(), now.getJsonName());
        same(field, "type", type(f), type(now));
        same(field, "cardinality", cardinality(f), cardinality(now));
        same(field, "oneof", oneof(was, f), oneof(is, now));
      }
    }
  }

  private void reserved(Placed<DescriptorProto> was, DescriptorProto is) {
    for (String name : was.proto().getReservedNameList()) {
      if (!is.getReservedNameList().contains(name)) {
        found.add("message " + was.name() + " no longer reserves the name " + name);
      }
    }
    for (DescriptorProto.ReservedRange range : was.proto().getReservedRangeList()) {
      for (int number = range.getStart(); number < range.getEnd(); number++) {
        int n = number;
        if (is.getReservedRangeList().stream()
            .noneMatch(r -> r.getStart() <= n && n < r.getEnd())) {
          found.add("message " + was.name() + " no longer reserves the number " + n);
          break; // one sentence a range: ranges may go up to 536,870,911
        }
      }
    }
  }

  private void enumeration(Placed<EnumDescriptorProto> was) {
    Placed<EnumDescriptorProto> is = enums.get(was.name());
    if (!there("enum", was, is)) {
      return;
    }
    Map<String, EnumValueDescriptorProto> byName =
        index(is.proto().getValueList(), EnumValueDescriptorProto::getName);
    for (EnumValueDescriptorProto v : was.proto().getValueList()) {
      String value = "enum value " + was.name() + "." + v.getName();
      EnumValueDescriptorProto now = byName.get(v.getName());
      if (now == null) {
        found.add(value + ", number " + v.getNumber() + ", was removed or renamed");
      } else {
        same(value, "number", v.getNumber(), now.getNumber());
      }
    }
  }

  private void service(Placed<ServiceDescriptorProto> was) {
    Placed<ServiceDescriptorProto> is = services.get(was.name());
    if (!there("service", was, is)) {
      return;
    }
    Map<String, MethodDescriptorProto> byName =
        index(is.proto().getMethodList(), MethodDescriptorProto::getName);
    for (MethodDescriptorProto m : was.proto().getMethodList()) {
      String rpc = "rpc " + was.name() + "/" + m.getName();
      MethodDescriptorProto now = byName.get(m.getName());
      if (now == null) {
        found.add(rpc + " was removed");
        continue;
      }
      same(rpc, "request", plain(m.getInputType()), plain(now.getInputType()));
      same(rpc, "response", plain(m.getOutputType()), plain(now.getOutputType()));
      same(rpc, "streaming of requests", m.getClientStreaming(), now.getClientStreaming());
      same(rpc, "streaming of responses", m.getServerStreaming(), now.getServerStreaming());
    }
  }

  /** Whether it is still there; says so where it is not, or is in another file. */
  private <T> boolean there(String what, Placed<T> was, Placed<T> is) {
    if (is == null) {
      found.add(what + " " + was.name() + " was removed");
      return false;
    }
    same(what + " " + was.name(), "file", was.file().getName(), is.file().getName());
    return true;
  }

  private void same(String what, String property, Object was, Object is) {
    if (!Objects.equals(was, is)) {
      found.add(what + ": its " + property + " was " + said(was) + ", now is " + said(is));
    }
  }

  private static String said(Object value) {
    return value.equals("") ? "none" : value.toString();
  }

  private static String type(FieldDescriptorProto f) {
    return f.getTypeName().isEmpty()
        ? f.getType().name().replace("TYPE_", "").toLowerCase(Locale.ROOT)
        : plain(f.getTypeName());
  }

  private static String cardinality(FieldDescriptorProto f) {
    if (f.getLabel() == Label.LABEL_REPEATED) {
      return "repeated";
    }
    return f.getProto3Optional() ? "optional" : "singular";
  }

  /** The oneof of a field; empty: none. protoc makes one for each optional field, too. */
  private static String oneof(DescriptorProto message, FieldDescriptorProto f) {
    return f.hasOneofIndex() && !f.getProto3Optional()
        ? message.getOneofDecl(f.getOneofIndex()).getName()
        : "";
  }

  private static String plain(String typeName) {
    return typeName.startsWith(".") ? typeName.substring(1) : typeName;
  }

  private static <T> Map<String, Placed<T>> byName(List<Placed<T>> all) {
    return index(all, Placed::name);
  }

  private static <K, T> Map<K, T> index(List<T> all, Function<T, K> key) {
    return all.stream()
        .collect(Collectors.toMap(key, Function.identity(), (a, b) -> a, LinkedHashMap::new));
  }
}
