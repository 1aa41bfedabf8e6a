package io.myelin.java11;

import java.util.HexFormat;

/** Uses what Java 11 does not have, and nothing makes up for. */
final class NewerThanEleven {
  private NewerThanEleven() {}

  static String hex() {
    return HexFormat.of().formatHex(new byte[] {1}).describeConstable().orElse("");
  }
}
