package io.myelin.softswitch.p4rt;

import java.nio.charset.StandardCharsets;

/** Texts that must fit into headers. */
final class Text {
  private static final String CUT = "...";

  private Text() {}

  /** The text, or its beginning with dots, of at most {@code bytes} bytes as UTF-8. */
  static String fit(String text, int bytes) {
    if (text.length() <= bytes / 3 || text.getBytes(StandardCharsets.UTF_8).length <= bytes) {
      return text;
    }
    int size = CUT.length();
    int end = 0;
    while (end < text.length()) {
      int c = text.codePointAt(end);
      size += c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
      if (size > bytes) {
        break;
      }
      end += Character.charCount(c);
    }
    return text.substring(0, end) + CUT;
  }

  /**
   * Bytes of a text as the header {@code grpc-message}: others than printable ones become three.
   */
  static int inHeader(String text) {
    int size = 0;
    for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
      size += b >= ' ' && b < '~' && b != '%' ? 1 : 3;
    }
    return size;
  }
}
