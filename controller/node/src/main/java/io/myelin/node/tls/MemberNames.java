package io.myelin.node.tls;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Names of members: {@code spiffe://DOMAIN/member/ID}.
 *
 * @param domain of the cluster: that of the own certificate
 * @param members ids of all
 */
public record MemberNames(String domain, Set<String> members) {
  private static final Pattern NAME = Pattern.compile("uri:spiffe://([^/]+)/member/([^/]+)");

  public MemberNames {
    members = Set.copyOf(members);
  }

  /** The trust domain of a member's name; empty: it is none. */
  static String domainOf(String name) {
    Matcher m = NAME.matcher(name);
    return m.matches() ? m.group(1) : "";
  }

  /** Whether one of the names of a certificate is a member's. */
  public boolean anyOf(List<String> names) {
    return names.stream()
        .map(NAME::matcher)
        .anyMatch(m -> m.matches() && m.group(1).equals(domain) && members.contains(m.group(2)));
  }

  @Override
  public String toString() {
    return "spiffe://" + domain + "/member/" + new TreeSet<>(members);
  }
}
