package io.myelin.softswitch.p4rt;

import com.google.rpc.Code;

/** An outcome with a canonical code, of a call or of one update of a batch. */
final class RpcException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final Code code;

  RpcException(Code code, String message) {
    super(message, null, false, false); // an answer, not a crash: no stack trace
    this.code = code;
  }

  Code code() {
    return code;
  }

  static RpcException invalid(String message) {
    return new RpcException(Code.INVALID_ARGUMENT, message);
  }

  static RpcException notFound(String message) {
    return new RpcException(Code.NOT_FOUND, message);
  }

  static RpcException unimplemented(String message) {
    return new RpcException(Code.UNIMPLEMENTED, message);
  }
}
