package io.myelin.cli;

import io.myelin.v1.Constraints;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What leases and jobs are changed with, besides what each is made of. */
final class UpdateOptions {
  @Mixin private ConstraintOptions wanted = new ConstraintOptions();

  @Mixin private ShareOptions degradation = new ShareOptions();

  @Option(names = "--no-constraints", description = "Takes all its constraints away.")
  private boolean free;

  @Option(
      names = "--ttl",
      paramLabel = "TIME",
      description = "Ends that long from its start, or from now if it has begun.")
  private @Nullable String ttl;

  @Option(names = "--no-expiry", description = "Does not end by itself any more.")
  private boolean forEver;

  @Option(names = "--dry-run", description = "Computes and checks everything, changes nothing.")
  private boolean dryRun;

  boolean dryRun() {
    return dryRun;
  }

  /** Sets what was given. */
  void into(FieldEdits edits) {
    Constraints constraints = wanted.constraints();
    boolean constrained = !constraints.equals(Constraints.getDefaultInstance());
    ErrorOutput.unless(!free || !constrained, "--no-constraints does not go with constraints");
    ErrorOutput.unless(!forEver || ttl == null, "--no-expiry does not go with --ttl");
    if (wanted.hasObjective()) {
      edits.set("objective", wanted.objective());
    }
    if (wanted.hasWeights()) {
      edits.set("weights", wanted.changedWeights());
    }
    degradation.into(edits);
    if (constrained || free) {
      edits.set("constraints", constraints);
    }
    if (ttl != null) {
      edits.set("ttl", PathCommand.length("--ttl", ttl));
    }
    if (forEver) {
      edits.clear("expire_time");
    }
  }
}
