package io.myelin.softswitch.peer;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Memory of processes. */
public final class Memory {
  private Memory() {}

  /** Resident bytes of this process; 0 where there is no /proc. */
  public static long rssBytes() throws IOException {
    return rssBytes("self");
  }

  /** Bytes of live objects in this process's heap, after a collection. */
  public static long heapBytes() {
    System.gc();
    Runtime r = Runtime.getRuntime();
    return r.totalMemory() - r.freeMemory();
  }

  static long rssBytes(String process) throws IOException {
    Path status = Path.of("/proc", process, "status");
    if (!Files.isReadable(status)) {
      return 0;
    }
    for (String line : Files.readAllLines(status)) {
      if (line.startsWith("VmRSS:")) {
        return Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024;
      }
    }
    return 0;
  }
}
