package io.myelin.softswitch.p4rt;

import java.util.Iterator;

/** Lists valid choices in a message, a bounded number of them. */
final class Options {
  private static final int MAX_LISTED = 12;

  private Options() {}

  static String list(Iterable<?> options) {
    StringBuilder out = new StringBuilder();
    int listed = 0;
    Iterator<?> it = options.iterator();
    while (it.hasNext() && listed < MAX_LISTED) {
      out.append(listed++ == 0 ? "" : ", ").append(it.next());
    }
    int more = 0;
    while (it.hasNext()) {
      it.next();
      more++;
    }
    if (more > 0) {
      out.append(" and ").append(more).append(" more");
    }
    return listed == 0 ? "none" : out.toString();
  }
}
