package io.myelin.cli;

import picocli.CommandLine.Command;

/** {@code myelin lab}. */
@Command(name = "lab", mixinStandardHelpOptions = true, description = "TODO.")
final class LabCommand {}
