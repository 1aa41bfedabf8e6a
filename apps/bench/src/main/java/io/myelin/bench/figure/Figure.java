package io.myelin.bench.figure;

/** One measured figure; names are stable, docs/BENCHMARKS.md explains them. */
public record Figure(String name, double value, String unit) {}
