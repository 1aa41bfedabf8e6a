package io.myelin.web.transcode;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.TypeRegistry;
import com.google.protobuf.util.JsonFormat;
import com.google.rpc.ErrorDetailsProto;
import java.util.ArrayList;
import java.util.List;

/** Writes messages as proto3's mapping to JSON; details of errors, too. */
final class JsonWriting {
  private final JsonFormat.Printer printer;

  /** Knows the messages of the bindings' files, which errors may hold. */
  JsonWriting(List<Binding> bindings) {
    List<Descriptor> known = new ArrayList<>(ErrorDetailsProto.getDescriptor().getMessageTypes());
    bindings.stream()
        .map(b -> b.method().getFile())
        .distinct()
        .map(FileDescriptor::getMessageTypes)
        .forEach(known::addAll);
    printer =
        JsonFormat.printer()
            .omittingInsignificantWhitespace()
            .usingTypeRegistry(TypeRegistry.newBuilder().add(known).build());
  }

  String write(Message message) {
    try {
      return printer.print(message);
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalArgumentException("a detail is of a type that is not known", e);
    }
  }
}
