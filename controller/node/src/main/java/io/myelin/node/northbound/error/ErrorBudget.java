package io.myelin.node.northbound.error;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.BadRequest;
import com.google.rpc.ErrorInfo;
import com.google.rpc.Status;
import io.myelin.v1.PathExplanation;
import io.myelin.v1.Relaxation;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;

/**
 * Keeps an error small enough to arrive. Errors travel in HTTP/2 headers, and clients stop at 8 kB
 * of them: gRPC then reports {@code INTERNAL: http2 exception}, and from 10 kB on ends the whole
 * connection with every call on it. What does not fit is cut, with a count of what was left out.
 */
public final class ErrorBudget {
  /**
   * Bytes of all trailers of an error, as RFC 9113 §6.5.2 counts them: half of what clients take.
   */
  public static final int MAX_BYTES = 4_096;

  /** Of every header: RFC 9113 §6.5.2. */
  private static final int PER_HEADER = 32;

  /** Status, content type, and what a member stamps on its answers. */
  private static final int OTHER_HEADERS = 350;

  /** Characters that a text may have, tried in this order until all fits. */
  private static final int[] LENGTHS = {900, 600, 400, 250, 120, 60};

  private static final int MAX_FIELD_VIOLATIONS = 4;
  private static final int MAX_METADATA = 12;

  private ErrorBudget() {}

  /** The same error, abridged if need be. */
  public static Status fit(Status error) {
    if (wireBytes(error) <= MAX_BYTES) {
      return error;
    }
    for (int length : LENGTHS) {
      Status shorter = shortened(error, length);
      if (wireBytes(shorter) <= MAX_BYTES) {
        return shorter;
      }
    }
    return shortened(error, LENGTHS[LENGTHS.length - 1]).toBuilder()
        .clearDetails()
        .addDetails(reason(error))
        .build();
  }

  /** The reason alone. */
  private static Any reason(Status error) {
    ErrorInfo info =
        ApiErrors.detail(error, ErrorInfo.class).orElse(ErrorInfo.getDefaultInstance());
    return Any.pack(info.toBuilder().clearMetadata().build());
  }

  /** What an error takes in the trailers of its call. */
  static int wireBytes(Status error) {
    return OTHER_HEADERS
        + "grpc-message".length()
        + PER_HEADER
        + percentEncoded(error.getMessage())
        + "grpc-status-details-bin".length()
        + PER_HEADER
        + base64(error.getSerializedSize());
  }

  /** Length of a status message in a header: gRPC over HTTP/2, "Status-Message". */
  private static int percentEncoded(String text) {
    int n = 0;
    for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
      n += b >= ' ' && b <= '~' && b != '%' ? 1 : 3;
    }
    return n;
  }

  private static int base64(int bytes) {
    return (bytes + 2) / 3 * 4;
  }

  private static Status shortened(Status error, int length) {
    boolean explained = ApiErrors.detail(error, PathExplanation.class).isPresent();
    Status.Builder b =
        Status.newBuilder()
            .setCode(error.getCode())
            .setMessage(
                cut(error.getMessage(), length, explained ? "; ExplainPath has all of it" : ""));
    PathExplanation explanation = null;
    for (Any detail : error.getDetailsList()) {
      try {
        if (detail.is(ErrorInfo.class)) {
          b.addDetails(Any.pack(shortened(detail.unpack(ErrorInfo.class), length / 4)));
        } else if (detail.is(BadRequest.class)) {
          b.addDetails(Any.pack(shortened(detail.unpack(BadRequest.class), length / 2)));
        } else if (detail.is(PathExplanation.class)) {
          explanation = detail.unpack(PathExplanation.class);
        } else {
          b.addDetails(detail);
        }
      } catch (InvalidProtocolBufferException e) {
        throw new IllegalStateException("a detail that this node packed itself", e);
      }
    }
    if (explanation == null) {
      return b.build();
    }
    // Its type's name and the tags around it; base64 makes four bytes of three.
    int room = (MAX_BYTES - wireBytes(b.build()) - 128) / 4 * 3;
    return b.addDetails(Any.pack(shortened(explanation, room))).build();
  }

  private static ErrorInfo shortened(ErrorInfo info, int length) {
    Map<String, String> kept = new TreeMap<>();
    for (Map.Entry<String, String> e : new TreeMap<>(info.getMetadataMap()).entrySet()) {
      if (kept.size() < MAX_METADATA) {
        kept.put(e.getKey(), cut(e.getValue(), length, ""));
      }
    }
    return info.toBuilder().clearMetadata().putAllMetadata(kept).build();
  }

  private static BadRequest shortened(BadRequest request, int length) {
    BadRequest.Builder b = BadRequest.newBuilder();
    for (BadRequest.FieldViolation v : request.getFieldViolationsList()) {
      if (b.getFieldViolationsCount() < MAX_FIELD_VIOLATIONS) {
        b.addFieldViolations(
            BadRequest.FieldViolation.newBuilder()
                .setField(cut(v.getField(), length, ""))
                .setDescription(cut(v.getDescription(), length, "")));
      }
    }
    return b.build();
  }

  /**
   * As much of an explanation as fits: what binds, then the ways out, then the lines for people.
   *
   * @param room bytes
   */
  private static PathExplanation shortened(PathExplanation all, int room) {
    PathExplanation.Builder b =
        PathExplanation.newBuilder()
            .setComplete(all.getComplete())
            .addAllBinding(all.getBindingList())
            .setOmittedRelaxations(all.getRelaxationsCount())
            .setOmittedLines(all.getLinesCount());
    if (all.hasEarliest()) {
      add(b, room, c -> c.setEarliest(all.getEarliest().toBuilder().clearPath()));
    }
    for (Relaxation r : all.getRelaxationsList()) {
      Relaxation.Builder bare = r.toBuilder();
      bare.getViolationsBuilderList().forEach(io.myelin.v1.Violation.Builder::clearText);
      bare.getPathBuilder().clearLinks();
      Relaxation.Builder barest = Relaxation.newBuilder().addAllKinds(r.getKindsList());
      barest.setOmittedViolations(r.getViolationsCount());
      boolean fits = add(b, room, c -> c.addRelaxations(bare));
      if (!fits && !add(b, room, c -> c.addRelaxations(barest))) {
        break;
      }
      b.setOmittedRelaxations(b.getOmittedRelaxations() - 1);
    }
    for (String line : all.getLinesList()) {
      if (!add(b, room, c -> c.addLines(line))) {
        break;
      }
      b.setOmittedLines(b.getOmittedLines() - 1);
    }
    return b.build();
  }

  /** Adds something unless it is too much; whether it was added. */
  private static boolean add(
      PathExplanation.Builder to,
      int room,
      java.util.function.Consumer<PathExplanation.Builder> what) {
    PathExplanation.Builder with = to.clone();
    what.accept(with);
    if (with.build().getSerializedSize() > room) {
      return false;
    }
    what.accept(to);
    return true;
  }

  /** The beginning of a text, and how much more there is. */
  static String cut(String text, int length, String advice) {
    if (text.length() <= length) {
      return text;
    }
    int end = Character.isHighSurrogate(text.charAt(length - 1)) ? length - 1 : length;
    return text.substring(0, end)
        + "... ("
        + (text.length() - end)
        + " characters more"
        + advice
        + ")";
  }
}
