package io.myelin.cli;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What leases and jobs are asked for with, besides what each is made of. */
final class CreateOptions {
  @Option(
      names = {"-t", "--tenant"},
      required = true,
      description = "Who asks.")
  private String tenant = "";

  @Mixin private ConstraintOptions wanted = new ConstraintOptions();

  @Mixin private ShareOptions degradation = new ShareOptions();

  @Option(
      names = "--start",
      paramLabel = "TIME",
      description = "Begins then, e.g. 2026-11-23T14:00:00Z; left out: at once.")
  private @Nullable String start;

  @Option(
      names = "--ttl",
      paramLabel = "TIME",
      description = "Ends by itself after that long, e.g. 3600s.")
  private @Nullable String ttl;

  @Option(names = "--dry-run", description = "Computes and checks everything, reserves nothing.")
  private boolean dryRun;

  @Option(
      names = "--end-if-cancelled",
      description = "Gives it back when this command is stopped before it was answered.")
  private boolean endIfCancelled;

  String parent() {
    return "tenants/" + tenant;
  }

  boolean dryRun() {
    return dryRun;
  }

  boolean endIfCancelled() {
    return endIfCancelled;
  }

  /** Sets what was asked for. */
  void into(FieldEdits edits) {
    edits.set("objective", wanted.objective());
    edits.set("weights", wanted.weights());
    edits.set("constraints", wanted.constraints());
    degradation.into(edits);
    if (start != null) {
      edits.set("start_time", PathCommand.time("--start", start));
    }
    if (ttl != null) {
      edits.set("ttl", PathCommand.length("--ttl", ttl));
    }
  }
}
