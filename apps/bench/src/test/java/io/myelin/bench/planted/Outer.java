package io.myelin.bench.planted;

import io.myelin.bench.planted.inner.Inner;

/** Needs what needs it. */
public record Outer(Inner inner) {}
