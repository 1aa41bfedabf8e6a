package io.myelin.softswitch.stf;

import io.myelin.softswitch.stf.StfStatement.Argument;
import io.myelin.softswitch.stf.StfStatement.Call;
import io.myelin.softswitch.stf.StfStatement.Match;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads tests: one statement a line, {@code #} begins a comment. */
final class StfParser {
  private static final Pattern TOKEN =
      Pattern.compile(
          "\\s*(?:(?<number>0[xX][0-9a-fA-F*]+|0[bB][01*]+|[0-9]+(?:\\.[0-9]+)?)"
              + "|(?<name>[a-zA-Z$_][a-zA-Z$_0-9]*|\"[^\"]+\")"
              + "|(?<mark>==|!=|<=|>=|[<>:,.()\\[\\]/=]))");
  private static final Pattern PACKET_DATA = Pattern.compile("[0-9a-fA-F]*");
  private static final Pattern EXPECTED_DATA = Pattern.compile("[0-9a-fA-F*]*");
  private static final Set<String> CONDITIONS = Set.of("==", "!=", "<", "<=", ">", ">=");
  private static final Set<String> COMMANDS =
      Set.of(
          "mirroring_add",
          "mirroring_add_mc",
          "mirroring_delete",
          "mirroring_get",
          "mc_mgrp_create",
          "mc_node_create",
          "mc_node_update",
          "mc_node_associate",
          "counter_read",
          "counter_write",
          "register_read",
          "register_write",
          "register_reset",
          "meter_get_rates",
          "meter_set_rates",
          "meter_array_set_rates");

  private enum Kind {
    NUMBER,
    NAME,
    MARK,
    END
  }

  private record Token(Kind kind, String text) {}

  private static final Token END = new Token(Kind.END, "the end of the line");

  private final String file;
  private int line;
  private List<Token> tokens = List.of();
  private int at;

  private StfParser(String file) {
    this.file = file;
  }

  /**
   * Reads a whole test.
   *
   * @param file name for messages
   * @throws StfException naming the line of what is wrong or unknown
   */
  static List<StfStatement> parse(String file, String text) {
    StfParser p = new StfParser(file);
    List<StfStatement> out = new ArrayList<>();
    for (String raw : text.lines().toList()) {
      p.line++;
      int comment = raw.indexOf('#');
      String line = (comment < 0 ? raw : raw.substring(0, comment)).strip();
      if (!line.isEmpty()) {
        out.add(p.statement(line));
      }
    }
    return out;
  }

  private StfException wrong(String message) {
    return StfException.wrong(file, line, message);
  }

  private StfStatement statement(String text) {
    String[] first = text.split("\\s+", 2);
    String keyword = first[0].toLowerCase(Locale.ROOT);
    String rest = first.length > 1 ? first[1] : "";
    StfStatement s =
        switch (keyword) {
          case "packet" -> packet(rest);
          case "expect" -> expect(rest);
          default -> {
            tokenize(rest);
            yield general(keyword);
          }
        };
    if (at < tokens.size()) {
      throw wrong("unexpected " + next().text());
    }
    return s;
  }

  private StfStatement general(String keyword) {
    return switch (keyword) {
      case "no_packet" -> new StfStatement.NoPacket(line);
      case "wait" -> new StfStatement.Wait(line);
      case "add" -> add();
      case "setdefault" -> new StfStatement.SetDefault(line, qualifiedName(), call());
      case "remove" -> {
        String what = name();
        yield new StfStatement.Remove(line, what.equalsIgnoreCase("all") ? null : what);
      }
      case "check_counter" -> checkCounter();
      default -> {
        if (!COMMANDS.contains(keyword)) {
          throw StfException.unsupported(file, line, "unknown statement " + keyword);
        }
        yield command(keyword);
      }
    };
  }

  // ---- packet data ------------------------------------------------------------------------------

  private int port(String text) {
    tokens = List.of();
    at = 0;
    try {
      return Integer.parseInt(text);
    } catch (NumberFormatException e) {
      throw wrong("expected a port number, found " + (text.isEmpty() ? "nothing" : text));
    }
  }

  private StfStatement packet(String rest) {
    String[] parts = rest.split("\\s+", 2);
    int port = port(parts[0]);
    String digits = parts.length > 1 ? parts[1].replaceAll("\\s", "") : "";
    if (digits.isEmpty() || !PACKET_DATA.matcher(digits).matches()) {
      throw wrong("a packet is hexadecimal digits, found '" + digits + "'");
    }
    if (digits.length() % 2 != 0) {
      throw wrong("a packet is whole bytes, found " + digits.length() + " digits");
    }
    return new StfStatement.Packet(line, port, HexFormat.of().parseHex(digits));
  }

  private StfStatement expect(String rest) {
    String[] parts = rest.split("\\s+", 2);
    // "expect 5$" and "expect 5 $" both leave the port in front.
    boolean bare = parts[0].endsWith("$");
    int port = port(bare ? parts[0].substring(0, parts[0].length() - 1) : parts[0]);
    String digits = (bare ? "$" : "") + (parts.length > 1 ? parts[1].replaceAll("\\s", "") : "");
    if (digits.isEmpty()) {
      return new StfStatement.Expect(line, port, null, false);
    }
    boolean exact = digits.endsWith("$");
    String pattern = exact ? digits.substring(0, digits.length() - 1) : digits;
    if (!EXPECTED_DATA.matcher(pattern).matches()) {
      throw wrong("an expected packet is hexadecimal digits, * and a final $, found " + digits);
    }
    return new StfStatement.Expect(line, port, pattern.toUpperCase(Locale.ROOT), exact);
  }

  // ---- statements of tokens ---------------------------------------------------------------------

  private void tokenize(String text) {
    List<Token> out = new ArrayList<>();
    Matcher m = TOKEN.matcher(text);
    int pos = 0;
    while (pos < text.length() && !text.substring(pos).isBlank()) {
      if (!m.find(pos) || m.start() != pos) {
        throw wrong("cannot read " + text.substring(pos).strip());
      }
      pos = m.end();
      if (m.group("number") != null) {
        out.add(new Token(Kind.NUMBER, m.group("number")));
      } else if (m.group("name") != null) {
        out.add(new Token(Kind.NAME, m.group("name").replace("\"", "")));
      } else {
        out.add(new Token(Kind.MARK, m.group("mark")));
      }
    }
    tokens = out;
    at = 0;
  }

  private Token peek() {
    return at < tokens.size() ? tokens.get(at) : END;
  }

  private Token next() {
    Token t = peek();
    at++;
    return t;
  }

  private boolean accept(String mark) {
    boolean is = peek().kind() == Kind.MARK && peek().text().equals(mark);
    at += is ? 1 : 0;
    return is;
  }

  private void expectMark(String mark) {
    if (!accept(mark)) {
      throw wrong("expected " + mark + ", found " + peek().text());
    }
  }

  private String take(Kind kind, String what) {
    if (peek().kind() != kind) {
      throw wrong("expected " + what + ", found " + peek().text());
    }
    return next().text();
  }

  private String name() {
    return take(Kind.NAME, "a name");
  }

  private String number() {
    return take(Kind.NUMBER, "a number");
  }

  /** {@code a.b[0].c}: dots join names, brackets hold an index. */
  private String qualifiedName() {
    StringBuilder out = new StringBuilder(name());
    while (true) {
      if (accept("[")) {
        out.append('[').append(number()).append(']');
        expectMark("]");
      } else if (accept(".")) {
        out.append('.').append(name());
      } else {
        return out.toString();
      }
    }
  }

  private StfStatement add() {
    String table = qualifiedName();
    Integer priority = null;
    if (peek().kind() == Kind.NUMBER) {
      priority = decimal(number());
    }
    List<Match> matches = new ArrayList<>();
    while (true) {
      int start = at;
      String name = qualifiedName();
      if (!accept(":")) {
        at = start;
        break;
      }
      String value = number();
      matches.add(new Match(name, accept("/") ? value + "/" + number() : value));
    }
    Call action = call();
    String id = accept("=") ? name() : null;
    return new StfStatement.Add(line, table, priority, List.copyOf(matches), action, id);
  }

  private int decimal(String text) {
    try {
      return Integer.parseInt(text);
    } catch (NumberFormatException e) {
      throw wrong("expected a decimal number, found " + text);
    }
  }

  private Call call() {
    String action = qualifiedName();
    expectMark("(");
    List<Argument> arguments = new ArrayList<>();
    while (!accept(")")) {
      if (!arguments.isEmpty()) {
        expectMark(",");
      }
      String name = name();
      expectMark(":");
      arguments.add(new Argument(name, number()));
    }
    return new Call(action, List.copyOf(arguments));
  }

  private StfStatement checkCounter() {
    String name = qualifiedName();
    expectMark("(");
    String which = peek().kind() == Kind.NUMBER ? number() : name();
    expectMark(")");
    if (peek().kind() == Kind.END) {
      return new StfStatement.CheckCounter(line, name, which, false, null, 0);
    }
    String unit = name().toLowerCase(Locale.ROOT);
    if (!unit.equals("bytes") && !unit.equals("packets")) {
      throw wrong("a counter has packets and bytes, not " + unit);
    }
    String condition = next().text();
    if (!CONDITIONS.contains(condition)) {
      throw wrong("expected one of " + CONDITIONS + ", found " + condition);
    }
    return new StfStatement.CheckCounter(
        line, name, which, unit.equals("bytes"), condition, decimal(number()));
  }

  private StfStatement command(String keyword) {
    List<String> words = new ArrayList<>();
    while (peek().kind() != Kind.END) {
      if (peek().kind() == Kind.NAME) {
        words.add(qualifiedName());
        continue;
      }
      String n = number();
      words.add(accept(":") ? n + ":" + number() : n);
    }
    return new StfStatement.Command(line, keyword, List.copyOf(words));
  }

  /** The text of the condition {@code a CONDITION b}. */
  static boolean holds(long a, @Nullable String condition, long b) {
    if (condition == null) {
      return true;
    }
    return switch (condition) {
      case "==" -> a == b;
      case "!=" -> a != b;
      case "<" -> a < b;
      case "<=" -> a <= b;
      case ">" -> a > b;
      case ">=" -> a >= b;
      default -> throw new IllegalArgumentException("unknown condition " + condition);
    };
  }
}
