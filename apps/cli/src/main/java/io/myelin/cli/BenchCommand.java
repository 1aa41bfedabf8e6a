package io.myelin.cli;

import picocli.CommandLine.Command;

/** {@code myelin bench}. */
@Command(name = "bench", mixinStandardHelpOptions = true, description = "TODO.")
final class BenchCommand {}
