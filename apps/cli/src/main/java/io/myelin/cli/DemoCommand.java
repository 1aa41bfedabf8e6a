package io.myelin.cli;

import io.myelin.lab.Demo;
import java.io.IOException;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeoutException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code myelin demo}. */
@Command(
    name = "demo",
    mixinStandardHelpOptions = true,
    description = {
      "Tells the story on an embedded fabric in under two minutes: ECMP collides, leases do not,",
      "a cut cable is survived. Every figure is measured in the run."
    })
final class DemoCommand implements Callable<Integer> {
  @Mixin private LabCommand.FabricOptions fabric = new LabCommand.FabricOptions();

  @Option(
      names = "--seed",
      defaultValue = "7",
      description = "Of the permutation (default: ${DEFAULT-VALUE}).")
  private long seed = 7;

  @Option(names = "--stay", description = "Keeps the fabric running afterwards, on port 9550.")
  private boolean stay;

  @Override
  @SuppressWarnings("ClosingStandardOutputStreams") // only the demo is closed
  public Integer call() throws IOException, InterruptedException {
    try (Demo demo = new Demo(fabric.spec(), stay ? 9550 : 0, seed, System.out::println)) {
      Demo.Summary s = demo.run();
      System.out.printf(
          "%nSummary, as shares of what the hosts' ports could carry:%n"
              + "                    all flows   slowest flow   busiest link / mean%n");
      row("ECMP, 1 QP", s.ecmp());
      row("ECMP and the loop", s.loop());
      row("leases", s.leases());
      System.out.printf(
          "  one cable cut      %6.1f%%        restored in %d ms%n",
          100 * s.afterCutOfIdeal(), s.restoredMs());
      if (stay) {
        System.out.println(
            "\nThe fabric stays up; look at it with 'myelin fabric show -c' and 'myelin lease list'. Ctrl-C ends it.");
        new CountDownLatch(1).await();
      }
      return 0;
    } catch (TimeoutException | IllegalStateException e) {
      throw new Failures.Failure(Failures.REFUSED, "the demo failed: " + e.getMessage());
    }
  }

  private static void row(String what, Demo.Row r) {
    System.out.printf(
        "  %-18s %6.1f%%        %6.1f%%          %.2f%n",
        what, 100 * r.ofIdeal(), 100 * r.slowestOfIdeal(), r.busiestLink());
  }
}
