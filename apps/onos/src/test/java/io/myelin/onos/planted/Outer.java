package io.myelin.onos.planted;

import io.myelin.onos.planted.inner.Inner;

/** Needs what needs it. */
public record Outer(Inner inner) {}
