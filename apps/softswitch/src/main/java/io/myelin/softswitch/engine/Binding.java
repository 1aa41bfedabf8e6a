package io.myelin.softswitch.engine;

import org.jspecify.annotations.Nullable;

/** What an entry leads to: an action with data, or a place in an action profile. */
interface Binding {

  /** The action to run for this packet, or null: none (an empty group). */
  @Nullable Bound choose(PacketContext c);

  /** An action with its data. */
  record Bound(CompiledAction action, long[] args) implements Binding {
    @Override
    public Bound choose(PacketContext c) {
      return this;
    }
  }
}
