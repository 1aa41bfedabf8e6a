package io.myelin.bench.planted;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** Makes threads of its own. */
public final class BareThreads {
  private BareThreads() {}

  public static Thread bare() {
    return new Thread(() -> {}, "bare");
  }

  public static ExecutorService factory() {
    return Executors.newSingleThreadExecutor(task -> bare());
  }
}
