package io.myelin.softswitch.engine;

/** A step of an action. */
interface Primitive {
  void run(PacketContext c);

  /** A step that may jump to another step of its action. */
  interface Jump extends Primitive {
    /** The step to go on with, or -1 for the following one. */
    int target(PacketContext c);

    @Override
    default void run(PacketContext c) {
      throw new UnsupportedOperationException("jumps are taken by the action");
    }
  }
}
