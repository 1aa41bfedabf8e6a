package io.myelin.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The fenced blocks of docs/TUTORIAL.md, and how they are compared with what a command prints.
 *
 * <p>Lines are compared word by word; the width of columns and empty lines do not count. These
 * rules, and no others, let a word differ:
 *
 * <ul>
 *   <li>{@code …} alone on a line: one line or more, whatever they are
 *   <li>{@code …} at the end of a line: one word or more; elsewhere in it: one word
 *   <li>{@code ≈40M}: a measured number of the same unit, at most a quarter away
 *   <li>{@code 2026-11-30 10:00Z}: any time; {@code 127.0.0.1:40001}: any port there
 * </ul>
 */
final class TutorialText {
  private static final String LEFT_OUT = "…";
  private static final String MEASURED = "≈";
  private static final double TOLERANCE = 0.25;

  private static final Pattern NUMBER = Pattern.compile("(\\d+(?:\\.\\d+)?)(\\D*)");

  private static final Pattern TIME = Pattern.compile("\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\dZ");
  private static final Pattern PORT = Pattern.compile("127\\.0\\.0\\.1:\\d+");

  private TutorialText() {}

  /**
   * A command and what it prints.
   *
   * @param line of the page
   * @param command null: of the command that watches
   */
  record Step(int line, @Nullable String command, List<String> expected) {
    /** Whether a command printed what is expected. */
    boolean agrees(String said) {
      return agrees(said.lines().filter(l -> !l.isBlank()).toList(), 0, 0);
    }

    private boolean agrees(List<String> actual, int from, int at) {
      if (at == expected.size()) {
        return from == actual.size();
      }
      if (from == actual.size()) {
        return false;
      }
      if (expected.get(at).strip().equals(LEFT_OUT)) {
        return agrees(actual, from + 1, at + 1) || agrees(actual, from + 1, at);
      }
      return same(expected.get(at), actual.get(from)) && agrees(actual, from + 1, at + 1);
    }

    /**
     * Where its lines end among others, each behind the one before.
     *
     * @return -1: not all are there
     */
    int within(List<String> lines, int from) {
      int next = from;
      for (String e : expected) {
        while (next < lines.size() && !same(e, lines.get(next))) {
          next++;
        }
        if (next == lines.size()) {
          return -1;
        }
        next++;
      }
      return next;
    }

    String text() {
      return String.join("\n", expected);
    }

    @Override
    public String toString() {
      return "docs/TUTORIAL.md:" + line + ": " + (command == null ? "watch" : "$ " + command);
    }
  }

  /** All that the page runs and expects, in its order. */
  static List<Step> steps(List<String> page) {
    List<Step> steps = new ArrayList<>();
    String block = null;
    for (int i = 0; i < page.size(); i++) {
      String line = page.get(i);
      if (line.startsWith("```")) {
        block = block == null ? line.substring(3) : null;
        if ("console watch".equals(block)) {
          steps.add(new Step(i + 1, null, new ArrayList<>()));
        }
      } else if (block != null && block.startsWith("console")) {
        if (line.startsWith("$ ")) {
          steps.add(new Step(i + 1, line.substring(2).strip(), new ArrayList<>()));
        } else if (!line.isBlank()) {
          steps.get(steps.size() - 1).expected().add(line);
        }
      }
    }
    return steps;
  }

  private static boolean same(String expected, String actual) {
    String[] e = words(expected);
    String[] a = words(actual);
    boolean open = e[e.length - 1].equals(LEFT_OUT);
    if (open ? a.length < e.length : a.length != e.length) {
      return false;
    }
    for (int i = 0; i < e.length; i++) {
      if (!sameWord(e[i], a[i])) {
        return false;
      }
    }
    return true;
  }

  private static String[] words(String line) {
    String timeless = TIME.matcher(line.strip()).replaceAll("TIME");
    return PORT.matcher(timeless).replaceAll("PORT").split("\\s+");
  }

  private static boolean sameWord(String expected, String actual) {
    if (expected.equals(LEFT_OUT) || expected.equals(actual)) {
      return true;
    }
    return expected.startsWith(MEASURED) && near(expected.substring(MEASURED.length()), actual);
  }

  private static boolean near(String expected, String actual) {
    Matcher e = NUMBER.matcher(expected);
    Matcher a = NUMBER.matcher(actual);
    if (!e.matches() || !a.matches() || !e.group(2).equals(a.group(2))) {
      return false;
    }
    double wanted = Double.parseDouble(e.group(1));
    return Math.abs(Double.parseDouble(a.group(1)) - wanted) <= TOLERANCE * wanted;
  }
}
