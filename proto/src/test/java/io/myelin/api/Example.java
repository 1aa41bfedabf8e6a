package io.myelin.api;

import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorSet;
import com.google.protobuf.TextFormat;
import java.util.function.Consumer;

/** A small API that keeps all rules, in which tests plant violations. */
final class Example {
  private static final String FILE =
      """
      name: "myelin/v1/cup.proto"
      package: "myelin.v1"
      syntax: "proto3"
      options { java_package: "io.myelin.v1" java_multiple_files: true }
      message_type {
        name: "Cup"
        field { name: "name" number: 1 type: TYPE_STRING label: LABEL_OPTIONAL json_name: "name" }
        field { name: "size_ml" number: 2 type: TYPE_INT64 label: LABEL_OPTIONAL json_name: "sizeMl" }
        field {
          name: "tea" number: 3 type: TYPE_BOOL label: LABEL_OPTIONAL json_name: "tea" oneof_index: 0
        }
        field {
          name: "state" number: 4 type: TYPE_ENUM type_name: ".myelin.v1.Cup.State"
          label: LABEL_OPTIONAL json_name: "state"
        }
        oneof_decl { name: "content" }
        enum_type {
          name: "State"
          value { name: "STATE_UNSPECIFIED" number: 0 }
          value { name: "STATE_FULL" number: 1 }
        }
        reserved_range { start: 7 end: 9 }
        reserved_name: "handle"
      }
      message_type { name: "FillCupRequest" }
      message_type { name: "FillCupResponse" }
      enum_type {
        name: "CupKind"
        value { name: "CUP_KIND_UNSPECIFIED" number: 0 }
      }
      service {
        name: "CupService"
        method {
          name: "FillCup"
          input_type: ".myelin.v1.FillCupRequest"
          output_type: ".myelin.v1.FillCupResponse"
        }
      }
      source_code_info {
        location { path: [4, 0] leading_comments: " A cup." }
        location { path: [4, 0, 4, 0] leading_comments: " How it is." }
        location { path: [5, 0] leading_comments: " What it is for." }
        location { path: [6, 0] leading_comments: " Cups." }
        location { path: [6, 0, 2, 0] leading_comments: " Fills one." }
      }
      """;

  private Example() {}

  static FileDescriptorSet unchanged() {
    return with(f -> {});
  }

  /** With a change. */
  static FileDescriptorSet with(Consumer<FileDescriptorProto.Builder> change) {
    FileDescriptorProto.Builder file = FileDescriptorProto.newBuilder();
    try {
      TextFormat.merge(FILE, file);
    } catch (TextFormat.ParseException e) {
      throw new AssertionError(e);
    }
    change.accept(file);
    return FileDescriptorSet.newBuilder().addFile(file).build();
  }
}
