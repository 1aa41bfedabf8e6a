package io.myelin.node;

import java.util.ArrayDeque;
import java.util.Deque;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What is open so far: closed together, the last first. */
public final class Opened {
  private static final Logger log = LoggerFactory.getLogger(Opened.class);

  private final Deque<Runnable> closes = new ArrayDeque<>();

  /** Something more is open, and closed by this. */
  public void add(Runnable close) {
    closes.push(close);
  }

  /** Closes all of it, whatever one of them throws. */
  public void close() {
    while (!closes.isEmpty()) {
      try {
        closes.pop().run();
      } catch (RuntimeException e) {
        log.info("closing", e);
      }
    }
  }
}
