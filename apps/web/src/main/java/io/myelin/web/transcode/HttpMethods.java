package io.myelin.web.transcode;

import com.google.protobuf.Descriptors.MethodDescriptor;
import io.grpc.ServerServiceDefinition;
import java.util.ArrayList;
import java.util.List;

/** What methods of services are to HTTP, for whoever describes them. */
public final class HttpMethods {
  private HttpMethods() {}

  /** How a method answers: with one object, with events, or with bytes. */
  public enum Answer {
    ONCE,
    EVENTS,
    BYTES
  }

  /**
   * A method.
   *
   * @param verb of HTTP, in capitals
   * @param path with names of parameters in braces
   * @param pathParameters names in the path, in order
   * @param variables fields of the request that the path fills
   * @param body the field that is the body; {@code *}: all that is not in the path; empty: none
   */
  public record Method(
      String verb,
      String path,
      List<String> pathParameters,
      List<String> variables,
      String body,
      Answer answer,
      MethodDescriptor method) {}

  /** All methods that HTTP reaches, in the order of the services. */
  public static List<Method> of(List<ServerServiceDefinition> services) {
    List<Method> all = new ArrayList<>();
    for (Binding b : Binding.of(services)) {
      List<String> names = new ArrayList<>();
      String path = b.path().openApi(names);
      all.add(
          new Method(
              b.verb(), path, names, b.path().variables(), b.body(), b.answer(), b.method()));
    }
    return all;
  }
}
