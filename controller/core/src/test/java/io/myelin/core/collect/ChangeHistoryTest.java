package io.myelin.core.collect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** A resume token is good where what it stands for is known, and nowhere else. */
final class ChangeHistoryTest {
  private final AtomicLong applied = new AtomicLong(100);

  private ChangeHistory<String> member() {
    return ChangeHistory.ofLog(applied::get);
  }

  @Test
  void aTokenOfOneMemberIsGoodAtAnother() {
    ChangeHistory<String> a = member();
    ChangeHistory<String> b = member();
    applied.set(103);
    for (ChangeHistory<String> m : List.of(a, b)) {
      m.add(101, List.of("x"));
      m.add(103, List.of("y", "x"));
    }
    assertEquals(Optional.of(List.of("y", "x")), b.since(a.token(101)));
    assertEquals(Optional.of(List.of()), b.since(a.token(a.position())));
    applied.set(107); // nothing of ours changed since
    assertEquals(Optional.of(List.of()), b.since(a.token(107)));
  }

  @Test
  void whatIsAheadOfAMemberIsUnknownThere() {
    ChangeHistory<String> behind = member();
    assertEquals(Optional.empty(), behind.since("log-101"));
  }

  @Test
  void whatWasBeforeAMemberStartedIsUnknownThere() {
    assertEquals(Optional.empty(), member().since("log-99"));
    assertEquals(Optional.of(List.of()), member().since("log-100"));
  }

  @Test
  void changesAreForgottenInTheEnd() {
    ChangeHistory<String> h = member();
    for (int i = 0; i <= ChangeHistory.MAX_CHANGES; i++) {
      h.add(101 + i, List.of("x"));
    }
    assertEquals(Optional.empty(), h.since("log-100"));
    assertTrue(h.since("log-101").isPresent());
  }

  @Test
  void aTokenOfAnotherProcessIsUnknown() {
    ChangeHistory<String> one = ChangeHistory.ofProcess("a1");
    ChangeHistory<String> other = ChangeHistory.ofProcess("b2");
    one.add(one.next(), List.of("x"));
    other.add(other.next(), List.of("y"));
    assertEquals(Optional.of(List.of("x")), one.since(one.token(0)));
    assertEquals(Optional.empty(), other.since(one.token(0)));
    assertEquals(Optional.empty(), one.since(one.token(2)), "not yet");
    assertEquals(Optional.empty(), one.since("log-1"));
  }

  @Test
  void whatIsNoTokenIsNone() {
    for (String text : List.of("", "7", "log-", "log-x", "-7", "log--1", "LOG-7", "log-1e3")) {
      assertFalse(ChangeHistory.isToken(text), text);
      assertEquals(Optional.empty(), member().since(text));
    }
  }
}
