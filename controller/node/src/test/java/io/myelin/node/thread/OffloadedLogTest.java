package io.myelin.node.thread;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.myelin.core.state.Command;
import io.myelin.node.control.ManualExecutor;
import io.myelin.node.control.RetryingStateLog;
import io.myelin.node.store.InProcessStateLog;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What the log completes only hands over: nobody searches where appends are served. */
final class OffloadedLogTest {
  private final ManualExecutor workers = new ManualExecutor();
  private final InProcessStateLog log = new InProcessStateLog(1); // completes where it is called
  private final List<String> ran = new ArrayList<>();

  @Test
  void continuationsOfAnAnswerRunOnTheExecutor() {
    OffloadedLog offloaded = new OffloadedLog(log, workers.guarded());
    var unused = offloaded.submit(new Command.Tick(1)).thenAccept(a -> ran.add("search"));
    assertEquals(List.of(), ran, "the log's thread has come back already");
    workers.runAll();
    assertEquals(List.of("search"), ran);
  }

  @Test
  void whatAControllerSaysIsAnsweredOnItsThread() {
    RetryingStateLog insistent = new RetryingStateLog(log, workers.guarded());
    var unused = insistent.submit(new Command.Tick(1)).thenAccept(a -> ran.add("next"));
    assertFalse(ran.contains("next"));
    workers.runAll();
    assertEquals(List.of("next"), ran);
  }
}
