package io.myelin.core.pipeline.myelin;

import io.myelin.core.model.Endpoint;
import io.myelin.core.pipeline.Entry;
import io.myelin.core.pipeline.EntryAction;
import io.myelin.core.pipeline.EntryKey;
import io.myelin.core.pipeline.FieldMatch;
import java.util.List;
import java.util.function.Consumer;

/** {@code endpoint_tenant}: whose a destination is. */
final class EndpointTenant {
  private EndpointTenant() {}

  static void fill(Endpoint e, int tenantNumber, Consumer<Entry> out) {
    out.accept(
        new Entry(
            new EntryKey(
                MyelinTable.ENDPOINT_TENANT,
                List.of(FieldMatch.lpm("dst_addr", e.ip().value(), 128)),
                0),
            EntryAction.call("set_dst_tenant", "tenant", tenantNumber)));
  }
}
