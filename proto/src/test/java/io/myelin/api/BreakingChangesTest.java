package io.myelin.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.google.protobuf.DescriptorProtos.DescriptorProto;
import com.google.protobuf.DescriptorProtos.EnumDescriptorProto;
import com.google.protobuf.DescriptorProtos.FieldDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.DescriptorProtos.MethodDescriptorProto;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every rule of {@link BreakingChanges} finds a change that breaks it, and nothing else. */
final class BreakingChangesTest {

  @Test
  void whatIsTheSameBreaksNothing() {
    assertEquals(List.of(), BreakingChanges.between(Example.unchanged(), Example.unchanged()));
  }

  @Test
  void whatIsAddedBreaksNothing() {
    Consumer<FileDescriptorProto.Builder> more =
        f -> {
          cup(f).addFieldBuilder().setName("lid").setNumber(5);
          cup(f).getEnumTypeBuilder(0).addValueBuilder().setName("STATE_EMPTY").setNumber(2);
          cup(f).addNestedTypeBuilder().setName("Handle");
          f.addMessageTypeBuilder().setName("Saucer");
          f.addEnumTypeBuilder().setName("Colour");
          f.getServiceBuilder(0).addMethodBuilder().setName("EmptyCup");
          f.addServiceBuilder().setName("SaucerService");
        };
    assertEquals(List.of(), BreakingChanges.between(Example.unchanged(), Example.with(more)));
  }

  @Test
  void otherPackagesAreNotOfThisApi() {
    assertEquals(
        List.of(),
        BreakingChanges.between(
            Example.with(f -> f.setPackage("p4.v1")), Example.with(f -> f.clear())));
  }

  @ParameterizedTest
  @MethodSource
  void plantedChangesAreNamed(String expected, Consumer<FileDescriptorProto.Builder> change) {
    assertEquals(
        List.of(expected), BreakingChanges.between(Example.unchanged(), Example.with(change)));
  }

  static Stream<Arguments> plantedChangesAreNamed() {
    return Stream.of(
        planted(
            "file myelin/v1/cup.proto: its syntax was proto3, now is editions",
            f -> f.setSyntax("editions")),
        planted(
            "file myelin/v1/cup.proto: its java_package was io.myelin.v1, now is com.cups",
            f -> f.getOptionsBuilder().setJavaPackage("com.cups")),
        planted(
            "file myelin/v1/cup.proto: its java_outer_classname was none, now is Cups",
            f -> f.getOptionsBuilder().setJavaOuterClassname("Cups")),
        planted(
            "file myelin/v1/cup.proto: its java_multiple_files was true, now is false",
            f -> f.getOptionsBuilder().setJavaMultipleFiles(false)),
        planted("message myelin.v1.FillCupResponse was removed", f -> f.removeMessageType(2)),
        planted("field myelin.v1.Cup.size_ml, number 2, was removed", f -> cup(f).removeField(1)),
        planted(
            "field myelin.v1.Cup.size_ml: its number was 2, now is 5", f -> size(f).setNumber(5)),
        planted(
            "field myelin.v1.Cup.size_ml was renamed to size_cl; JSON and code use the name",
            f -> size(f).setName("size_cl")),
        planted(
            "field myelin.v1.Cup.size_ml: its JSON name was sizeMl, now is ml",
            f -> size(f).setJsonName("ml")),
        planted(
            "field myelin.v1.Cup.size_ml: its type was int64, now is sint64",
            f -> size(f).setType(FieldDescriptorProto.Type.TYPE_SINT64)),
        planted(
            "field myelin.v1.Cup.state: its type was myelin.v1.Cup.State, now is myelin.v1.CupKind",
            f -> cup(f).getFieldBuilder(3).setTypeName(".myelin.v1.CupKind")),
        planted(
            "field myelin.v1.Cup.size_ml: its cardinality was singular, now is repeated",
            f -> size(f).setLabel(FieldDescriptorProto.Label.LABEL_REPEATED)),
        planted(
            "field myelin.v1.Cup.size_ml: its cardinality was singular, now is optional",
            f -> {
              cup(f).addOneofDeclBuilder().setName("_size_ml");
              size(f).setProto3Optional(true).setOneofIndex(1);
            }),
        planted(
            "field myelin.v1.Cup.tea: its oneof was content, now is none",
            f -> cup(f).getFieldBuilder(2).clearOneofIndex()),
        planted(
            "field myelin.v1.Cup.size_ml: its oneof was none, now is content",
            f -> size(f).setOneofIndex(0)),
        planted(
            "message myelin.v1.Cup no longer reserves the name handle",
            f -> cup(f).clearReservedName()),
        planted(
            "message myelin.v1.Cup no longer reserves the number 8",
            f -> cup(f).getReservedRangeBuilder(0).setEnd(8)),
        planted("enum myelin.v1.CupKind was removed", f -> f.clearEnumType()),
        planted(
            "enum value myelin.v1.Cup.State.STATE_FULL, number 1, was removed or renamed",
            f -> state(f).removeValue(1)),
        planted(
            "enum value myelin.v1.Cup.State.STATE_FULL: its number was 1, now is 2",
            f -> state(f).getValueBuilder(1).setNumber(2)),
        planted("service myelin.v1.CupService was removed", f -> f.clearService()),
        planted(
            "rpc myelin.v1.CupService/FillCup was removed",
            f -> f.getServiceBuilder(0).clearMethod()),
        planted(
            "rpc myelin.v1.CupService/FillCup: its request was myelin.v1.FillCupRequest, now is"
                + " myelin.v1.Cup",
            f -> rpc(f).setInputType(".myelin.v1.Cup")),
        planted(
            "rpc myelin.v1.CupService/FillCup: its response was myelin.v1.FillCupResponse, now is"
                + " myelin.v1.Cup",
            f -> rpc(f).setOutputType(".myelin.v1.Cup")),
        planted(
            "rpc myelin.v1.CupService/FillCup: its streaming of requests was false, now is true",
            f -> rpc(f).setClientStreaming(true)),
        planted(
            "rpc myelin.v1.CupService/FillCup: its streaming of responses was false, now is true",
            f -> rpc(f).setServerStreaming(true)));
  }

