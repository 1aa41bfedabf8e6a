package io.myelin.node.northbound;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import com.google.rpc.ErrorInfo;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import io.myelin.core.model.EndpointId;
import io.myelin.core.model.Inventory;
import io.myelin.core.model.InventoryDraft;
import io.myelin.core.model.LinkId;
import io.myelin.core.topology.FabricBuilder;
import io.myelin.core.topology.FabricOptions;
import io.myelin.core.topology.LeafSpine;
import io.myelin.node.inventory.InventoryFile;
import io.myelin.node.northbound.error.ApiErrors;
import io.myelin.v1.ApplyInventoryRequest;
import io.myelin.v1.ApplyInventoryResponse;
import io.myelin.v1.CreateLeaseRequest;
import io.myelin.v1.FabricServiceGrpc;
import io.myelin.v1.GetFabricRequest;
import io.myelin.v1.GetInventoryRequest;
import io.myelin.v1.GetInventoryResponse;
import io.myelin.v1.InventoryUser;
import io.myelin.v1.Lease;
import io.myelin.v1.LeaseServiceGrpc;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Inventories over the API. */
final class InventoryApiTest {
  private final Inventory inventory = new LeafSpine(2, 2, 2).inventory(FabricOptions.DEFAULT);
  private final ServedApi api;
  private final FabricServiceGrpc.FabricServiceBlockingStub fabric;

  InventoryApiTest() throws IOException {
    api = new ServedApi(inventory);
    fabric =
        FabricServiceGrpc.newBlockingStub(api.channel()).withDeadlineAfter(20, TimeUnit.SECONDS);
  }

  @AfterEach
  void close() {
    api.close();
  }

  private static ApplyInventoryRequest.Builder request(Inventory next) {
    return ApplyInventoryRequest.newBuilder()
        .setInventory(ByteString.copyFromUtf8(InventoryFile.write(next)));
  }

  private StatusRuntimeException refused(ApplyInventoryRequest.Builder m) {
    return assertThrows(StatusRuntimeException.class, () -> fabric.applyInventory(m.build()));
  }

  private static String reason(StatusRuntimeException e) {
    return ApiErrors.detail(StatusProto.fromThrowable(e), ErrorInfo.class)
        .orElseThrow()
        .getReason();
  }

  private String lease() {
    return LeaseServiceGrpc.newBlockingStub(api.channel())
        .withDeadlineAfter(20, TimeUnit.SECONDS)
        .createLease(
            CreateLeaseRequest.newBuilder()
                .setParent("tenants/" + FabricBuilder.TENANT)
                .setLeaseId("a")
                .setLease(
                    Lease.newBuilder()
                        .setSource("leaf1-host1")
                        .setDestination("leaf2-host1")
                        .setBandwidthBps(1_000_000))
                .build())
        .getLease()
        .getName();
  }

  private LinkId cable() {
    return inventory.links().iterator().next().getKey();
  }

  @Test
  void whatIsInForceIsSaidWithItsEtag() {
    GetInventoryResponse m = fabric.getInventory(GetInventoryRequest.getDefaultInstance());
    assertEquals(inventory, InventoryFile.parse("answer", m.getInventory().toStringUtf8()));
    assertEquals(
        m.getEtag(),
        fabric.getFabric(GetFabricRequest.getDefaultInstance()).getFabric().getInventoryEtag());
  }

