package io.myelin.cli;

import io.myelin.lab.Demo;
import io.myelin.lab.service.LabServer;
import java.io.IOException;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
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
  @Mixin private LabFabricOptions fabric = new LabFabricOptions();

  @Option(
      names = "--seed",
      defaultValue = "7",
      description = "Of the permutation (default: ${DEFAULT-VALUE}).")
  private long seed = 7;

  @Option(
      names = "--stay",
      description =
          "Keeps the fabric running afterwards, on port 9550; faults and traffic on 9549,"
              + " the dashboard on 9580.")
  private boolean stay;

  @Override
  @SuppressWarnings("ClosingStandardOutputStreams") // only the demo is closed
  public Integer call() throws IOException, InterruptedException {
    try (Demo demo =
        new Demo(
            fabric.plan(),
            stay ? 9550 : 0,
            stay ? NodeCommand.web(LabCommand.WEB) : null,
            seed,
            System.out::println)) {
      Demo.Summary s = demo.run();
      System.out.printf(
          "%nSummary, as shares of what the hosts' ports could carry:%n"
              + "                    all flows   slowest flow   busiest link / mean%n");
      row("ECMP", s.ecmp());
      row("ECMP and the loop", s.loop());
      row("leases", s.leases());
      row("one cable cut", s.afterCut());
      System.out.printf("  the cut was repaired in %d ms%n", s.restoredMs());
      if (stay) {
        stay(demo);
      }
      return 0;
    } catch (IllegalStateException e) {
      throw new ErrorOutput.Failure(ErrorOutput.REFUSED, "the demo failed: " + e.getMessage());
    }
  }

  private static void stay(Demo demo) throws InterruptedException {
    LabServer server = LabCommand.serve(demo.fabric(), demo, LabServer.DEFAULT_PORT);
    System.out.printf(
        "%nThe fabric stays up; look at it with 'myelin fabric show -c' and 'myelin lease list',"
            + " load and break it%nwith 'myelin lab traffic start permutation' and 'myelin lab cut"
            + " leaf1 spine1' (port %d). Ctrl-C ends it.%n",
        server.port());
    System.out.println("The dashboard is at " + demo.url());
    new CountDownLatch(1).await();
  }

  private static void row(String what, Demo.Row r) {
    System.out.printf(
        "  %-18s %6.1f%%        %6.1f%%          %.2f%n",
        what, 100 * r.ofIdeal(), 100 * r.slowestOfIdeal(), r.busiestLink());
  }
}
