package io.myelin.bench.planted.inner;

import io.myelin.bench.planted.Outer;
import io.myelin.core.pipeline.myelin.MyelinPipeline;

/** Needs what needs it, and a pipeline. */
public record Inner(Outer outer) {
  public static final String NAME = MyelinPipeline.INSTANCE.name();
}
