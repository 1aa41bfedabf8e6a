package io.myelin.node.southbound;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.protobuf.Any;
import com.google.rpc.BadRequest;
import com.google.rpc.Code;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.protobuf.StatusProto;
import io.myelin.core.port.WriteOutcome;
import io.myelin.core.port.WriteOutcome.Kind;
import io.myelin.p4.v1.Error;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What an answer to a write says of each update: silence is no acknowledgement. */
final class WriteErrorsTest {

  private static Any detail(int code) {
    return Any.pack(Error.newBuilder().setCanonicalCode(code).setMessage("m" + code).build());
  }

  private static Throwable failed(Any... details) {
    return StatusProto.toStatusRuntimeException(
        com.google.rpc.Status.newBuilder()
            .setCode(Code.UNKNOWN_VALUE)
            .addAllDetails(List.of(details))
            .build());
  }

  private static List<Kind> kinds(Throwable t, int updates) {
    return WriteErrors.of(t, updates).stream().map(WriteOutcome::kind).toList();
  }

  @Test
  void eachUpdateHasTheOutcomeThatTheSwitchSays() {
    Throwable t =
        failed(
            detail(Code.OK_VALUE),
            detail(Code.RESOURCE_EXHAUSTED_VALUE),
            detail(Code.UNAVAILABLE_VALUE),
            detail(Code.NOT_FOUND_VALUE),
            detail(Code.ALREADY_EXISTS_VALUE));
    assertEquals(
        List.of(Kind.ACKNOWLEDGED, Kind.REFUSED, Kind.RETRYING, Kind.UNKNOWN, Kind.UNKNOWN),
        kinds(t, 5));
    assertEquals("m8", WriteErrors.of(t, 5).get(1).why());
  }

  @Test
  void fewerOrMoreDetailsThanUpdatesSayNothingOfAny() {
    assertEquals(
        List.of(Kind.UNKNOWN, Kind.UNKNOWN, Kind.UNKNOWN),
        kinds(failed(detail(Code.OK_VALUE), detail(Code.NOT_FOUND_VALUE)), 3));
    assertEquals(
        List.of(Kind.UNKNOWN), kinds(failed(detail(Code.OK_VALUE), detail(Code.ABORTED_VALUE)), 1));
  }

  @Test
  void aDetailOfAnotherTypeSaysNothing() {
    assertEquals(
        List.of(Kind.UNKNOWN, Kind.REFUSED),
        kinds(
            failed(Any.pack(BadRequest.getDefaultInstance()), detail(Code.INVALID_ARGUMENT_VALUE)),
            2));
  }

  @Test
  void anErrorWhoseDetailsAreAllFineSaysNothing() {
    assertEquals(
        List.of(Kind.UNKNOWN, Kind.UNKNOWN),
        kinds(failed(detail(Code.OK_VALUE), detail(Code.OK_VALUE)), 2));
  }

  @ParameterizedTest
  @CsvSource({
    "INVALID_ARGUMENT, REFUSED",
    "UNIMPLEMENTED, REFUSED",
    "RESOURCE_EXHAUSTED, REFUSED",
    "NOT_FOUND, UNKNOWN",
    "UNAVAILABLE, UNKNOWN",
    "PERMISSION_DENIED, UNKNOWN",
    "DEADLINE_EXCEEDED, UNKNOWN",
    "INTERNAL, UNKNOWN"
  })
  void aCallWithoutDetailsIsAboutItsOnlyUpdate(Status.Code code, Kind kind) {
    Throwable t = Status.fromCode(code).withDescription("why").asRuntimeException();
    assertEquals(List.of(new WriteOutcome(kind, "why")), WriteErrors.of(t, 1));
    assertEquals(List.of(Kind.UNKNOWN, Kind.UNKNOWN), kinds(t, 2), "of two nobody knows which");
  }

  @Test
  void detailsThatCannotBeReadSayNothing() {
    Metadata.Key<byte[]> key =
        Metadata.Key.of("grpc-status-details-bin", Metadata.BINARY_BYTE_MARSHALLER);
    byte[] contradiction =
        com.google.rpc.Status.newBuilder().setCode(Code.ABORTED_VALUE).build().toByteArray();
    for (byte[] details : new byte[][] {{}, {(byte) 0xff, 1, 2}, contradiction}) {
      Metadata trailers = new Metadata();
      trailers.put(key, details);
      Throwable t = Status.UNKNOWN.asRuntimeException(trailers);
      assertEquals(List.of(Kind.UNKNOWN, Kind.UNKNOWN), kinds(t, 2));
    }
  }
}
