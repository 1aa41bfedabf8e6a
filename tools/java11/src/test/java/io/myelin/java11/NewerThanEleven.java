package io.myelin.java11;

import java.time.InstantSource;

/** Uses what Java 11 does not have, and nothing makes up for. */
final class NewerThanEleven {
  private NewerThanEleven() {}

  static String now() {
    return InstantSource.system().instant().toString().describeConstable().orElse("");
  }
}
