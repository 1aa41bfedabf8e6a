package io.myelin.node.northbound;

import com.google.protobuf.ByteString;
import com.google.rpc.Code;
import io.myelin.core.model.Endpoint;
import io.myelin.core.model.Invalid;
import io.myelin.core.model.Inventory;
import io.myelin.core.model.InventoryDifference;
import io.myelin.core.model.InventoryDifferences;
import io.myelin.core.model.LinkId;
import io.myelin.core.port.StateLog;
import io.myelin.core.state.Command;
import io.myelin.core.state.FabricState;
import io.myelin.core.state.InventoryUse;
import io.myelin.core.state.Outcome;
import io.myelin.node.northbound.error.ApiErrors;
import io.myelin.v1.ApplyInventoryRequest;
import io.myelin.v1.ApplyInventoryResponse;
import io.myelin.v1.GetInventoryResponse;
import io.myelin.v1.InventoryField;
import io.myelin.v1.InventoryUser;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongSupplier;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;

/** What {@code FabricService} says of inventories, and does with them (ADR 40). */
final class InventoryApi {
  /** Differences of an answer: more than people read. */
  private static final int MAX_DIFFERENCES = 1_000;

  /** Documents that are longer are compressed, so that answers stay below what clients take. */
  private static final int PLAIN_BYTES = 256 << 10;

  /** Ten thousand switches need a fifth of it. */
  private static final int MAX_DOCUMENT_BYTES = 64 << 20;

  private final StateLog stateLog;
  private final InventoryDocuments documents;
  private final LongSupplier clockMs;

  InventoryApi(StateLog stateLog, InventoryDocuments documents, LongSupplier clockMs) {
    this.stateLog = stateLog;
    this.documents = documents;
    this.clockMs = clockMs;
  }

  /** The etag of the inventory in force. */
  static String etag(FabricState state) {
    return Long.toString(state.inventoryVersion());
  }

  GetInventoryResponse get() {
    FabricState state = stateLog.state();
    byte[] text = documents.write(state.inventory()).getBytes(StandardCharsets.UTF_8);
    return GetInventoryResponse.newBuilder()
        .setInventory(ByteString.copyFrom(text.length > PLAIN_BYTES ? compressed(text) : text))
        .setEtag(etag(state))
        .build();
  }

  CompletableFuture<ApplyInventoryResponse> apply(ApplyInventoryRequest m) {
    if (!documents.locked().isEmpty()) {
      throw ApiErrors.of(
          Code.FAILED_PRECONDITION, "INVENTORY_LOCKED", documents.locked(), Map.of());
    }
    Inventory next = documents.read(text(m.getInventory()));
    FabricState state = stateLog.state();
    if (m.getEtag().isEmpty()) {
      Invalid.unless(
          m.getValidateOnly(),
          "etag",
          "is needed: that of the inventory that this one was compared with, now " + etag(state));
    } else {
      version(m.getEtag());
    }
    if (m.getValidateOnly()) {
      if (!m.getEtag().isEmpty() && version(m.getEtag()) != state.inventoryVersion()) {
        throw Refusals.of(new Outcome.InventoryOvertaken(state.inventoryVersion()));
      }
      return CompletableFuture.completedFuture(wouldBe(state, next));
    }
    long base = version(m.getEtag());
    if (next.equals(state.inventory())) {
      return CompletableFuture.completedFuture(
          differences(state.inventory(), next).setEtag(etag(state)).setApplied(true).build());
    }
    return stateLog
        .submit(new Command.ApplyInventory(next, base, clockMs.getAsLong()))
        .thenApply(
            a -> {
              if (a.outcome() instanceof Outcome.Refused refusal) {
                throw Refusals.of(refusal);
              }
              return differences(a.before().inventory(), next)
                  .setEtag(etag(a.after()))
                  .setApplied(true)
                  .build();
            });
  }

  private static ApplyInventoryResponse wouldBe(FabricState state, Inventory next) {
    ApplyInventoryResponse.Builder b = differences(state.inventory(), next).setEtag(etag(state));
    InventoryUse use = InventoryUse.of(state, next);
    use.users().forEach(u -> b.addUsers(user(u)));
    b.setUserCount(use.count());
    InventoryUse affected = InventoryUse.affected(state, next);
    affected.users().forEach(u -> b.addAffectedUsers(user(u)));
    b.setAffectedCount(affected.count());
    state
        .inventory()
        .links()
        .forEach(
            (id, l) -> {
              if (!next.links().containsKey(id)) {
                b.addLinksGoing(id.value());
              }
            });
    for (Map.Entry<?, Endpoint> e : state.inventory().endpoints()) {
      for (LinkId id : List.of(e.getValue().uplink(), e.getValue().downlink())) {
        if (next.endpointByAccessLink(id) == null) {
          b.addLinksGoing(id.value());
        }
      }
    }
    return b.setApplied(b.getDifferenceCount() == 0).build();
  }

