package io.myelin.cli;

import com.google.protobuf.ByteString;
import io.myelin.node.thread.Threads;
import io.myelin.v1.ApplyInventoryResponse;
import io.myelin.v1.DrainRequest;
import io.myelin.v1.FabricServiceGrpc;
import io.myelin.v1.GetFabricRequest;
import io.myelin.v1.Link;
import io.myelin.v1.UndrainRequest;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * Drains what an inventory does not have any more, waits until nobody uses it, and applies it. Who
 * gives up, by Ctrl-C too, leaves nothing drained that was not.
 */
final class DrainedApply {
  private static final long POLL_MS = 200;
  private static final long DEADLINE_S = 30;

  private final ServerOptions server;
  private final ByteString document;
  private final ApplyInventoryResponse preview;
  private final int waitSeconds;
  private final List<String> drained = new ArrayList<>();
  private boolean over;

  DrainedApply(
      ServerOptions server, ByteString document, ApplyInventoryResponse preview, int waitSeconds) {
    this.server = server;
    this.document = document;
    this.preview = preview;
    this.waitSeconds = waitSeconds;
  }

  ApplyInventoryResponse run() throws InterruptedException {
    Thread stopped = Threads.atExit("undrain", this::giveBack);
    try {
      drain();
      await();
      ApplyInventoryResponse applied =
          server.call(c -> InventoryCommand.apply(c, document, preview.getEtag()));
      finished();
      return applied;
    } finally {
      giveBack(); // where it was not applied
      try {
        Runtime.getRuntime().removeShutdownHook(stopped);
      } catch (IllegalStateException alreadyStopping) {
        // the hook has run, or runs: it finds nothing left to do
      }
    }
  }

  private void drain() {
    Set<String> already = new HashSet<>();
    server
        .call(
            c ->
                FabricServiceGrpc.newBlockingStub(c)
                    .withDeadlineAfter(DEADLINE_S, TimeUnit.SECONDS)
                    .getFabric(GetFabricRequest.getDefaultInstance()))
        .getFabric()
        .getLinksList()
        .stream()
        .filter(Link::getDrained)
        .forEach(l -> already.add(l.getName()));
    for (String link : preview.getLinksGoingList()) {
      if (already.contains(link)) {
        continue;
      }
      var answer =
          server.call(
              c ->
                  FabricServiceGrpc.newBlockingStub(c)
                      .withDeadlineAfter(DEADLINE_S, TimeUnit.SECONDS)
                      .drain(DrainRequest.newBuilder().setLink(link).build()));
      synchronized (this) {
        drained.add(link);
      }
      already.addAll(answer.getLinksList()); // both directions
    }
    say(drained.size() + " cables and host links are drained");
  }

  private void await() throws InterruptedException {
    long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(waitSeconds);
    int before = -1;
    while (true) {
      ApplyInventoryResponse now = server.call(c -> InventoryCommand.preview(c, document));
      if (!now.getEtag().equals(preview.getEtag())) {
        throw new ErrorOutput.Failure(
            ErrorOutput.REFUSED,
            "another inventory came into force meanwhile; nothing was applied");
      }
      int left = now.getUserCount();
      if (left == 0) {
        return;
      }
      String first = InventoryCommand.line(now.getUsers(0)) + (left > 1 ? "; …" : "");
      if (left != before) {
        say(left + " of " + preview.getUserCount() + " still use what goes: " + first);
        before = left;
      }
      if (System.nanoTime() >= until) {
        throw new ErrorOutput.Failure(
            ErrorOutput.REFUSED,
            left
                + " still use what goes after "
                + waitSeconds
                + " s; nothing was applied: "
                + first);
      }
      Thread.sleep(POLL_MS);
    }
  }

  private void say(String progress) {
    if (!server.json()) {
      System.err.println("myelin: " + progress);
    }
  }

  private synchronized void finished() {
    over = true;
  }

  private synchronized void giveBack() {
    if (over) {
      return;
    }
    over = true;
    for (String link : drained) {
      try {
        var unused =
            server.call(
                c ->
                    FabricServiceGrpc.newBlockingStub(c)
                        .withDeadlineAfter(DEADLINE_S, TimeUnit.SECONDS)
                        .undrain(UndrainRequest.newBuilder().setLink(link).build()));
      } catch (RuntimeException e) {
        say(link + " stays drained: " + e.getMessage());
      }
    }
  }
}
