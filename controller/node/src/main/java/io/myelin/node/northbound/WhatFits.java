package io.myelin.node.northbound;

import io.myelin.core.model.Units;
import io.myelin.core.place.EarliestFit;
import java.time.Instant;
import java.util.Map;
import java.util.OptionalLong;

/**
 * What a refusal for room says would be given: less at once, or the asked rate later.
 *
 * @param askedBps bits per second that were asked for
 * @param fitsBps bits per second that would be given now; empty: no rate of use
 * @param from when the asked rate would fit
 */
record WhatFits(long askedBps, OptionalLong fitsBps, EarliestFit from) {

  /** The rates in full and the time, as {@code ErrorInfo} has them: docs/API.md lists the keys. */
  Map<String, String> metadata() {
    return Map.of(
        "requested_bps", String.valueOf(askedBps),
        "fits_bandwidth_bps", String.valueOf(fitsBps.orElse(0)),
        "fits_from", time());
  }

  private String time() {
    return switch (from.certainty()) {
      case KNOWN -> Instant.ofEpochMilli(from.ms()).toString();
      case NEVER -> "never";
      case UNKNOWN -> "unknown";
    };
  }

  /** The same for people; the rate as it has to be asked for, too. */
  String text() {
    String rate = Units.rate(askedBps);
    return (fitsBps.isPresent()
            ? Units.rate(fitsBps.getAsLong())
                + " fits now (bandwidth_bps "
                + fitsBps.getAsLong()
                + ")"
            : "no lower rate fits now")
        + ", "
        + switch (from.certainty()) {
          case KNOWN -> rate + " fits from " + time();
          case NEVER -> rate + " never fits as leases are booked";
          case UNKNOWN -> "it was not found when " + rate + " would fit";
        };
  }
}
