package io.myelin.softswitch.p4rt;

import com.google.protobuf.Any;
import com.google.rpc.Code;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import io.myelin.p4.v1.Error;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What became of the elements of a batch: UNKNOWN, with a {@code p4.v1.Error} for each of them, in
 * their order (§12.3, §13.3).
 *
 * <p>They travel in HTTP trailers, whose size clients bound: gRPC at 8,192 bytes if it is told
 * nothing, and the specification tells its users to allow 100 more for each update (appendix "gRPC
 * Metadata Maximum Size"). So the larger the batch, the shorter are the messages: as long as the
 * codes of all elements fit into the first bound, the whole does, then into the second.
 */
final class BatchErrors {
  /** gRPC's default for a client. */
  static final int CLIENT_DEFAULT_BYTES = 8192;

  static final int BYTES_PER_UPDATE = 100;

  /** Names and values of the other headers, with the 32 bytes that HTTP/2 counts for each. */
  private static final int OTHER_HEADERS_BYTES = 600;

  /** Of the status's own message, which is sent twice. */
  private static final int SUMMARY_BYTES = 500;

  private static final int MAX_MESSAGE_BYTES = 400;

  /** A shorter one says nothing: then some get none, instead of all too little. */
  private static final int MIN_MESSAGE_BYTES = 40;

  private static final String SPACE = "myelin-softswitch";
  private static final Any OK = Any.pack(Error.getDefaultInstance());

  private final String element;
  private final @Nullable Refusal[] outcomes;
  private int failed;
  private String first = "";

  /**
   * All is well, until {@link #set} says otherwise.
   *
   * @param element what an element is called in messages
   */
  BatchErrors(String element, int elements) {
    this.element = element;
    outcomes = new @Nullable Refusal[elements];
  }

  /** The element failed; the first one is also told in the summary. */
  void set(int index, Refusal r) {
    if (failed++ == 0) {
      blame(index, r);
    }
    outcomes[index] = r;
  }

  /** The element to name in the summary, if it is not the first that failed. */
  void blame(int index, Refusal r) {
    first = element + " " + index + ": " + r.reason();
  }

  boolean any() {
    return failed > 0;
  }

  StatusRuntimeException status() {
    String summary =
        Text.fit(failed + " of " + outcomes.length + " failed; the first: " + first, SUMMARY_BYTES);
    // The binary header is base64: four bytes for three.
    int fixed = OTHER_HEADERS_BYTES + Text.inHeader(summary);
    int more = BYTES_PER_UPDATE * outcomes.length;
    int room = (CLIENT_DEFAULT_BYTES - fixed) * 3 / 4 - summary.length() - barest();
    if (room < 0) {
      room = (CLIENT_DEFAULT_BYTES + more - fixed) * 3 / 4 - summary.length() - barest();
    }
    return StatusProto.toStatusRuntimeException(
        com.google.rpc.Status.newBuilder()
            .setCode(Code.UNKNOWN_VALUE)
            .setMessage(summary)
            .addAllDetails(details(room))
            .build());
  }

  /** Bytes of all details with nothing but their codes. */
  private int barest() {
    int bare = framed(Any.pack(Error.newBuilder().setCanonicalCode(16).build()));
    return failed * bare + (outcomes.length - failed) * framed(OK);
  }

  /** With its tag and length inside the status. */
  private static int framed(Any a) {
    return a.getSerializedSize() + 3;
  }

  private List<Any> details(int room) {
    // Tag, length and perhaps a second byte of length of the message, and of what it lies in.
    int overhead = 6;
    int spaces = SPACE.length() + 2;
    int share = room / Math.max(1, failed) - overhead;
    boolean withSpace = share > MIN_MESSAGE_BYTES + spaces;
    int most =
        Math.min(
            MAX_MESSAGE_BYTES, Math.max(MIN_MESSAGE_BYTES, withSpace ? share - spaces : share));
    List<Any> out = new ArrayList<>(outcomes.length);
    int left = room;
    for (Refusal r : outcomes) {
      if (r == null) {
        out.add(OK);
        continue;
      }
      Error.Builder e = Error.newBuilder().setCanonicalCode(r.code().value());
      if (withSpace) {
        e.setSpace(SPACE);
      }
      if (left >= most + overhead) {
        String message = Text.fit(r.reason(), most);
        e.setMessage(message);
        left -= message.getBytes(StandardCharsets.UTF_8).length + overhead;
      }
      left -= withSpace ? spaces : 0;
      out.add(Any.pack(e.build()));
    }
    return out;
  }

  /** For a batch that failed as a whole: every element has the same outcome. */
  static Refusal aborted(String what, int culprit) {
    return Refusal.of(Status.Code.ABORTED, what + ": update " + culprit + " failed");
  }
}
