package io.myelin.node.northbound;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Duration;
import com.google.protobuf.Message;
import com.google.protobuf.Timestamp;
import io.myelin.core.model.EndpointId;
import io.myelin.core.model.Invalid;
import io.myelin.core.model.TenantId;
import io.myelin.core.state.Command;
import io.myelin.core.state.LeaseSpec;
import io.myelin.core.state.RequestKey;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Fields that several requests have; what is malformed is {@link Invalid}. */
final class RequestFields {
  /** A year: longer durations are typing errors; leave them out instead. */
  private static final long MAX_DURATION_S = 366L * 24 * 3600;

  private RequestFields() {}

  /**
   * What tells a request that is made again; null: it bears no id.
   *
   * @param body all of it; its id, and whether it is a dry run, make it no other request
   */
  static Command.@Nullable Request request(TenantId tenant, String id, Message body) {
    if (id.isEmpty()) {
      return null;
    }
    Invalid.unless(
        id.length() <= 128 && id.chars().allMatch(c -> c > 32 && c < 127),
        "request_id",
        "is not allowed; allowed: 1 to 128 printable ASCII characters without spaces");
    try {
      MessageDigest sha = MessageDigest.getInstance("SHA-256");
      sha.update(body.getDescriptorForType().getFullName().getBytes(StandardCharsets.UTF_8));
      String print = HexFormat.of().formatHex(sha.digest(asked(body).toByteArray()));
      return new Command.Request(new RequestKey(tenant, id), print);
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JDK has SHA-256", e);
    }
  }

  private static Message asked(Message body) {
    Message.Builder rest = body.toBuilder();
    for (String name : List.of("request_id", "validate_only")) {
      FieldDescriptor field = body.getDescriptorForType().findFieldByName(name);
      if (field != null) {
        rest.clearField(field);
      }
    }
    return rest.build();
  }

  /**
   * What is read of a message within the request: errors name fields from the request on, as its
   * proto spells them.
   *
   * @param in the field of the request that holds the message
   */
  static <T> T within(String in, Supplier<T> message) {
    try {
      return message.get();
    } catch (Invalid e) {
      throw e.field().startsWith(in + ".") ? e : e.under(in + "." + e.field());
    }
  }

  /**
   * A uint32, which Java has as an int.
   *
   * @param bits of the number
   */
  static int unsigned(String field, int bits) {
    Invalid.unless(
        bits >= 0,
        field,
        Integer.toUnsignedString(bits) + " is not allowed; allowed: up to " + Integer.MAX_VALUE);
    return bits;
  }

  static TenantId tenant(String field, String parent) {
    Invalid.unless(
        parent.startsWith("tenants/"),
        field,
        "'" + parent + "' is not allowed; allowed: tenants/{tenant}");
    try {
      return new TenantId(parent.substring("tenants/".length()));
    } catch (Invalid e) {
      throw e.under(field);
    }
  }

  static EndpointId endpoint(String field, String name) {
    Invalid.unless(!name.isEmpty(), field, "is required: the name of an endpoint");
    try {
      return new EndpointId(name);
    } catch (Invalid e) {
      throw e.under(field);
    }
  }

  /** A moment, in milliseconds since 1970. */
  static long millis(String field, Timestamp t) {
    boolean ok =
        t.getNanos() >= 0
            && t.getNanos() < 1_000_000_000
            && t.getSeconds() >= 0
            && t.getSeconds() < 253402300800L;
    Invalid.unless(ok, field, "is not a time between the years 1970 and 9999");
    return t.getSeconds() * 1000 + t.getNanos() / 1_000_000;
  }

  /** A length of time, in milliseconds. */
  static long millis(String field, Duration d) {
    boolean ok =
        (d.getSeconds() > 0 || (d.getSeconds() == 0 && d.getNanos() >= 1_000_000))
            && d.getNanos() >= 0
            && d.getNanos() < 1_000_000_000
            && d.getSeconds() <= MAX_DURATION_S;
    Invalid.unless(ok, field, "is not allowed; allowed: 1 ms to 366 days");
    return d.getSeconds() * 1000 + d.getNanos() / 1_000_000;
  }

  /**
   * When something begins; what has passed is at once.
   *
   * @param in the message that has the field, for errors
   */
  static long start(String in, @Nullable Timestamp start, long nowMs) {
    long ms = start == null ? LeaseSpec.AT_ONCE : millis(in + ".start_time", start);
    return ms <= nowMs ? LeaseSpec.AT_ONCE : ms;
  }

  /**
   * When something ends: at a time, so long after its start, or never.
   *
   * @param startMs when it begins or began; in the past: {@code ttl} counts from now
   */
  static long expiry(
      String in, @Nullable Timestamp at, @Nullable Duration ttl, long startMs, long nowMs) {
    if (at != null) {
      long ms = millis(in + ".expire_time", at);
      Invalid.unless(ms > nowMs, in + ".expire_time", "is in the past");
      return ms;
    }
    return ttl == null ? LeaseSpec.NEVER : Math.max(nowMs, startMs) + millis(in + ".ttl", ttl);
  }

  static long etag(String field, String etag) {
    Invalid.unless(
        etag.matches("[0-9]{0,18}"), field, "'" + etag + "' is not an etag of this service");
    return etag.isEmpty() ? 0 : Long.parseLong(etag);
  }
}
