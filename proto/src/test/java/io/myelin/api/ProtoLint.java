package io.myelin.api;

import com.google.protobuf.DescriptorProtos.DescriptorProto;
import com.google.protobuf.DescriptorProtos.EnumDescriptorProto;
import com.google.protobuf.DescriptorProtos.EnumValueDescriptorProto;
import com.google.protobuf.DescriptorProtos.FieldDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorSet;
import com.google.protobuf.DescriptorProtos.MethodDescriptorProto;
import com.google.protobuf.DescriptorProtos.OneofDescriptorProto;
import com.google.protobuf.DescriptorProtos.ServiceDescriptorProto;
import com.google.protobuf.DescriptorProtos.SourceCodeInfo.Location;
import io.myelin.api.Protos.Placed;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * How protos are written here. The rules are those of category STANDARD of {@code buf lint}, and
 * comments: services, rpcs, enums and messages have one, but for the request and the response of an
 * rpc, whose comment says what they are for.
 */
final class ProtoLint {
  private static final Pattern VERSIONED = Pattern.compile("[a-z][a-z0-9_.]*\\.v[1-9][0-9]*");
  private static final Pattern UPPER_CAMEL = Pattern.compile("[A-Z][A-Za-z0-9]*");
  private static final Pattern LOWER_SNAKE = Pattern.compile("[a-z][a-z0-9]*(_[a-z0-9]+)*");
  private static final Pattern UPPER_SNAKE = Pattern.compile("[A-Z][A-Z0-9]*(_[A-Z0-9]+)*");

  /** Field number of the methods in ServiceDescriptorProto. */
  private static final int SERVICE_METHOD = 2;

  private final Set<String> ofRpcs = new HashSet<>();
  private final Map<String, Set<List<Integer>>> commented = new HashMap<>();
  private final List<String> found = new ArrayList<>();

  private ProtoLint() {}

  /**
   * Every violation, one sentence each.
   *
   * @param set files with their source info, which has the comments
   */
  static List<String> violations(FileDescriptorSet set) {
    Protos protos = Protos.own(set);
    ProtoLint lint = new ProtoLint();
    protos.files.forEach(lint::file);
    protos.services.forEach(lint::service);
    protos.messages.forEach(lint::message);
    protos.enums.forEach(lint::enumeration);
    return List.copyOf(lint.found);
  }

  private void file(FileDescriptorProto f) {
    String file = "file " + f.getName();
    unless(f.getSyntax().equals("proto3"), file + " does not say syntax = \"proto3\"");
    unless(
        VERSIONED.matcher(f.getPackage()).matches(),
        file + ": package " + f.getPackage() + " does not end in a version, such as v1");
    String directory = f.getPackage().replace('.', '/');
    int slash = f.getName().lastIndexOf('/');
    unless(
        f.getName().substring(0, Math.max(0, slash)).equals(directory),
        file + " is not in the directory of its package, " + directory);
    unless(
        LOWER_SNAKE.matcher(f.getName().substring(slash + 1).replace(".proto", "")).matches(),
        file + ": its name is not lower_snake_case");
    unless(f.getPublicDependencyCount() == 0, file + " imports publicly");
    unless(f.getWeakDependencyCount() == 0, file + " imports weakly");
    String java = "io." + f.getPackage();
    unless(f.getOptions().getJavaPackage().equals(java), file + ": java_package is not " + java);
    unless(f.getOptions().getJavaMultipleFiles(), file + " does not set java_multiple_files");
    for (Location at : f.getSourceCodeInfo().getLocationList()) {
      if (!at.getLeadingComments().isBlank()) {
        commented
            .computeIfAbsent(f.getName(), n -> new HashSet<>())
            .add(List.copyOf(at.getPathList()));
      }
    }
  }

  private void service(Placed<ServiceDescriptorProto> s) {
    String service = "service " + s.name();
    unless(
        UPPER_CAMEL.matcher(s.proto().getName()).matches()
            && s.proto().getName().endsWith("Service"),
        service + ": its name is not UpperCamelCase and ends in Service");
    comment(service, s.file(), s.path());
    for (int i = 0; i < s.proto().getMethodCount(); i++) {
      MethodDescriptorProto m = s.proto().getMethod(i);
      String rpc = "rpc " + s.name() + "/" + m.getName();
      unless(UPPER_CAMEL.matcher(m.getName()).matches(), rpc + ": its name is not UpperCamelCase");
      own(rpc, "request", m.getInputType(), "." + s.file().getPackage() + "." + m.getName());
      own(rpc, "response", m.getOutputType(), "." + s.file().getPackage() + "." + m.getName());
      comment(rpc, s.file(), Protos.path(s.path(), SERVICE_METHOD, i));
    }
  }

  /** Each rpc has a request and a response of its own, which can grow. */
  private void own(String rpc, String what, String type, String stem) {
    String expected = stem + what.substring(0, 1).toUpperCase(Locale.ROOT) + what.substring(1);
    unless(type.equals(expected), rpc + ": its " + what + " is not " + expected.substring(1));
    unless(
        ofRpcs.add(type.substring(1)),
        rpc + ": its " + what + " " + type.substring(1) + " is that of another rpc, too");
  }

  private void message(Placed<DescriptorProto> m) {
    if (m.proto().getOptions().getMapEntry()) {
      return; // made by protoc
    }
    String message = "message " + m.name();
    unless(
        UPPER_CAMEL.matcher(m.proto().getName()).matches(),
        message + ": its name is not UpperCamelCase");
    if (!ofRpcs.contains(m.name())) {
      comment(message, m.file(), m.path());
    }
    for (FieldDescriptorProto f : m.proto().getFieldList()) {
      unless(
          LOWER_SNAKE.matcher(f.getName()).matches(),
          "field " + m.name() + "." + f.getName() + ": its name is not lower_snake_case");
    }
    for (OneofDescriptorProto o : m.proto().getOneofDeclList()) {
      // protoc makes _name for each optional field.
      unless(
          o.getName().startsWith("_") || LOWER_SNAKE.matcher(o.getName()).matches(),
          "oneof " + m.name() + "." + o.getName() + ": its name is not lower_snake_case");
    }
  }

  private void enumeration(Placed<EnumDescriptorProto> e) {
    String name = "enum " + e.name();
    unless(
        UPPER_CAMEL.matcher(e.proto().getName()).matches(),
        name + ": its name is not UpperCamelCase");
    comment(name, e.file(), e.path());
    unless(!e.proto().getOptions().getAllowAlias(), name + " allows aliases");
    String prefix =
        e.proto().getName().replaceAll("(?<=[a-z0-9])(?=[A-Z])", "_").toUpperCase(Locale.ROOT)
            + "_";
    for (EnumValueDescriptorProto v : e.proto().getValueList()) {
      String value = "enum value " + e.name() + "." + v.getName();
      unless(UPPER_SNAKE.matcher(v.getName()).matches(), value + " is not UPPER_SNAKE_CASE");
      unless(v.getName().startsWith(prefix), value + " does not begin with " + prefix);
      unless(
          (v.getNumber() == 0) == v.getName().equals(prefix + "UNSPECIFIED"),
          value + ": 0, and 0 alone, is " + prefix + "UNSPECIFIED");
    }
  }

  private void comment(String what, FileDescriptorProto file, List<Integer> path) {
    unless(
        commented.getOrDefault(file.getName(), Set.of()).contains(path), what + " has no comment");
  }

  private void unless(boolean right, String violation) {
    if (!right) {
      found.add(violation);
    }
  }
}
