package io.myelin.node.northbound.audit;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.stream.Stream;

/**
 * The files of an audit log: {@code audit-NNNNNN.jsonl}, one line an event.
 *
 * <p>A line is {@code HASH JSON}; HASH is the SHA-256, in hex, of the last line's HASH, a space and
 * this JSON; before the first line it is 64 zeros. So a line that is changed, left out, put in or
 * moved breaks the chain from there on. What is cut off at the end shows against a head that was
 * noted elsewhere.
 */
public final class AuditFile {
  static final String FIRST = "0".repeat(64);
  private static final ObjectMapper JSON =
      new ObjectMapper().enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);

  private AuditFile() {}

  /**
   * Where a log ends.
   *
   * @param seq of its last line; 0: it is empty
   * @param hash of its last line
   */
  public record Head(long seq, String hash) {
    static final Head EMPTY = new Head(0, FIRST);
  }

  /** A log that is not what was written. */
  public static final class Broken extends IOException {
    private static final long serialVersionUID = 1;

    Broken(Path file, long line, String what) {
      super(file + ":" + line + ": " + what);
    }
  }

  static String json(AuditEvent event) {
    try {
      return JSON.writeValueAsString(event);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("an event that cannot be written", e);
    }
  }

  static String hash(String before, String json) {
    try {
      MessageDigest sha = MessageDigest.getInstance("SHA-256");
      sha.update((before + " " + json).getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(sha.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  static List<Path> files(Path directory) throws IOException {
    try (Stream<Path> all = Files.list(directory)) {
      return all.filter(p -> p.getFileName().toString().matches("audit-[0-9]{6}\\.jsonl"))
          .sorted()
          .toList();
    }
  }

  /**
   * Reads a log from its beginning and verifies every line.
   *
   * @param events hears of every event, in order, and where the log ended with it
   * @return where it ends
   * @throws Broken naming the first line that is not as it was written
   */
  public static Head verify(Path directory, BiConsumer<AuditEvent, Head> events)
      throws IOException {
    return ends(directory, events).last();
  }

  /** Where a log ends, and where it ended when its last file was begun. */
  record Ends(Head beforeLastFile, Head last) {}

  /** As {@link #verify(Path, BiConsumer)}. */
  static Ends ends(Path directory, BiConsumer<AuditEvent, Head> events) throws IOException {
    Head before = Head.EMPTY;
    Head head = Head.EMPTY;
    List<Path> files = files(directory);
    for (int i = 0; i < files.size(); i++) {
      Path file = files.get(i);
      if (!file.endsWith(name(i + 1))) {
        throw new Broken(file, 1, "a file before it is missing: " + name(i + 1));
      }
      before = head;
      head = verify(file, before, events);
    }
    return new Ends(before, head);
  }

  /** One file, behind where the log ended before it. */
  static Head verify(Path file, Head before, BiConsumer<AuditEvent, Head> events)
      throws IOException {
    Head head = before;
    long number = 0;
    try (BufferedReader in = Files.newBufferedReader(file)) {
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        number++;
        int space = line.indexOf(' ');
        if (space != FIRST.length()) {
          throw new Broken(file, number, "is no line of an audit log, or was cut off");
        }
        String json = line.substring(space + 1);
        if (!line.substring(0, space).equals(hash(head.hash, json))) {
          throw new Broken(
              file, number, "was changed, or a line before it was changed, removed or added");
        }
        AuditEvent event = JSON.readValue(json, AuditEvent.class);
        if (event.seq() != head.seq + 1) {
          throw new Broken(file, number, "has number " + event.seq() + " behind " + head.seq);
        }
        head = new Head(event.seq(), line.substring(0, space));
        events.accept(event, head);
      }
    } catch (java.nio.charset.CharacterCodingException e) {
      throw new Broken(file, number + 1, "is not UTF-8");
    }
    return head;
  }

  static String name(int file) {
    return String.format("audit-%06d.jsonl", file);
  }
}
