package io.myelin.cli;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** A number of things to do: 1 or more. */
public final class Count implements ITypeConverter<Integer> {
  @Override
  public Integer convert(String value) {
    try {
      int n = Integer.parseInt(value);
      if (n >= 1) {
        return n;
      }
    } catch (NumberFormatException e) {
      // Refused below.
    }
    throw new TypeConversionException(
        "'" + value + "' is not allowed; allowed: 1 to " + Integer.MAX_VALUE);
  }
}
