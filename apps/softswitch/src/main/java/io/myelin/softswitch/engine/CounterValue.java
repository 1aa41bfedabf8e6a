package io.myelin.softswitch.engine;

/** Packets and bytes counted. */
public record CounterValue(long packets, long bytes) {
  public static final CounterValue ZERO = new CounterValue(0, 0);
}
