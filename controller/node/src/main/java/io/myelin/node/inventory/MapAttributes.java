package io.myelin.node.inventory;

import io.myelin.core.model.Amount;
import io.myelin.core.model.Invalid;
import java.math.BigDecimal;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a map says of one node or edge, by name. Names count in any case, since tools write {@code
 * Latitude} and {@code latitude}; two spellings that disagree are refused, and so is a number whose
 * unit nobody can know.
 */
final class MapAttributes {
  static final List<String> LABEL = List.of("label");
  static final List<String> COUNTRY = List.of("country");
  static final List<String> LATITUDE = List.of("latitude", "lat");
  static final List<String> LONGITUDE = List.of("longitude", "lon", "lng", "long");

  private static final List<String> SPEED_RAW = List.of("linkspeedraw");
  private static final List<String> SPEED = List.of("linkspeed");
  private static final List<String> SPEED_UNITS = List.of("linkspeedunits");
  private static final List<String> CAPACITY = List.of("capacity", "bandwidth");
  private static final List<String> LATENCY = List.of("latency", "delay");

  /** All names that are read, in lower case; others are passed over. */
  private static final Set<String> READ =
      Set.of(
          "label",
          "country",
          "latitude",
          "lat",
          "longitude",
          "lon",
          "lng",
          "long",
          "linkspeedraw",
          "linkspeed",
          "linkspeedunits",
          "capacity",
          "bandwidth",
          "latency",
          "delay");

  /** Room for the unit that turns a map's number into bits per second, and for a sum of many. */
  private static final BigDecimal MAX_BPS = BigDecimal.valueOf(Long.MAX_VALUE / 1000);

  /** A value and the name that it has in the file. */
  record Value(String name, String text) {}

  /**
   * What is known of an edge.
   *
   * @param capacityBps bits per second; unknown: the map does not say
   * @param latencyNs nanoseconds; unknown: the map does not say
   */
  record Edge(Amount capacityBps, Amount latencyNs) {}

  private final Map<String, Value> values = new LinkedHashMap<>();

  /** Whether an attribute of this name is read. */
  static boolean reads(String name) {
    return READ.contains(name.toLowerCase(Locale.ROOT));
  }

  /**
   * Adds an attribute.
   *
   * @throws Invalid when the same name has another value already
   */
  void add(String name, String text) {
    String value = known(text);
    if (value.isEmpty() || !reads(name)) {
      return;
    }
    Value before = values.put(name.toLowerCase(Locale.ROOT), new Value(name, value));
    Invalid.unless(
        before == null || before.text.equals(value),
        name,
        "'"
            + value
            + "' is not what it says before, '"
            + (before == null ? "" : before.text)
            + "'");
  }

  /** As {@link #add}, for what counts unless the element says something else. */
  void addDefault(String name, String text) {
    if (!values.containsKey(name.toLowerCase(Locale.ROOT))) {
      add(name, text);
    }
  }

  /** The Zoo's tools write None, JSON's null, for what they do not know. */
  private static String known(String text) {
    String trimmed = text.trim();
    return trimmed.equals("None") || trimmed.equals("null") ? "" : trimmed;
  }

  /**
   * The value under one of several names for the same; null: there is none.
   *
   * @throws Invalid when two of them disagree
   */
  @Nullable Value get(List<String> names) {
    Value found = null;
    for (String name : names) {
      Value v = values.get(name);
      if (v != null && found != null && !v.text.equals(found.text)) {
        throw new Invalid(
            v.name,
            "'" + v.text + "' beside " + found.name + " '" + found.text + "': which one counts?");
      }
      found = found == null ? v : found;
    }
    return found;
  }

  /** The text under one of several names; empty: there is none. */
  String text(List<String> names) {
    Value v = get(names);
    return v == null ? "" : v.text;
  }

  /**
   * Reads an edge: {@code LinkSpeedRaw} in bits per second, or {@code LinkSpeed} in {@code
   * LinkSpeedUnits}, or {@code capacity} or {@code bandwidth} with a unit; {@code latency} or
   * {@code delay} with a unit.
   *
   * @param bareCapacityBps unit of a {@code capacity} that is only a number; 0: such a one is
   *     refused
   */
  Edge edge(long bareCapacityBps) {
    return new Edge(capacity(bareCapacityBps), latency());
  }

