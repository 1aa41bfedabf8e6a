package io.myelin.web.transcode;

import com.google.api.AnnotationsProto;
import com.google.api.HttpRule;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.MethodDescriptor;
import com.google.protobuf.Message;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.ServerMethodDefinition;
import io.grpc.ServerServiceDefinition;
import io.grpc.protobuf.ProtoMethodDescriptorSupplier;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A method of a service as HTTP sees it.
 *
 * @param verb of HTTP, in capitals
 * @param body the field that is the body; {@code *}: the whole request; empty: there is none
 * @param method as protobuf describes it
 * @param definition as gRPC serves it
 */
record Binding(
    String verb,
    PathTemplate path,
    String body,
    MethodDescriptor method,
    ServerMethodDefinition<Message, Message> definition) {

  /**
   * The bindings of all methods that have an annotation, in the order of the services.
   *
   * @throws IllegalArgumentException naming the method whose annotation cannot be served
   */
  static List<Binding> of(List<ServerServiceDefinition> services) {
    List<Binding> all = new ArrayList<>();
    for (ServerServiceDefinition s : services) {
      for (ServerMethodDefinition<?, ?> m : s.getMethods()) {
        Object schema = m.getMethodDescriptor().getSchemaDescriptor();
        if (schema instanceof ProtoMethodDescriptorSupplier p) {
          MethodDescriptor method = p.getMethodDescriptor();
          if (method.getOptions().hasExtension(AnnotationsProto.http)) {
            all.add(of(method, m));
          }
        }
      }
    }
    return all;
  }

  private static Binding of(MethodDescriptor method, ServerMethodDefinition<?, ?> definition) {
    HttpRule rule = method.getOptions().getExtension(AnnotationsProto.http);
    MethodType type = definition.getMethodDescriptor().getType();
    if (!type.clientSendsOneMessage() || rule.getAdditionalBindingsCount() > 0) {
      throw new IllegalArgumentException(method.getFullName() + ": not served over HTTP");
    }
    String path =
        switch (rule.getPatternCase()) {
          case GET -> rule.getGet();
          case POST -> rule.getPost();
          case PATCH -> rule.getPatch();
          case PUT -> rule.getPut();
          case DELETE -> rule.getDelete();
          case CUSTOM, PATTERN_NOT_SET ->
              throw new IllegalArgumentException(method.getFullName() + ": no verb");
        };
    @SuppressWarnings("unchecked") // of protobuf, as its schema says
    ServerMethodDefinition<Message, Message> served =
        (ServerMethodDefinition<Message, Message>) definition;
    return new Binding(
        rule.getPatternCase().name(), new PathTemplate(path), rule.getBody(), method, served);
  }

  HttpMethods.Answer answer() {
    if (definition.getMethodDescriptor().getType() == MethodType.UNARY) {
      return HttpMethods.Answer.ONCE;
    }
    return payload() == null ? HttpMethods.Answer.EVENTS : HttpMethods.Answer.BYTES;
  }

  /** The field of the answer that is bytes, where it has no other. */
  @Nullable FieldDescriptor payload() {
    List<FieldDescriptor> fields = method.getOutputType().getFields();
    return fields.size() == 1 && fields.get(0).getType() == FieldDescriptor.Type.BYTES
        ? fields.get(0)
        : null;
  }

  /** The message that the body is; null: there is no body. */
  @Nullable Descriptor bodyType() {
    if (body.isEmpty()) {
      return null;
    }
    return body.equals("*")
        ? method.getInputType()
        : method.getInputType().findFieldByName(body).getMessageType();
  }
}
