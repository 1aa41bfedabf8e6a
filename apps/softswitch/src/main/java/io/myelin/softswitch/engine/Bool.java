package io.myelin.softswitch.engine;

/** A boolean expression. */
interface Bool {
  boolean eval(PacketContext c);
}
