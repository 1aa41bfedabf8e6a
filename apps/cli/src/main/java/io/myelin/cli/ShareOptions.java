package io.myelin.cli;

import io.myelin.node.inventory.Quantities;
import io.myelin.v1.Degradation;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What leases and jobs have when there is too little room for all, and when there is more. */
final class ShareOptions {

  /** As people write it. */
  enum Mode {
    SHARE(Degradation.DEGRADATION_SHARE),
    FIXED(Degradation.DEGRADATION_FIXED);

    final Degradation proto;

    Mode(Degradation proto) {
      this.proto = proto;
    }
  }

  @Option(
      names = "--degradation",
      paramLabel = "HOW",
      description =
          "When a failure leaves too little for all: share (a fair part of it, the default) or fixed"
              + " (all or nothing).")
  private @Nullable Mode mode;

  @Option(
      names = "--min-bandwidth",
      paramLabel = "RATE",
      description = "A share below which it is of no use.")
  private @Nullable String minimum;

  @Option(
      names = "--burst",
      paramLabel = "RATE",
      description = "What it may have while there is room; taken back when others need it.")
  private @Nullable String burst;

  /** Sets what was given. */
  void into(FieldEdits edits) {
    if (mode != null) {
      edits.set("degradation", mode.proto);
    }
    if (minimum != null) {
      edits.set("min_bandwidth_bps", Quantities.rateBps("--min-bandwidth", minimum));
    }
    if (burst != null) {
      edits.set("burst_bandwidth_bps", Quantities.rateBps("--burst", burst));
    }
  }
}
