package io.myelin.node.northbound.access;

import io.grpc.Context;
import io.myelin.core.access.Caller;

/** Who makes the call that is being answered. */
public final class Callers {
  static final Context.Key<Caller> KEY = Context.keyWithDefault("caller", Caller.LOCAL);

  private Callers() {}

  /** Local where nobody asked: services that are called without a server in front. */
  public static Caller current() {
    return KEY.get();
  }
}