  private Amount capacity(long bareBps) {
    Value raw = get(SPEED_RAW);
    Value speed = get(SPEED);
    Value other = eachKnown(bareBps);
    Amount bps = Amount.UNKNOWN;
    if (raw != null) {
      bps = Amount.of(bps(raw.name, raw.text, 1)); // LinkSpeed is the same number as a text
    } else if (speed != null) {
      bps = Amount.of(bps(speed.name, speed.text, unit(speed)));
    }
    if (other != null) {
      long value = rate(other, bareBps);
      Invalid.unless(
          !bps.known() || bps.value() == value,
          other.name,
          "'" + other.text + "' is not the " + bps.value() + " bit/s of its LinkSpeed");
      return Amount.of(value);
    }
    return bps;
  }

  /** Reads both capacity and bandwidth, so that neither passes unread. */
  private @Nullable Value eachKnown(long bareBps) {
    Value found = null;
    for (String name : CAPACITY) {
      Value v = values.get(name);
      if (v == null) {
        continue;
      }
      long bps = rate(v, bareBps);
      Invalid.unless(
          found == null || rate(found, bareBps) == bps,
          v.name,
          "'"
              + v.text
              + "' beside "
              + (found == null ? "" : found.name + " '" + found.text)
              + "': they are not the same, and nothing says which one counts");
      found = v;
    }
    return found;
  }

  private static long rate(Value v, long bareBps) {
    if (isNumber(v.text)) {
      Invalid.unless(
          bareBps > 0 && v.name.equalsIgnoreCase("capacity"),
          v.name,
          "'" + v.text + "' has no unit; write one, e.g. 400G, 2.5Gbps or 155M");
      return bps(v.name, v.text, bareBps);
    }
    return Quantities.rateBps(v.name, v.text);
  }

  private long unit(Value speed) {
    Value units = get(SPEED_UNITS);
    String text = units == null ? "" : units.text.toUpperCase(Locale.ROOT);
    return switch (text) {
      case "K" -> 1_000L;
      case "M" -> 1_000_000L;
      case "G" -> 1_000_000_000L;
      case "T" -> 1_000_000_000_000L;
      default ->
          throw new Invalid(
              units == null ? speed.name : units.name,
              units == null
                  ? "'" + speed.text + "' has no LinkSpeedUnits beside it; allowed: K, M, G, T"
                  : "'" + units.text + "' is not a unit; allowed: K, M, G, T");
    };
  }

  private Amount latency() {
    Value v = get(LATENCY);
    if (v == null) {
      return Amount.UNKNOWN;
    }
    Invalid.unless(
        !isNumber(v.text),
        v.name,
        "'" + v.text + "' has no unit; write one, e.g. 500ns, 300us or 5ms");
    return Amount.positive(Quantities.timeNs(v.name, v.text));
  }

  private static boolean isNumber(String text) {
    return text.matches("[-+]?[0-9.]+([eE][-+]?[0-9]+)?");
  }

  /** Bits per second from a positive number of some unit. */
  private static long bps(String field, String text, long unitBps) {
    BigDecimal value = number(field, text).multiply(BigDecimal.valueOf(unitBps));
    Invalid.unless(
        value.compareTo(BigDecimal.ONE) >= 0 && value.compareTo(MAX_BPS) < 0,
        field,
        "'" + text + "' is not allowed; allowed: 1 bit/s to 9 Pb/s");
    return value.longValue();
  }

  /** Degrees of latitude or longitude; null: the map does not say. */
  @Nullable Double degrees(List<String> names, int max) {
    Value v = get(names);
    if (v == null) {
      return null;
    }
    double value = number(v.name, v.text).doubleValue();
    Invalid.unless(
        Math.abs(value) <= max,
        v.name,
        "'" + v.text + "' is not allowed; allowed: -" + max + " to " + max);
    return value;
  }

  private static BigDecimal number(String field, String text) {
    try {
      return new BigDecimal(text);
    } catch (NumberFormatException e) {
      throw new Invalid(field, "'" + text + "' is not a number");
    }
  }
}
