package io.myelin.web.transcode;

import com.google.rpc.Code;

/** Codes of {@code google.rpc} as HTTP's, by the table in {@code google/rpc/code.proto}. */
public final class HttpCodes {
  private HttpCodes() {}

  /** The HTTP status of a code. */
  public static int of(int code) {
    Code c = Code.forNumber(code);
    if (c == null) {
      return 500;
    }
    return switch (c) {
      case OK -> 200;
      case INVALID_ARGUMENT, FAILED_PRECONDITION, OUT_OF_RANGE -> 400;
      case UNAUTHENTICATED -> 401;
      case PERMISSION_DENIED -> 403;
      case NOT_FOUND -> 404;
      case ABORTED, ALREADY_EXISTS -> 409;
      case RESOURCE_EXHAUSTED -> 429;
      case CANCELLED -> 499;
      case UNIMPLEMENTED -> 501;
      case UNAVAILABLE -> 503;
      case DEADLINE_EXCEEDED -> 504;
      case UNKNOWN, INTERNAL, DATA_LOSS, UNRECOGNIZED -> 500;
    };
  }
}
