package io.myelin.node.northbound;

import com.google.protobuf.Message;
import io.myelin.core.model.Invalid;
import io.myelin.core.model.TenantId;
import io.myelin.core.state.Command;
import io.myelin.core.state.RequestKey;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/** Fields that several requests have; what is malformed is {@link Invalid}. */
final class RequestFields {
  private RequestFields() {}

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
      String print = HexFormat.of().formatHex(sha.digest(body.toByteArray()));
      return new Command.Request(new RequestKey(tenant, id), print);
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JDK has SHA-256", e);
    }
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

  static long etag(String field, String etag) {
    Invalid.unless(
        etag.matches("[0-9]{0,18}"), field, "'" + etag + "' is not an etag of this service");
    return etag.isEmpty() ? 0 : Long.parseLong(etag);
  }
}