  @Test
  void anInventoryIsComparedAndApplied() {
    Inventory next = new InventoryDraft(inventory).without(cable()).build();
    ApplyInventoryResponse would =
        fabric.applyInventory(request(next).setValidateOnly(true).build());
    assertEquals(1, would.getDifferenceCount());
    assertEquals(cable().value(), would.getDifferences(0).getName());
    assertEquals(2, would.getLinksGoingCount(), "both directions");
    assertFalse(would.getApplied());
    assertEquals(inventory, api.log.state().inventory(), "nothing changed");

    ApplyInventoryResponse done =
        fabric.applyInventory(request(next).setEtag(would.getEtag()).build());
    assertTrue(done.getApplied());
    assertEquals(1, done.getDifferenceCount());
    assertEquals(next, api.log.state().inventory());
    ApplyInventoryResponse again =
        fabric.applyInventory(request(next).setEtag(done.getEtag()).build());
    assertTrue(again.getApplied());
    assertEquals(done.getEtag(), again.getEtag(), "what is in force already changes nothing");

    StatusRuntimeException e = refused(request(inventory).setEtag(would.getEtag()));
    assertEquals(Status.Code.ABORTED, e.getStatus().getCode());
    assertEquals("ETAG_MISMATCH", reason(e));
  }

  @Test
  void whatIsInUseIsRefusedWithItsUsers() {
    String lease = lease();
    Inventory next = new InventoryDraft(inventory).without(new EndpointId("leaf2-host1")).build();
    ApplyInventoryResponse would =
        fabric.applyInventory(request(next).setValidateOnly(true).build());
    assertEquals(1, would.getUserCount());
    assertEquals(lease, would.getUsers(0).getName());
    assertEquals(InventoryUser.Kind.KIND_LEASE, would.getUsers(0).getKind());
    StatusRuntimeException e = refused(request(next).setEtag(would.getEtag()));
    assertEquals(Status.Code.FAILED_PRECONDITION, e.getStatus().getCode());
    assertEquals("INVENTORY_IN_USE", reason(e));
    assertTrue(
        String.valueOf(e.getMessage()).contains(lease + " uses endpoint leaf2-host1"), e::toString);
    ApplyInventoryResponse users =
        ApiErrors.detail(StatusProto.fromThrowable(e), ApplyInventoryResponse.class).orElseThrow();
    assertEquals(would.getUsersList(), users.getUsersList());
  }

  @Test
  void whatIsWrongIsNamed() {
    assertTrue(
        String.valueOf(refused(request(inventory)).getMessage()).contains("etag: is needed"));
    assertTrue(
        String.valueOf(refused(request(inventory).setEtag("x")).getMessage())
            .contains("'x' is not allowed"));
    ApplyInventoryRequest.Builder empty = ApplyInventoryRequest.newBuilder().setValidateOnly(true);
    assertTrue(String.valueOf(refused(empty).getMessage()).contains("inventory: is empty"));
    ApplyInventoryRequest.Builder bytes =
        ApplyInventoryRequest.newBuilder()
            .setValidateOnly(true)
            .setInventory(ByteString.copyFrom(new byte[] {(byte) 0xc3, 0x28}));
    assertTrue(String.valueOf(refused(bytes).getMessage()).contains("is not UTF-8"));
    ApplyInventoryRequest.Builder cut =
        ApplyInventoryRequest.newBuilder()
            .setValidateOnly(true)
            .setInventory(ByteString.copyFrom(new byte[] {0x1f, (byte) 0x8b, 8, 0}));
    assertTrue(String.valueOf(refused(cut).getMessage()).contains("no whole gzip file"));
    ApplyInventoryRequest.Builder yaml =
        ApplyInventoryRequest.newBuilder()
            .setValidateOnly(true)
            .setInventory(ByteString.copyFromUtf8("fabric: x\nwhat: 1\n"));
    StatusRuntimeException e = refused(yaml);
    assertEquals(Status.Code.INVALID_ARGUMENT, e.getStatus().getCode());
    assertTrue(String.valueOf(e.getMessage()).contains("what"), e::toString);
  }

  @Test
  void aDocumentMayBeCompressed() throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
      gzip.write(InventoryFile.write(inventory).getBytes(java.nio.charset.StandardCharsets.UTF_8));
    }
    ApplyInventoryResponse would =
        fabric.applyInventory(
            ApplyInventoryRequest.newBuilder()
                .setInventory(ByteString.copyFrom(out.toByteArray()))
                .setValidateOnly(true)
                .build());
    assertEquals(0, would.getDifferenceCount());
    assertTrue(would.getApplied());
  }
}
