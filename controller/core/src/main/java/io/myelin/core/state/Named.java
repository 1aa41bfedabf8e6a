package io.myelin.core.state;

import io.myelin.core.model.TenantId;

/** What a request can be about. */
public sealed interface Named permits LeaseName, JobName {
  /** Whose it is. */
  TenantId tenant();
}
