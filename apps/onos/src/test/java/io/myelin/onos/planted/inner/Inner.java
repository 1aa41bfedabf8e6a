package io.myelin.onos.planted.inner;

import io.myelin.onos.planted.Outer;

/** Needs what needs it. */
public record Inner(Outer outer) {}
