package io.myelin.cli;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.TypeConversionException;

/** Choices as people write them: {@code all-to-all}, {@code ALL_TO_ALL}, {@code All-to-all}. */
final class Choices {
  private Choices() {}

  /** Teaches it to every command that offers choices. */
  static void register(CommandLine cli) {
    List<ArgSpec> args = new ArrayList<>(cli.getCommandSpec().options());
    args.addAll(cli.getCommandSpec().positionalParameters());
    for (ArgSpec arg : args) {
      register(cli, arg.type());
      for (Class<?> type : arg.auxiliaryTypes()) {
        register(cli, type);
      }
    }
    cli.getSubcommands().values().forEach(Choices::register);
  }

  private static void register(CommandLine cli, Class<?> type) {
    if (type.isEnum()) {
      registerEnum(cli, type.asSubclass(Enum.class));
    }
  }

  @SuppressWarnings("rawtypes") // which enum it is, only the command knows
  private static <E extends Enum> void registerEnum(CommandLine cli, Class<E> type) {
    cli.registerConverter(type, converter(type));
  }

  @SuppressWarnings("rawtypes") // as above
  private static <E extends Enum> ITypeConverter<E> converter(Class<E> type) {
    return text -> {
      for (E e : type.getEnumConstants()) {
        if (plain(e.name()).equals(plain(text))) {
          return e;
        }
      }
      String allowed =
          String.join(", ", Arrays.stream(type.getEnumConstants()).map(Choices::written).toList());
      throw new TypeConversionException("'" + text + "' is not allowed; allowed: " + allowed);
    };
  }

  /** How a choice is written. */
  static String written(Enum<?> choice) {
    return choice.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  private static String plain(String text) {
    return text.toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
