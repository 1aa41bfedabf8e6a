package io.myelin.java11.runtime;

/** {@code java.util.HexFormat}, Java 17, as far as it is used: lower case, nothing between. */
public final class HexFormat {
  private static final HexFormat PLAIN = new HexFormat();

  private HexFormat() {}

  /** The only one there is. */
  public static HexFormat of() {
    return PLAIN;
  }

  /** Two digits a byte. */
  public String formatHex(byte[] bytes) {
    StringBuilder s = new StringBuilder(2 * bytes.length);
    for (byte b : bytes) {
      s.append(Character.forDigit((b >> 4) & 0xf, 16)).append(Character.forDigit(b & 0xf, 16));
    }
    return s.toString();
  }

  /**
   * Bytes of pairs of digits.
   *
   * @throws IllegalArgumentException for anything else
   */
  public byte[] parseHex(CharSequence text) {
    if (text.length() % 2 != 0) {
      throw new IllegalArgumentException("an odd number of digits: " + text.length());
    }
    byte[] bytes = new byte[text.length() / 2];
    for (int i = 0; i < bytes.length; i++) {
      int high = Character.digit(text.charAt(2 * i), 16);
      int low = Character.digit(text.charAt(2 * i + 1), 16);
      if (high < 0 || low < 0) {
        throw new IllegalArgumentException("not hexadecimal at " + 2 * i + ": " + text);
      }
      bytes[i] = (byte) (high << 4 | low);
    }
    return bytes;
  }
}