  private static ApplyInventoryResponse.Builder differences(Inventory before, Inventory after) {
    ApplyInventoryResponse.Builder b = ApplyInventoryResponse.newBuilder();
    List<InventoryDifference> all = InventoryDifferences.between(before, after);
    all.stream().limit(MAX_DIFFERENCES).forEach(d -> b.addDifferences(difference(d)));
    return b.setDifferenceCount(all.size());
  }

  private static io.myelin.v1.InventoryDifference difference(InventoryDifference d) {
    io.myelin.v1.InventoryDifference.Builder b =
        io.myelin.v1.InventoryDifference.newBuilder()
            .setKind(
                switch (d.kind()) {
                  case ADDED -> io.myelin.v1.InventoryDifference.Kind.KIND_ADDED;
                  case REMOVED -> io.myelin.v1.InventoryDifference.Kind.KIND_REMOVED;
                  case CHANGED -> io.myelin.v1.InventoryDifference.Kind.KIND_CHANGED;
                  case RENAMED -> io.myelin.v1.InventoryDifference.Kind.KIND_RENAMED;
                })
            .setElement(
                switch (d.element()) {
                  case FABRIC -> io.myelin.v1.InventoryDifference.Element.ELEMENT_FABRIC;
                  case TENANT -> io.myelin.v1.InventoryDifference.Element.ELEMENT_TENANT;
                  case DEVICE -> io.myelin.v1.InventoryDifference.Element.ELEMENT_DEVICE;
                  case LINK -> io.myelin.v1.InventoryDifference.Element.ELEMENT_LINK;
                  case ENDPOINT -> io.myelin.v1.InventoryDifference.Element.ELEMENT_ENDPOINT;
                })
            .setName(d.name())
            .setNewName(d.newName());
    d.fields()
        .forEach(
            f ->
                b.addFields(
                    InventoryField.newBuilder()
                        .setName(f.name())
                        .setBefore(f.before())
                        .setAfter(f.after())));
    return b.build();
  }

  static InventoryUser user(InventoryUse.User u) {
    return InventoryUser.newBuilder()
        .setKind(
            switch (u.kind()) {
              case LEASE -> InventoryUser.Kind.KIND_LEASE;
              case JOB -> InventoryUser.Kind.KIND_JOB;
              case GUIDED_FLOW -> InventoryUser.Kind.KIND_GUIDED_FLOW;
            })
        .setName(u.name())
        .setUses(u.what())
        .build();
  }

  private static long version(String etag) {
    try {
      long version = Long.parseLong(etag);
      if (version >= 0) {
        return version;
      }
    } catch (NumberFormatException e) {
      // said below
    }
    throw new Invalid("etag", "'" + etag + "' is not allowed; GetInventory says the one in force");
  }

  // ---- documents -------------------------------------------------------------------------------

  private static String text(ByteString document) {
    byte[] bytes = document.toByteArray();
    Invalid.unless(bytes.length > 0, "inventory", "is empty; allowed: YAML, or YAML in gzip");
    boolean gzip = bytes.length > 2 && bytes[0] == (byte) 0x1f && bytes[1] == (byte) 0x8b;
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .decode(ByteBuffer.wrap(gzip ? inflated(bytes) : bytes))
          .toString();
    } catch (CharacterCodingException e) {
      throw new Invalid("inventory", "is not UTF-8");
    } catch (IOException e) {
      throw new Invalid("inventory", "is no whole gzip file: " + e.getMessage());
    }
  }

  private static byte[] inflated(byte[] bytes) throws IOException {
    try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(bytes))) {
      byte[] all = in.readNBytes(MAX_DOCUMENT_BYTES + 1);
      Invalid.unless(
          all.length <= MAX_DOCUMENT_BYTES,
          "inventory",
          "is longer than " + MAX_DOCUMENT_BYTES + " bytes");
      return all;
    }
  }

  private static byte[] compressed(byte[] text) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
      gzip.write(text);
    } catch (IOException e) {
      throw new UncheckedIOException(e); // memory does not fail
    }
    return out.toByteArray();
  }
}