  @Test
  void whatMovesToAnotherFileIsNamed() {
    assertEquals(
        List.of(
            "file myelin/v1/cup.proto was removed",
            "message myelin.v1.Cup: its file was myelin/v1/cup.proto, now is myelin/v1/mug.proto",
            "message myelin.v1.FillCupRequest: its file was myelin/v1/cup.proto, now is"
                + " myelin/v1/mug.proto",
            "message myelin.v1.FillCupResponse: its file was myelin/v1/cup.proto, now is"
                + " myelin/v1/mug.proto",
            "enum myelin.v1.Cup.State: its file was myelin/v1/cup.proto, now is"
                + " myelin/v1/mug.proto",
            "enum myelin.v1.CupKind: its file was myelin/v1/cup.proto, now is"
                + " myelin/v1/mug.proto",
            "service myelin.v1.CupService: its file was myelin/v1/cup.proto, now is"
                + " myelin/v1/mug.proto"),
        BreakingChanges.between(
            Example.unchanged(), Example.with(f -> f.setName("myelin/v1/mug.proto"))));
  }

  @Test
  void anotherPackageIsNamedOfTheFileAndOfAllThatWasInIt() {
    List<String> found =
        BreakingChanges.between(Example.unchanged(), Example.with(f -> f.setPackage("myelin.v2")));
    assertEquals(
        "file myelin/v1/cup.proto: its package was myelin.v1, now is myelin.v2", found.get(0));
    assertEquals("message myelin.v1.Cup was removed", found.get(1));
  }

  private static Arguments planted(String expected, Consumer<FileDescriptorProto.Builder> change) {
    return arguments(expected, change);
  }

  private static DescriptorProto.Builder cup(FileDescriptorProto.Builder f) {
    return f.getMessageTypeBuilder(0);
  }

  private static FieldDescriptorProto.Builder size(FileDescriptorProto.Builder f) {
    return cup(f).getFieldBuilder(1);
  }

  private static EnumDescriptorProto.Builder state(FileDescriptorProto.Builder f) {
    return cup(f).getEnumTypeBuilder(0);
  }

  private static MethodDescriptorProto.Builder rpc(FileDescriptorProto.Builder f) {
    return f.getServiceBuilder(0).getMethodBuilder(0);
  }
}
