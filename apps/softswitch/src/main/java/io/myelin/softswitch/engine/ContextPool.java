package io.myelin.softswitch.engine;

import java.util.ArrayDeque;

/** Packet contexts to use again, for one program. Used by the packet thread only. */
final class ContextPool {
  /** Enough for a burst; what queues hold beyond it is left to the garbage collector. */
  private static final int MAX_IDLE = 1024;

  private final SwitchState state;
  private final ArrayDeque<PacketContext> idle = new ArrayDeque<>();

  ContextPool(SwitchState state) {
    this.state = state;
  }

  PacketContext take() {
    PacketContext c = idle.pollLast();
    return c != null ? c : new PacketContext(state);
  }

  void give(PacketContext c) {
    if (idle.size() < MAX_IDLE) {
      idle.addLast(c);
    }
  }
}
