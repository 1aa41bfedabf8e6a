package io.myelin.softswitch.p4rt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.TextFormat;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.protobuf.StatusProto;
import io.myelin.p4.config.v1.P4Info;
import io.myelin.p4.config.v1.Preamble;
import io.myelin.p4.v1.Entity;
import io.myelin.p4.v1.Error;
import io.myelin.p4.v1.ForwardingPipelineConfig;
import io.myelin.p4.v1.P4RuntimeGrpc;
import io.myelin.p4.v1.ReadRequest;
import io.myelin.p4.v1.SetForwardingPipelineConfigRequest;
import io.myelin.p4.v1.SetForwardingPipelineConfigRequest.Action;
import io.myelin.p4.v1.TableEntry;
import io.myelin.p4.v1.Update;
import io.myelin.p4.v1.WriteRequest;
import io.myelin.softswitch.engine.PortConfig;
import io.myelin.softswitch.engine.Softswitch;
import io.myelin.softswitch.engine.SwitchControl;
import io.myelin.softswitch.time.VirtualScheduler;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;

/** A switch in virtual time, its server on a loopback port, and a client. */
final class Fixture implements AutoCloseable {
  static final long DEVICE = 7;
  static final Instant NOW = Instant.ofEpochSecond(1_800_000_000, 5);

  final VirtualScheduler scheduler = new VirtualScheduler();
  final Softswitch sw = new Softswitch(scheduler);
  final P4RuntimeServer server;
  final ManagedChannel channel;
  final P4RuntimeGrpc.P4RuntimeBlockingStub rpc;
  final Map<String, Integer> ids = new HashMap<>();
  final Map<Integer, List<byte[]>> sent = new HashMap<>();

  Fixture() {
    this(control -> control);
  }

