package io.myelin.node.northbound;

import io.myelin.core.collect.PersistentMap;
import io.myelin.core.model.Invalid;
import io.myelin.core.model.TenantId;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * One page of a list.
 *
 * @param tenant whose things are listed; null: everybody's
 * @param size how many at most
 */
record ListPage(@Nullable TenantId tenant, int size) {
  private static final int DEFAULT = 100;
  private static final int MAX = 1_000;

  /**
   * As a request asks for it.
   *
   * @throws Invalid naming the field
   */
  static ListPage of(String parent, int pageSize) {
    Invalid.unless(pageSize >= 0, "page_size", pageSize + " is not allowed; allowed: 0 to " + MAX);
    return new ListPage(tenant(parent), pageSize == 0 ? DEFAULT : Math.min(MAX, pageSize));
  }

  /** The tenant that is meant by {@code tenants/{tenant}}; null: {@code tenants/-}, all. */
  static @Nullable TenantId tenant(String parent) {
    return parent.equals("tenants/-") ? null : RequestFields.tenant("parent", parent);
  }

  /**
   * Lists things from a name on.
   *
   * @param from the first name, or null: from the beginning
   * @return the token of the next page; empty: this is the last
   */
  <K extends Comparable<K>, V> String fill(
      PersistentMap<K, V> all,
      @Nullable K from,
      Function<K, TenantId> owner,
      Predicate<V> wanted,
      Consumer<V> out) {
    int n = 0;
    for (Map.Entry<K, V> e : from == null ? all : all.tail(from)) {
      if (tenant != null && !owner.apply(e.getKey()).equals(tenant)) {
        break;
      }
      if (!wanted.test(e.getValue())) {
        continue;
      }
      if (n++ == size) {
        return e.getKey().toString();
      }
      out.accept(e.getValue());
    }
    return "";
  }
}
