package io.myelin.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.google.protobuf.DescriptorProtos.DescriptorProto;
import com.google.protobuf.DescriptorProtos.EnumDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.DescriptorProtos.MethodDescriptorProto;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every rule of {@link ProtoLint} finds a violation of it, and nothing else. */
final class ProtoLintTest {

  @Test
  void whatKeepsTheRulesIsFine() {
    assertEquals(List.of(), ProtoLint.violations(Example.unchanged()));
  }

  @Test
  void otherPackagesHaveRulesOfTheirOwn() {
    assertEquals(
        List.of(), ProtoLint.violations(Example.with(f -> f.setPackage("p4").clearSyntax())));
  }

  @ParameterizedTest
  @MethodSource
  void plantedViolationsAreNamed(String expected, Consumer<FileDescriptorProto.Builder> change) {
    assertEquals(List.of(expected), ProtoLint.violations(Example.with(change)));
  }

  static Stream<Arguments> plantedViolationsAreNamed() {
    return Stream.of(
        planted("file myelin/v1/cup.proto does not say syntax = \"proto3\"", f -> f.clearSyntax()),
        planted(
            "file myelin/api/cup.proto: package myelin.api does not end in a version, such as v1",
            f -> {
              f.setName("myelin/api/cup.proto").setPackage("myelin.api");
              f.getOptionsBuilder().setJavaPackage("io.myelin.api");
              f.clearService();
              f.removeMessageType(2).removeMessageType(1);
            }),
        planted(
            "file myelin/cup.proto is not in the directory of its package, myelin/v1",
            f -> renamed(f, "myelin/cup.proto")),
        planted(
            "file myelin/v1/bigCup.proto: its name is not lower_snake_case",
            f -> renamed(f, "myelin/v1/bigCup.proto")),
        planted(
            "file myelin/v1/cup.proto imports publicly",
            f -> f.addDependency("myelin/v1/saucer.proto").addPublicDependency(0)),
        planted(
            "file myelin/v1/cup.proto imports weakly",
            f -> f.addDependency("myelin/v1/saucer.proto").addWeakDependency(0)),
        planted(
            "file myelin/v1/cup.proto: java_package is not io.myelin.v1",
            f -> f.getOptionsBuilder().clearJavaPackage()),
        planted(
            "file myelin/v1/cup.proto does not set java_multiple_files",
            f -> f.getOptionsBuilder().clearJavaMultipleFiles()),
        planted(
            "service myelin.v1.Cups: its name is not UpperCamelCase and ends in Service",
            f -> f.getServiceBuilder(0).setName("Cups")),
        planted("service myelin.v1.CupService has no comment", f -> uncommented(f, 6, 0)),
        planted(
            "rpc myelin.v1.CupService/fillCup: its name is not UpperCamelCase",
            f -> {
              rpc(f).setName("fillCup").setInputType(".myelin.v1.fillCupRequest");
              rpc(f).setOutputType(".myelin.v1.fillCupResponse");
              f.removeMessageType(2).removeMessageType(1);
            }),
        planted("rpc myelin.v1.CupService/FillCup has no comment", f -> uncommented(f, 6, 0, 2, 0)),
        planted(
            "rpc myelin.v1.CupService/FillCup: its request is not myelin.v1.FillCupRequest",
            f -> {
              rpc(f).setInputType(".myelin.v1.Cup");
              f.removeMessageType(1);
            }),
        planted(
            "rpc myelin.v1.CupService/FillCup: its response is not myelin.v1.FillCupResponse",
            f -> {
              rpc(f).setOutputType(".myelin.v1.Cup");
              f.removeMessageType(2);
            }),
        planted(
            "message myelin.v1.CUP_1: its name is not UpperCamelCase",
            f -> cup(f).setName("CUP_1")),
        planted("message myelin.v1.Cup has no comment", f -> uncommented(f, 4, 0)),
        planted(
            "field myelin.v1.Cup.sizeMl: its name is not lower_snake_case",
            f -> cup(f).getFieldBuilder(1).setName("sizeMl")),
        planted(
            "oneof myelin.v1.Cup.What: its name is not lower_snake_case",
            f -> cup(f).getOneofDeclBuilder(0).setName("What")),
        planted(
            "enum myelin.v1.Cup.state: its name is not UpperCamelCase",
            f -> state(f).setName("state")),
        planted("enum myelin.v1.Cup.State has no comment", f -> uncommented(f, 4, 0, 4, 0)),
        planted("enum myelin.v1.CupKind has no comment", f -> uncommented(f, 5, 0)),
        planted(
            "enum myelin.v1.Cup.State allows aliases",
            f -> state(f).getOptionsBuilder().setAllowAlias(true)),
        planted(
            "enum value myelin.v1.Cup.State.STATE_full is not UPPER_SNAKE_CASE",
            f -> state(f).getValueBuilder(1).setName("STATE_full")),
        planted(
            "enum value myelin.v1.Cup.State.FULL does not begin with STATE_",
            f -> state(f).getValueBuilder(1).setName("FULL")),
        planted(
            "enum value myelin.v1.CupKind.CUP_KIND_NONE: 0, and 0 alone, is CUP_KIND_UNSPECIFIED",
            f -> f.getEnumTypeBuilder(0).getValueBuilder(0).setName("CUP_KIND_NONE")));
  }

  @Test
  void aRequestOfTwoRpcsIsNamed() {
    assertEquals(
        List.of(
            "rpc myelin.v1.CupService/EmptyCup: its request is not myelin.v1.EmptyCupRequest",
            "rpc myelin.v1.CupService/EmptyCup: its request myelin.v1.FillCupRequest is that of"
                + " another rpc, too"),
        ProtoLint.violations(
            Example.with(
                f -> {
                  f.getServiceBuilder(0)
                      .addMethodBuilder()
                      .setName("EmptyCup")
                      .setInputType(".myelin.v1.FillCupRequest")
                      .setOutputType(".myelin.v1.EmptyCupResponse");
                  f.getSourceCodeInfoBuilder()
                      .addLocationBuilder()
                      .addAllPath(List.of(6, 0, 2, 1))
                      .setLeadingComments(" Empties one.");
                })));
  }

  private static Arguments planted(String expected, Consumer<FileDescriptorProto.Builder> change) {
    return arguments(expected, change);
  }

  private static void renamed(FileDescriptorProto.Builder f, String name) {
    f.setName(name);
  }

  /** Without the comment at a path. */
  private static void uncommented(FileDescriptorProto.Builder f, Integer... path) {
    f.getSourceCodeInfoBuilder().getLocationBuilderList().stream()
        .filter(at -> at.getPathList().equals(List.of(path)))
        .forEach(at -> at.clearLeadingComments());
  }

  private static DescriptorProto.Builder cup(FileDescriptorProto.Builder f) {
    return f.getMessageTypeBuilder(0);
  }

  private static EnumDescriptorProto.Builder state(FileDescriptorProto.Builder f) {
    return cup(f).getEnumTypeBuilder(0);
  }

  private static MethodDescriptorProto.Builder rpc(FileDescriptorProto.Builder f) {
    return f.getServiceBuilder(0).getMethodBuilder(0);
  }
}
