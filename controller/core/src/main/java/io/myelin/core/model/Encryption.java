package io.myelin.core.model;

/** How a link protects what it carries. */
public enum Encryption {
  /** Nobody said; never good enough for a request that asks for encryption. */
  UNKNOWN,
  NONE,
  /** IEEE 802.1AE. */
  MACSEC,
  /** RFC 4301. */
  IPSEC,
  WIREGUARD;

  /** Whether it encrypts at all. */
  public boolean protects() {
    return switch (this) {
      case UNKNOWN, NONE -> false;
      case MACSEC, IPSEC, WIREGUARD -> true;
    };
  }
}
