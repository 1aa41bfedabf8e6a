package io.myelin.cli;

import io.grpc.netty.shaded.io.netty.util.internal.logging.InternalLoggerFactory;
import io.grpc.netty.shaded.io.netty.util.internal.logging.JdkLoggerFactory;
import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.Method;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;
import org.jspecify.annotations.Nullable;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** Entry point of {@code ./myelin}. */
@Command(
    name = "myelin",
    mixinStandardHelpOptions = true,
    version = "myelin 0.1.0",
    description = "Ask the network for what your job needs.",
    footerHeading = "%nBegin here:%n",
    footer = {
      "  myelin demo                 the whole story in under two minutes",
      "  myelin lab                  a fabric on this machine, to play with",
      "  myelin node -i fabric.yaml  a controller for your own switches",
      "  myelin bench                measurements, from the sources of Myelin",
      "",
      "Exit codes: 0 done, 1 the node or a switch refused, 2 the command line is wrong,",
      "3 the node cannot be reached. With -o json errors are JSON, on standard error."
    })
public final class Main {
  private static final String HELP = "--help";

  /** System property: {@code ./myelin} says that this process asks a node and ends. */
  private static final String CLIENT = "myelin.client";

  private static final List<Class<?>> COMMANDS =
      List.of(
          DemoCommand.class,
          LabCommand.class,
          NodeCommand.class,
          LeaseCommand.class,
          JobCommand.class,
          SimCommand.class,
          ClusterCommand.class,
          CertsCommand.class,
          NetcfgCommand.class,
          AuditCommand.class,
          SimulateCommand.class,
          PathCommand.class,
          FabricCommand.class,
          InventoryCommand.class,
          TelemetryCommand.class,
          OpenCommand.class,
          MetricsCommand.class,
          StfCommand.class,
          P4Command.class);

  /** Those that tell of all others. */
  private static final List<Class<?>> ABOUT_ALL =
      List.of(AutoComplete.GenerateCompletion.class, HelpCommand.class);

  private Main() {}

  public static void main(String[] args) {
    if (Boolean.getBoolean(CLIENT)) {
      spareLogging();
    }
    System.exit(run(args));
  }

  /**
   * Netty logs to java.util.logging, as gRPC does: nothing else in a client logs, and to configure
   * Logback takes a tenth of its time.
   */
  static void spareLogging() {
    InternalLoggerFactory.setDefaultFactory(JdkLoggerFactory.INSTANCE);
  }

  /** Runs one command line and returns its exit code. */
  public static int run(String... args) {
    ErrorOutput failures = ErrorOutput.of(args);
    if (args.length == 0) {
      commandLine(failures, null, "").usage(System.out);
      return 0;
    }
    Class<?> asked = COMMANDS.stream().filter(c -> isNamed(c, args[0])).findFirst().orElse(null);
    return commandLine(failures, asked, args.length > 1 ? args[1] : "").execute(args);
  }

  private static boolean isNamed(AnnotatedElement command, String name) {
    Command annotation = command.getAnnotation(Command.class);
    return annotation != null && annotation.name().equals(name);
  }

  /** All commands. */
  public static CommandLine commandLine() {
    return commandLine(ErrorOutput.of(), null, "");
  }

  /**
   * A command line.
   *
   * @param only the one command that is asked for: to read what all others are takes longer than
   *     most commands; null: all
   * @param method what may be the name of a method of that command, which is then read alone
   */
  static CommandLine commandLine(ErrorOutput failures, @Nullable Class<?> only, String method) {
    CommandLine cli = new CommandLine(new Main());
    if (only != null) {
      cli.addSubcommand(command(only, method));
    } else {
      COMMANDS.forEach(c -> cli.addSubcommand(command(c, "")));
      ServiceLoader.load(Extension.class).forEach(cli::addSubcommand);
      ABOUT_ALL.forEach(cli::addSubcommand);
    }
    teachHelp(cli);
    cli.setExecutionExceptionHandler(failures::handle);
    cli.setParameterExceptionHandler(failures::misused);
    cli.setCaseInsensitiveEnumValuesAllowed(true);
    Choices.register(cli);
    return cli;
  }

  /**
   * A command with those of its methods that are commands.
   *
   * @param method the only one, if it has one of this name
   */
  private static CommandLine command(Class<?> type, String method) {
    CommandLine command = new CommandLine(type);
    Command declared = type.getAnnotation(Command.class);
    if (declared == null || declared.addMethodSubcommands()) {
      return command;
    }
    Optional<Method> named =
        CommandLine.getCommandMethods(type, null).stream()
            .filter(m -> isNamed(m, method))
            .findFirst();
    named.ifPresentOrElse(
        m -> command.addSubcommand(new CommandLine(m)),
        () -> command.getCommandSpec().addMethodSubcommands());
    return command;
  }

  /** Commands that are methods inherit none: each one knows {@code --help} all the same. */
  private static void teachHelp(CommandLine cli) {
    CommandSpec spec = cli.getCommandSpec();
    if (spec.findOption(HELP) == null) {
      spec.addOption(
          OptionSpec.builder(HELP).usageHelp(true).description("Shows this help.").build());
    }
    cli.getSubcommands().values().forEach(Main::teachHelp);
  }
}
