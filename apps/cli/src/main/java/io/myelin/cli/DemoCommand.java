package io.myelin.cli;

import picocli.CommandLine.Command;

/** {@code myelin demo}. */
@Command(name = "demo", mixinStandardHelpOptions = true, description = "TODO.")
final class DemoCommand {}
