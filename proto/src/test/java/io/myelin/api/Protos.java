package io.myelin.api;

import com.google.protobuf.DescriptorProtos.DescriptorProto;
import com.google.protobuf.DescriptorProtos.EnumDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorSet;
import com.google.protobuf.DescriptorProtos.ServiceDescriptorProto;
import java.util.ArrayList;
import java.util.List;

/** The messages, enums and services of a set of files, each with its full name and its place. */
final class Protos {
  /** Packages of P4Runtime are the P4 specification's; these are this project's. */
  private static final String OWN = "myelin.";

  /** Field numbers in descriptor.proto, of which paths to comments are made. */
  private static final int FILE_MESSAGE = 4;

  private static final int FILE_ENUM = 5;
  private static final int FILE_SERVICE = 6;
  private static final int MESSAGE_NESTED = 3;
  private static final int MESSAGE_ENUM = 4;

  /**
   * A message, an enum or a service.
   *
   * @param file the file that declares it
   * @param name its full name
   * @param path where it stands in the file's descriptor, as SourceCodeInfo has it
   */
  record Placed<T>(FileDescriptorProto file, String name, List<Integer> path, T proto) {}

  final List<FileDescriptorProto> files = new ArrayList<>();
  final List<Placed<DescriptorProto>> messages = new ArrayList<>();
  final List<Placed<EnumDescriptorProto>> enums = new ArrayList<>();
  final List<Placed<ServiceDescriptorProto>> services = new ArrayList<>();

  /** Those of the set's files that are in packages of this project. */
  static Protos own(FileDescriptorSet set) {
    Protos protos = new Protos();
    set.getFileList().stream().filter(f -> f.getPackage().startsWith(OWN)).forEach(protos::add);
    return protos;
  }

  private void add(FileDescriptorProto file) {
    files.add(file);
    for (int i = 0; i < file.getMessageTypeCount(); i++) {
      add(file, file.getPackage(), List.of(FILE_MESSAGE, i), file.getMessageType(i));
    }
    for (int i = 0; i < file.getEnumTypeCount(); i++) {
      EnumDescriptorProto e = file.getEnumType(i);
      enums.add(new Placed<>(file, name(file.getPackage(), e.getName()), List.of(FILE_ENUM, i), e));
    }
    for (int i = 0; i < file.getServiceCount(); i++) {
      ServiceDescriptorProto s = file.getService(i);
      services.add(
          new Placed<>(file, name(file.getPackage(), s.getName()), List.of(FILE_SERVICE, i), s));
    }
  }

  private void add(
      FileDescriptorProto file, String scope, List<Integer> path, DescriptorProto message) {
    String name = name(scope, message.getName());
    messages.add(new Placed<>(file, name, path, message));
    for (int i = 0; i < message.getNestedTypeCount(); i++) {
      add(file, name, path(path, MESSAGE_NESTED, i), message.getNestedType(i));
    }
    for (int i = 0; i < message.getEnumTypeCount(); i++) {
      EnumDescriptorProto e = message.getEnumType(i);
      enums.add(new Placed<>(file, name(name, e.getName()), path(path, MESSAGE_ENUM, i), e));
    }
  }

  /** A path, two steps further. */
  static List<Integer> path(List<Integer> path, int field, int index) {
    List<Integer> longer = new ArrayList<>(path);
    longer.add(field);
    longer.add(index);
    return List.copyOf(longer);
  }

  private static String name(String scope, String name) {
    return scope + "." + name;
  }
}
