package io.myelin.core.pipeline.myelin;

import io.myelin.core.model.Endpoint;
import io.myelin.core.model.PortRef;
import io.myelin.core.model.U128;
import io.myelin.core.pipeline.Entry;
import io.myelin.core.pipeline.EntryAction;
import io.myelin.core.pipeline.EntryKey;
import io.myelin.core.pipeline.FieldMatch;
import java.util.List;
import java.util.function.Consumer;

/** {@code tenant_classifier}: who may send from which port, and as whom. */
final class TenantClassifier {
  private static final int PRIORITY = 10;

  private TenantClassifier() {}

  static void fillEndpoint(Endpoint e, int tenantNumber, Consumer<Entry> out) {
    out.accept(
        new Entry(
            new EntryKey(
                MyelinTable.TENANT_CLASSIFIER,
                List.of(
                    FieldMatch.exact("ingress_port", e.attachment().port()),
                    FieldMatch.ternary("src_addr", e.ip().value(), U128.MAX)),
                PRIORITY),
            EntryAction.call("set_tenant", "tenant", tenantNumber)));
  }

  static void fillFabricPort(PortRef port, Consumer<Entry> out) {
    out.accept(
        new Entry(
            new EntryKey(
                MyelinTable.TENANT_CLASSIFIER,
                List.of(FieldMatch.exact("ingress_port", port.port())),
                PRIORITY),
            EntryAction.call("trust_fabric")));
  }
}
