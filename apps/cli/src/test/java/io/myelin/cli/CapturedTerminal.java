package io.myelin.cli;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/** Runs command lines and keeps what the last one printed. */
public abstract class CapturedTerminal {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  /** Runs a command line and returns its exit code. */
  protected final int run(String... args) {
    PrintStream stdout = System.out;
    PrintStream stderr = System.err;
    out.reset();
    err.reset();
    try {
      System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
      System.setErr(new PrintStream(err, true, StandardCharsets.UTF_8));
      return Main.run(args);
    } finally {
      System.setOut(stdout);
      System.setErr(stderr);
    }
  }

  /** Standard output. */
  protected final String out() {
    return out.toString(StandardCharsets.UTF_8);
  }

  /** Standard error. */
  protected final String err() {
    return err.toString(StandardCharsets.UTF_8);
  }
}
