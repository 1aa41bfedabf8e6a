package io.myelin.web.transcode;

import io.grpc.StatusRuntimeException;
import io.myelin.node.northbound.error.ApiErrors;

/** A request that says something wrong: which field, what, and what is allowed. */
final class BadRequestException extends Exception {
  private static final long serialVersionUID = 1;

  private final String field;

  /** In the field of a request, as JSON writes its path. */
  BadRequestException(String field, String problem) {
    super(problem);
    this.field = field;
  }

  /** As the API says it. */
  StatusRuntimeException error() {
    return ApiErrors.invalid(field, String.valueOf(getMessage()));
  }
}
