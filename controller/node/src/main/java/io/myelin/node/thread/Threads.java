package io.myelin.node.thread;

import java.util.concurrent.ThreadFactory;

/** Makes every thread of this process that is not a library's: each has a name. */
public final class Threads {
  private Threads() {}

  /** Threads that keep no process alive. */
  static ThreadFactory daemons(String name) {
    return task -> daemon(name, task);
  }

  /** Runs a task on a thread of its own, which keeps no process alive. */
  public static Thread start(String name, Runnable task) {
    Thread thread = daemon(name, task);
    thread.start();
    return thread;
  }

  /** Runs a task when the process ends. The thread that will run it is returned, to be removed. */
  public static Thread atExit(String name, Runnable task) {
    Thread hook = new Thread(task, name);
    Runtime.getRuntime().addShutdownHook(hook);
    return hook;
  }

  private static Thread daemon(String name, Runnable task) {
    Thread thread = new Thread(task, name);
    thread.setDaemon(true);
    return thread;
  }
}
