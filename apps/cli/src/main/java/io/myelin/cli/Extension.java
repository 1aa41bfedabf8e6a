package io.myelin.cli;

/**
 * A command that is not always there: one with picocli's annotations, named in {@code
 * META-INF/services} of a jar on the class path.
 */
public interface Extension {}
