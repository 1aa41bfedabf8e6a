package io.myelin.node.northbound.access;

import io.myelin.core.access.Caller;

/** Verifies bearer tokens. Thread-safe. */
public interface Tokens {

  /** Nobody issues any. */
  Tokens NONE =
      token -> {
        throw new Rejected("no issuer of tokens is configured; use a client certificate");
      };

  /**
   * Who bears a token.
   *
   * @throws Rejected saying why nobody does
   */
  Caller verify(String token) throws Rejected;

  /** Why a token is not accepted; never holds the token or a part of it. */
  final class Rejected extends Exception {
    private static final long serialVersionUID = 1;

    Rejected(String message) {
      super(message);
    }
  }
}
