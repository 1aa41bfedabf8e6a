package io.myelin.node.control;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.List;
import java.util.Optional;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Tells the controller's own frames from those that somebody made up: each carries a tag,
 * HMAC-SHA256 (RFC 2104) cut to 128 bits, over what the frame says and where it was sent.
 *
 * <p>The key is made anew with each leadership and never leaves the process. Frames of the leader
 * before therefore say nothing to the one after it, and none of them can be used again. Within a
 * leadership it is for the caller to take a serial number only once.
 *
 * <p>Confined to one thread.
 */
public final class FrameSeal {
  private static final String ALGORITHM = "HmacSHA256";
  private static final int KEY_BYTES = 32;
  private static final int TAG_BYTES = 16;

  /** What a tag is for, so that none can be used for something else. */
  enum Purpose {
    LLDP(1),
    PROBE(2);

    private final int code;

    Purpose(int code) {
      this.code = code;
    }
  }

  /**
   * What a frame claims.
   *
   * @param device that it was handed to
   * @param port that it left by; 0: through ingress
   * @param labels that lead it
   */
  record Claim(Purpose purpose, String device, int port, List<Integer> labels) {
    Claim {
      labels = List.copyOf(labels);
    }
  }

  /**
   * What a frame carries besides.
   *
   * @param keyId tells keys apart, and nothing about them
   * @param serial unique under a key
   */
  record Stamp(int keyId, long serial, long tagHigh, long tagLow) {
    static final int BYTES = 4 + 8 + TAG_BYTES;

    void put(ByteBuffer b) {
      b.putInt(keyId).putLong(serial).putLong(tagHigh).putLong(tagLow);
    }

    /** Empty: there are too few bytes. */
    static Optional<Stamp> get(ByteBuffer b) {
      return b.remaining() < BYTES
          ? Optional.empty()
          : Optional.of(new Stamp(b.getInt(), b.getLong(), b.getLong(), b.getLong()));
    }

    private byte[] tag() {
      return ByteBuffer.allocate(TAG_BYTES).putLong(tagHigh).putLong(tagLow).array();
    }
  }

  /** What to think of a stamp. */
  enum Verdict {
    GENUINE,
    /** Made under another key: of a leader before, or made up. */
    OTHER_KEY,
    FORGED
  }

  private final Mac mac;
  private final int keyId;

  private FrameSeal(byte[] key) {
    try {
      mac = Mac.getInstance(ALGORITHM);
      mac.init(new SecretKeySpec(key, ALGORITHM));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has " + ALGORITHM, e);
    }
    keyId = ByteBuffer.wrap(mac.doFinal("key id".getBytes(StandardCharsets.US_ASCII))).getInt();
  }

  /** Under a key that nobody else has. */
  public static FrameSeal fresh() {
    byte[] key = new byte[KEY_BYTES];
    new SecureRandom().nextBytes(key);
    return new FrameSeal(key);
  }

  /** Under a known key, where runs must be repeatable. */
  public static FrameSeal of(byte[] key) {
    return new FrameSeal(key);
  }

  Stamp stamp(Claim claim, long serial) {
    ByteBuffer tag = ByteBuffer.wrap(hmac(claim, serial));
    return new Stamp(keyId, serial, tag.getLong(), tag.getLong());
  }

  /** In a time that does not depend on how much of a tag is right. */
  Verdict check(Claim claim, Stamp stamp) {
    if (stamp.keyId() != keyId) {
      return Verdict.OTHER_KEY;
    }
    byte[] right = stamp(claim, stamp.serial()).tag();
    return MessageDigest.isEqual(right, stamp.tag()) ? Verdict.GENUINE : Verdict.FORGED;
  }

  private byte[] hmac(Claim claim, long serial) {
    byte[] device = claim.device().getBytes(StandardCharsets.UTF_8);
    ByteBuffer b = ByteBuffer.allocate(1 + 8 + 2 + 4 + device.length + 4 * claim.labels().size());
    b.put((byte) claim.purpose().code).putLong(serial).putShort((short) claim.port());
    b.putInt(device.length).put(device); // with its length: no two claims are the same bytes
    claim.labels().forEach(b::putInt);
    return mac.doFinal(b.array());
  }
}
