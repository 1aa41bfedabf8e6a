package io.myelin.cli;

import com.google.protobuf.FieldMask;
import io.myelin.node.inventory.Quantities;
import io.myelin.v1.Degradation;
import io.myelin.v1.Job;
import io.myelin.v1.Lease;
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

  private long burstBps() {
    return burst == null ? 0 : Quantities.rateBps("--burst", burst);
  }

  private long minimumBps() {
    return minimum == null ? 0 : Quantities.rateBps("--min-bandwidth", minimum);
  }

  /** Adds what was given, and names it in the mask. */
  void into(Lease.Builder lease, FieldMask.Builder mask) {
    if (mode != null) {
      lease.setDegradation(mode.proto);
      mask.addPaths("degradation");
    }
    if (minimum != null) {
      lease.setMinBandwidthBps(minimumBps());
      mask.addPaths("min_bandwidth_bps");
    }
    if (burst != null) {
      lease.setBurstBandwidthBps(burstBps());
      mask.addPaths("burst_bandwidth_bps");
    }
  }

  /** Adds what was given, and names it in the mask. */
  void into(Job.Builder job, FieldMask.Builder mask) {
    if (mode != null) {
      job.setDegradation(mode.proto);
      mask.addPaths("degradation");
    }
    if (minimum != null) {
      job.setMinBandwidthBps(minimumBps());
      mask.addPaths("min_bandwidth_bps");
    }
    if (burst != null) {
      job.setBurstBandwidthBps(burstBps());
      mask.addPaths("burst_bandwidth_bps");
    }
  }
}
