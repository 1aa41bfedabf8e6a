package io.myelin.softswitch.engine;

/**
 * Two-rate three-colour meter (RFC 2698).
 *
 * @param committedRate units (bytes or packets) per second
 * @param committedBurst units
 * @param peakRate units per second, at least the committed rate
 * @param peakBurst units
 */
public record MeterRates(long committedRate, long committedBurst, long peakRate, long peakBurst) {}