  /** With something between server and switch. */
  Fixture(UnaryOperator<SwitchControl> between) {
    try {
      server =
          P4RuntimeServer.start(
              between.apply(sw),
              new P4RuntimeOptions(DEVICE, scheduler, Runnable::run, () -> NOW),
              0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    channel =
        NettyChannelBuilder.forAddress("127.0.0.1", server.port())
            .usePlaintext()
            .maxInboundMetadataSize(1 << 20)
            .maxInboundMessageSize(64 << 20)
            .build();
    rpc = P4RuntimeGrpc.newBlockingStub(channel);
    for (int port = 1; port < 5; port++) {
      int p = port;
      sw.attach(
          p, f -> sent.computeIfAbsent(p, k -> new ArrayList<>()).add(f), PortConfig.UNLIMITED);
    }
  }

  /** With a primary of election id 1 and a committed pipeline. */
  static Fixture running(ForwardingPipelineConfig config) {
    Fixture f = new Fixture();
    f.primary(1);
    f.setPipeline(Action.VERIFY_AND_COMMIT, config);
    return f;
  }

  Controller stream() {
    return new Controller(P4RuntimeGrpc.newStub(channel));
  }

  /** A stream that has become primary of the default role. */
  Controller primary(long electionId) {
    Controller c = stream();
    c.arbitrate(Controller.id(electionId), "");
    c.awaitPrimary();
    return c;
  }

  void setPipeline(Action action, ForwardingPipelineConfig config) {
    SetForwardingPipelineConfigRequest.Builder r =
        SetForwardingPipelineConfigRequest.newBuilder()
            .setDeviceId(DEVICE)
            .setElectionId(Controller.id(1))
            .setAction(action);
    if (!config.equals(ForwardingPipelineConfig.getDefaultInstance())) {
      r.setConfig(config);
      learn(config.getP4Info());
    }
    var unused = rpc.setForwardingPipelineConfig(r.build());
  }

  void learn(P4Info p) {
    List<Preamble> all = new ArrayList<>();
    p.getTablesList().forEach(x -> all.add(x.getPreamble()));
    p.getActionsList().forEach(x -> all.add(x.getPreamble()));
    p.getActionProfilesList().forEach(x -> all.add(x.getPreamble()));
    p.getCountersList().forEach(x -> all.add(x.getPreamble()));
    p.getMetersList().forEach(x -> all.add(x.getPreamble()));
    p.getRegistersList().forEach(x -> all.add(x.getPreamble()));
    p.getValueSetsList().forEach(x -> all.add(x.getPreamble()));
    p.getDigestsList().forEach(x -> all.add(x.getPreamble()));
    all.forEach(x -> ids.put(x.getAlias(), x.getId()));
  }

  int id(String name) {
    return ids.getOrDefault(name, 0);
  }

  /** An entity in text format; {@code $name} stands for the id of that name. */
  Entity entity(String text) {
    String resolved = text;
    for (Map.Entry<String, Integer> e : ids.entrySet()) {
      resolved =
          resolved.replaceAll("\\$" + e.getKey() + "\\b", Integer.toUnsignedString(e.getValue()));
    }
    try {
      return TextFormat.parse(resolved, Entity.class);
    } catch (TextFormat.ParseException e) {
      throw new AssertionError(resolved, e);
    }
  }

  TableEntry tableEntry(String text) {
    return entity("table_entry { " + text + " }").getTableEntry();
  }

  WriteRequest request(WriteRequest.Atomicity atomicity, List<Update> updates) {
    return WriteRequest.newBuilder()
        .setDeviceId(DEVICE)
        .setElectionId(Controller.id(1))
        .setAtomicity(atomicity)
        .addAllUpdates(updates)
        .build();
  }

  void write(Update... updates) {
    write(WriteRequest.Atomicity.CONTINUE_ON_ERROR, updates);
  }

  void write(WriteRequest.Atomicity atomicity, Update... updates) {
    var unused = rpc.write(request(atomicity, Arrays.asList(updates)));
  }

  Update insert(String entity) {
    return Update.newBuilder().setType(Update.Type.INSERT).setEntity(entity(entity)).build();
  }

  Update modify(String entity) {
    return Update.newBuilder().setType(Update.Type.MODIFY).setEntity(entity(entity)).build();
  }

  Update delete(String entity) {
    return Update.newBuilder().setType(Update.Type.DELETE).setEntity(entity(entity)).build();
  }

  /** Writes one update that is to fail with this code; returns the message. */
  String refused(Status.Code code, Update update) {
    List<Error> errors = errors(() -> write(update));
    assertEquals(1, errors.size());
    assertEquals(code.value(), errors.get(0).getCanonicalCode(), () -> errors.get(0).getMessage());
    return errors.get(0).getMessage();
  }

  /** The details of an RPC that fails with UNKNOWN. */
  static List<Error> errors(Runnable rpc) {
    StatusRuntimeException e = assertThrows(StatusRuntimeException.class, rpc::run);
    assertEquals(Status.Code.UNKNOWN, e.getStatus().getCode(), e::toString);
    List<Error> out = new ArrayList<>();
    com.google.rpc.Status status = StatusProto.fromThrowable(e);
    if (status == null) {
      throw new AssertionError("no details", e);
    }
    for (Any a : status.getDetailsList()) {
      try {
        out.add(a.unpack(Error.class));
      } catch (InvalidProtocolBufferException x) {
        throw new AssertionError(x);
      }
    }
    return out;
  }

  /** Runs an RPC that fails as a whole. */
  static Status failure(Runnable rpc) {
    return assertThrows(StatusRuntimeException.class, rpc::run).getStatus();
  }

  List<Entity> read(Entity... queries) {
    List<Entity> out = new ArrayList<>();
    rpc.read(
            ReadRequest.newBuilder()
                .setDeviceId(DEVICE)
                .addAllEntities(Arrays.asList(queries))
                .build())
        .forEachRemaining(r -> out.addAll(r.getEntitiesList()));
    return out;
  }

  List<Entity> read(String query) {
    return read(entity(query));
  }

  String readRefused(Status.Code code, String query) {
    List<Error> errors = errors(() -> read(query));
    assertEquals(1, errors.size());
    assertEquals(code.value(), errors.get(0).getCanonicalCode(), () -> errors.get(0).getMessage());
    return errors.get(0).getMessage();
  }

  /** Receives a frame and runs what follows. */
  void receive(int port, ByteString frame) {
    scheduler.after(0, () -> sw.receive(port, frame.toByteArray()));
    scheduler.runUntil(scheduler.nowNs());
  }

  /** Lets virtual time pass. */
  void pass(long ns) {
    scheduler.runUntil(scheduler.nowNs() + ns);
  }

  @Override
  public void close() {
    channel.shutdownNow();
    try {
      channel.awaitTermination(10, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    server.close();
  }
}
