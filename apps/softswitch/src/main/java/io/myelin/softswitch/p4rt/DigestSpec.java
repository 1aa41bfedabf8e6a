package io.myelin.softswitch.p4rt;

import io.myelin.p4.config.v1.Digest;
import io.myelin.p4.config.v1.P4DataTypeSpec;
import io.myelin.p4.config.v1.P4TypeInfo;
import io.myelin.p4.v1.P4Data;
import java.util.List;

/** A digest: its type decides how the engine's fields are packed into {@link P4Data}. */
record DigestSpec(int id, String name, String engineName, Shape shape) {

  enum Shape {
    BITSTRING,
    STRUCT,
    TUPLE
  }

  static DigestSpec of(Digest d, P4TypeInfo types) {
    String name = PipelineInfo.shortName(d.getPreamble());
    return new DigestSpec(
        d.getPreamble().getId(),
        name,
        d.getPreamble().getName(),
        shape(d.getTypeSpec(), types, name));
  }

  private static Shape shape(P4DataTypeSpec type, P4TypeInfo types, String name) {
    return switch (type.getTypeSpecCase()) {
      case BITSTRING -> Shape.BITSTRING;
      case STRUCT -> {
        if (!types.containsStructs(type.getStruct().getName())) {
          throw Refusal.invalid(
              "digest '"
                  + name
                  + "' is of struct '"
                  + type.getStruct().getName()
                  + "', which type_info has not; it has: "
                  + Options.list(types.getStructsMap().keySet()));
        }
        yield Shape.STRUCT;
      }
      case TUPLE -> Shape.TUPLE;
      case BOOL,
          HEADER,
          HEADER_UNION,
          HEADER_STACK,
          HEADER_UNION_STACK,
          ENUM,
          ERROR,
          SERIALIZABLE_ENUM,
          NEW_TYPE,
          TYPESPEC_NOT_SET ->
          throw Refusal.invalid(
              "digest '"
                  + name
                  + "' is of type "
                  + type.getTypeSpecCase()
                  + "; supported: BITSTRING, STRUCT and TUPLE of bit<W>");
    };
  }

  P4Data toProto(List<byte[]> fields) {
    P4Data.Builder out = P4Data.newBuilder();
    switch (shape) {
      case BITSTRING -> out.setBitstring(Bytestrings.canonical(fields.get(0)));
      case STRUCT ->
          fields.forEach(
              f ->
                  out.getStructBuilder()
                      .addMembersBuilder()
                      .setBitstring(Bytestrings.canonical(f)));
      case TUPLE ->
          fields.forEach(
              f ->
                  out.getTupleBuilder().addMembersBuilder().setBitstring(Bytestrings.canonical(f)));
    }
    return out.build();
  }
}
