package io.myelin.web.transcode;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A path of {@code google.api.http}: segments, variables such as <code>
 * {name=tenants/&#42;/leases/&#42;}</code> whose segments are literals or {@code *}, and a custom
 * verb behind a colon.
 */
final class PathTemplate {
  private static final Pattern VARIABLE = Pattern.compile("\\{([a-z0-9_.]+)(?:=([^}]*))?}");

  private final String text;
  private final Pattern pattern;
  private final List<String> variables = new ArrayList<>();

  /**
   * @throws IllegalArgumentException if it has what is not known here: {@code **}
   */
  PathTemplate(String text) {
    this.text = text;
    if (text.contains("**")) {
      throw new IllegalArgumentException(text + ": ** is not known");
    }
    StringBuilder regex = new StringBuilder();
    Matcher m = VARIABLE.matcher(text);
    int at = 0;
    while (m.find()) {
      regex.append(segments(text.substring(at, m.start())));
      variables.add(m.group(1));
      regex.append('(').append(segments(m.group(2) == null ? "*" : m.group(2))).append(')');
      at = m.end();
    }
    regex.append(segments(text.substring(at)));
    pattern = Pattern.compile(regex.toString());
  }

  private static String segments(String part) {
    StringBuilder b = new StringBuilder();
    for (String s : part.split("(?<=\\*)|(?=\\*)")) {
      b.append(s.equals("*") ? "[^/:]+" : Pattern.quote(s));
    }
    return b.toString();
  }

  /** Variables that a path gives, as it is written there; null: it is another path. */
  @Nullable Map<String, String> match(String path) {
    Matcher m = pattern.matcher(path);
    if (!m.matches()) {
      return null;
    }
    Map<String, String> values = new LinkedHashMap<>();
    for (int i = 0; i < variables.size(); i++) {
      values.put(variables.get(i), m.group(i + 1));
    }
    return values;
  }

  /** Names of fields that it fills. */
  List<String> variables() {
    return List.copyOf(variables);
  }

  /**
   * As OpenAPI writes it: one variable a segment, which is named after the one before it.
   *
   * @param names receives the name of each variable segment, in order
   */
  String openApi(List<String> names) {
    StringBuilder b = new StringBuilder();
    Matcher m = VARIABLE.matcher(text);
    int at = 0;
    while (m.find()) {
      b.append(text, at, m.start());
      String[] parts = (m.group(2) == null ? "*" : m.group(2)).split("/");
      for (int i = 0; i < parts.length; i++) {
        b.append(i == 0 ? "" : "/");
        if (parts[i].equals("*")) {
          String name = i == 0 ? m.group(1) : singular(parts[i - 1]);
          names.add(name);
          b.append('{').append(name).append('}');
        } else {
          b.append(parts[i]);
        }
      }
      at = m.end();
    }
    return b.append(text.substring(at)).toString();
  }

  private static String singular(String collection) {
    return collection.endsWith("s") ? collection.substring(0, collection.length() - 1) : collection;
  }

  @Override
  public String toString() {
    return text;
  }
}
