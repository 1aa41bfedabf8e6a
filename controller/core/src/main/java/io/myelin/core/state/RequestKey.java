package io.myelin.core.state;

import io.myelin.core.model.TenantId;

/** A client's {@code request_id}, unique per tenant. */
public record RequestKey(TenantId tenant, String requestId) implements Comparable<RequestKey> {
  @Override
  public int compareTo(RequestKey o) {
    int c = tenant.compareTo(o.tenant);
    return c != 0 ? c : requestId.compareTo(o.requestId);
  }
}
