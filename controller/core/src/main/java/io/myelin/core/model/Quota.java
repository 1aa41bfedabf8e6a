package io.myelin.core.model;

/**
 * What a tenant may have at most, and what it pays. Judged when leases are admitted, never of those
 * that are there: lowering a quota ends nothing.
 *
 * @param maxLeases living at once; {@link #UNLIMITED}
 * @param maxBandwidthBps bits per second of all living leases together; {@link #UNLIMITED}
 * @param maxCreatedPerDay leases made in a day of the log's time (UTC); bounds what is remembered
 *     of ended ones; {@link #UNLIMITED}
 * @param budgetMicros millionths of the currency unit that a period may cost; {@link #UNLIMITED}
 * @param periodMs length of a period, which begins at multiples of it since 1970
 * @param priceMicros millionths of the currency unit for 1 Gb/s reserved for an hour
 */
public record Quota(
    long maxLeases,
    long maxBandwidthBps,
    long maxCreatedPerDay,
    long budgetMicros,
    long periodMs,
    long priceMicros) {
  public static final long UNLIMITED = Long.MAX_VALUE;
  public static final long DAY_MS = 24L * 3600 * 1000;

  /** 30 days. */
  public static final long DEFAULT_PERIOD_MS = 30 * DAY_MS;

  /** Everything, for nothing. */
  public static final Quota NONE =
      new Quota(UNLIMITED, UNLIMITED, UNLIMITED, UNLIMITED, DEFAULT_PERIOD_MS, 0);

  /** One million of the currency unit: dearer than any network. */
  private static final long MAX_PRICE_MICROS = 1_000_000_000_000L;

  public Quota {
    positive("leases", maxLeases);
    positive("bandwidth", maxBandwidthBps);
    positive("createdPerDay", maxCreatedPerDay);
    positive("budget", budgetMicros);
    positive("budgetPeriod", periodMs);
    Invalid.unless(
        priceMicros >= 0 && priceMicros <= MAX_PRICE_MICROS,
        "pricePerGbpsHour",
        priceMicros + " millionths are not allowed; allowed: 0 to " + MAX_PRICE_MICROS);
    Invalid.unless(
        budgetMicros == UNLIMITED || priceMicros > 0,
        "budget",
        "says nothing without pricePerGbpsHour");
  }

  private static void positive(String field, long value) {
    Invalid.unless(value > 0, field, value + " is not allowed; it must be positive");
  }

  /** Whether anything is limited by money. */
  public boolean budgeted() {
    return budgetMicros != UNLIMITED;
  }
}
