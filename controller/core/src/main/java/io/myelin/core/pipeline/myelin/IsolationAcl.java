package io.myelin.core.pipeline.myelin;

import io.myelin.core.pipeline.Entry;
import io.myelin.core.pipeline.EntryAction;
import io.myelin.core.pipeline.EntryKey;
import io.myelin.core.pipeline.FieldMatch;
import java.util.List;
import java.util.function.Consumer;

/** {@code isolation_acl}: permits within a tenant and where a policy says so; default deny. */
final class IsolationAcl {
  private static final int PRIORITY = 10;

  private IsolationAcl() {}

  static void fill(int tenantNumber, int dstTenantNumber, Consumer<Entry> out) {
    out.accept(
        new Entry(
            new EntryKey(
                MyelinTable.ISOLATION_ACL,
                List.of(
                    FieldMatch.ternary("tenant", tenantNumber, 16),
                    FieldMatch.ternary("dst_tenant", dstTenantNumber, 16)),
                PRIORITY),
            EntryAction.call("permit")));
  }
}
