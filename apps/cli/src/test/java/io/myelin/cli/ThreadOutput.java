package io.myelin.cli;

import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Keeps what each thread prints by itself: two commands can run at once. */
final class ThreadOutput extends OutputStream {
  private final Map<Thread, ByteArrayOutputStream> printed = new ConcurrentHashMap<>();

  private ByteArrayOutputStream of(Thread thread) {
    return printed.computeIfAbsent(thread, t -> new ByteArrayOutputStream());
  }

  @Override
  public void write(int b) {
    of(Thread.currentThread()).write(b);
  }

  @Override
  public void write(byte[] bytes, int from, int length) {
    of(Thread.currentThread()).write(bytes, from, length);
  }

  /** Forgets what this thread printed. */
  void clear() {
    of(Thread.currentThread()).reset();
  }

  String text(Thread thread) {
    return of(thread).toString(StandardCharsets.UTF_8);
  }
}
