package io.myelin.softswitch.p4rt;

import io.grpc.Status;

/**
 * A request, or one update of a batch, that is refused: a canonical code and what was wrong. An
 * expected outcome, so it carries no stack trace.
 */
final class Refusal extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final Status.Code code;

  private Refusal(Status.Code code, String message) {
    super(message, null, false, false);
    this.code = code;
  }

  Status.Code code() {
    return code;
  }

  String reason() {
    return String.valueOf(getMessage());
  }

  static Refusal of(Status.Code code, String message) {
    return new Refusal(code, message);
  }

  static Refusal invalid(String message) {
    return new Refusal(Status.Code.INVALID_ARGUMENT, message);
  }

  static Refusal outOfRange(String message) {
    return new Refusal(Status.Code.OUT_OF_RANGE, message);
  }

  static Refusal notFound(String message) {
    return new Refusal(Status.Code.NOT_FOUND, message);
  }

  static Refusal exists(String message) {
    return new Refusal(Status.Code.ALREADY_EXISTS, message);
  }

  static Refusal denied(String message) {
    return new Refusal(Status.Code.PERMISSION_DENIED, message);
  }

  static Refusal exhausted(String message) {
    return new Refusal(Status.Code.RESOURCE_EXHAUSTED, message);
  }

  static Refusal precondition(String message) {
    return new Refusal(Status.Code.FAILED_PRECONDITION, message);
  }

  static Refusal unimplemented(String message) {
    return new Refusal(Status.Code.UNIMPLEMENTED, message);
  }
}
