package io.myelin.node.southbound;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.Code;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.myelin.core.model.Device;
import io.myelin.core.model.DeviceId;
import io.myelin.core.model.U128;
import io.myelin.core.pipeline.myelin.MyelinPipeline;
import io.myelin.core.state.Command;
import io.myelin.core.topology.FabricOptions;
import io.myelin.core.topology.LeafSpine;
import io.myelin.node.control.Controller;
import io.myelin.node.control.FrameSeal;
import io.myelin.node.control.ManualExecutor;
import io.myelin.node.control.Pace;
import io.myelin.node.store.InProcessStateLog;
import io.myelin.p4.v1.CounterEntry;
import io.myelin.p4.v1.Entity;
import io.myelin.p4.v1.GetForwardingPipelineConfigResponse;
import io.myelin.p4.v1.Index;
import io.myelin.p4.v1.MasterArbitrationUpdate;
import io.myelin.p4.v1.P4RuntimeGrpc;
import io.myelin.p4.v1.PacketIn;
import io.myelin.p4.v1.PacketMetadata;
import io.myelin.p4.v1.ReadResponse;
import io.myelin.p4.v1.StreamError;
import io.myelin.p4.v1.StreamMessageResponse;
import io.myelin.p4.v1.TableEntry;
import io.myelin.p4.v1.WriteResponse;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * What a switch says that has turned against us, or is broken: messages on the stream, answers to
 * reads and writes, ends of calls. The first byte says which. Behind it are the real sessions and
 * the real controller, in virtual time, on a fabric of three switches.
 */
public final class StreamFuzz {
  /** Then a new controller begins, so that what one input does cannot hide what another does. */
  private static final int INPUTS_PER_CONTROLLER = 2_000;

  private static final Metadata.Key<byte[]> DETAILS =
      Metadata.Key.of("grpc-status-details-bin", Metadata.BINARY_BYTE_MARSHALLER);

  private static @Nullable Hostile hostile;
  private static int inputs;

  private StreamFuzz() {}

  /** Read by the fuzzer. */
  public static void fuzzerTestOneInput(byte[] data) {
    if (data.length == 0) {
      return;
    }
    Hostile h = hostile;
    if (h == null || ++inputs % INPUTS_PER_CONTROLLER == 0) {
      h = new Hostile();
      hostile = h;
    }
    try {
      h.say(data[0] & 0x7, Arrays.copyOfRange(data, 1, data.length));
    } catch (InvalidProtocolBufferException malformed) {
      // gRPC ends the call: case 5
    }
  }

  /** A controller whose first switch says what it is told to; the others never answer. */
  private static final class Hostile {
    private final ManualExecutor control = new ManualExecutor();
    private final InProcessStateLog log = new InProcessStateLog(1);
    private final CompiledProgram pipeline = CompiledProgram.of(MyelinPipeline.INSTANCE);
    private final HostileChannel channel = new HostileChannel();
    private final DeviceId first = new DeviceId("leaf1");

    Hostile() {
      Bugs.listen();
      var unused =
          log.submit(
                  new Command.SetInventory(
                      new LeafSpine(2, 1, 2).inventory(FabricOptions.DEFAULT), 1))
              .join();
      P4RuntimeSouthbound southbound =
          new P4RuntimeSouthbound(
              new Claim(new U128(1, 1), Claim.Takeover.REFUSED),
              control.guarded(),
              this::channel,
              pipeline);
      Controller controller =
          new Controller(
              log,
              southbound,
              control.guarded(),
              control::nowMs,
              Pace.of(Duration.ofMillis(100)),
              FrameSeal.of(new byte[] {1}));
      controller.start();
      control.runAll();
      comeUp();
    }

    private ManagedChannel channel(Device d) {
      return d.id().equals(first) ? channel : new HostileChannel();
    }

    /** As a good switch does: arbitration, the pipeline, empty tables, every write. */
    private void comeUp() {
      channel.answer(
          P4RuntimeGrpc.getStreamChannelMethod(),
          StreamMessageResponse.newBuilder()
              .setArbitration(MasterArbitrationUpdate.getDefaultInstance())
              .build());
      channel.end(
          P4RuntimeGrpc.getGetForwardingPipelineConfigMethod(),
          Answers.running(pipeline),
          Status.OK,
          new Metadata());
      for (int i = 0; i < 40; i++) {
        control.runAll();
        channel.end(P4RuntimeGrpc.getReadMethod(), null, Status.OK, new Metadata());
        channel.end(
            P4RuntimeGrpc.getWriteMethod(),
            WriteResponse.getDefaultInstance(),
            Status.OK,
            new Metadata());
      }
    }

    void say(int kind, byte[] message) throws InvalidProtocolBufferException {
      switch (kind) {
        case 1 ->
            channel.end(
                P4RuntimeGrpc.getReadMethod(),
                ReadResponse.parseFrom(message),
                Status.OK,
                new Metadata());
        case 2 ->
            channel.end(
                P4RuntimeGrpc.getGetForwardingPipelineConfigMethod(),
                GetForwardingPipelineConfigResponse.parseFrom(message),
                Status.OK,
                new Metadata());
        case 3 -> {
          Metadata details = new Metadata();
          details.put(DETAILS, message);
          channel.end(P4RuntimeGrpc.getWriteMethod(), null, Status.UNKNOWN, details);
        }
        case 4 ->
            channel.end(
                P4RuntimeGrpc.getWriteMethod(),
                WriteResponse.getDefaultInstance(),
                Status.OK,
                new Metadata());
        case 5 -> {
          channel.end(
              P4RuntimeGrpc.getStreamChannelMethod(),
              null,
              message.length % 2 == 0 ? Status.OK : Status.INTERNAL,
              new Metadata());
          control.advanceMs(10_000);
          comeUp();
        }
        default ->
            channel.answer(
                P4RuntimeGrpc.getStreamChannelMethod(), StreamMessageResponse.parseFrom(message));
      }
      control.advanceMs(2);
      Bugs.raise();
    }
  }

  /** What the control thread caught so that it could go on. */
  private static final class Bugs extends AppenderBase<ILoggingEvent> {
    private static final List<String> SEEN = new ArrayList<>();

    static void listen() {
      Logger logger = (Logger) LoggerFactory.getLogger("io.myelin");
      logger.setLevel(Level.ERROR);
      if (logger.getAppender("fuzz") == null) {
        Bugs bugs = new Bugs();
        bugs.setName("fuzz");
        bugs.setContext(logger.getLoggerContext());
        bugs.start();
        logger.addAppender(bugs);
        logger.setAdditive(false);
      }
    }

    @Override
    protected void append(ILoggingEvent event) {
      if (event.getLevel().isGreaterOrEqual(Level.ERROR)) {
        String why =
            event.getThrowableProxy() == null
                ? ""
                : ch.qos.logback.classic.spi.ThrowableProxyUtil.asString(event.getThrowableProxy());
        SEEN.add(event.getFormattedMessage() + "\n" + why);
      }
    }

    static void raise() {
      if (!SEEN.isEmpty()) {
        String all = String.join("\n", SEEN);
        SEEN.clear();
        throw new AssertionError(all);
      }
    }
  }

  // ---- to begin with ---------------------------------------------------------------------------

  /** A message of every kind. */
  public static List<byte[]> seeds() {
    CompiledProgram p = CompiledProgram.of(MyelinPipeline.INSTANCE);
    List<byte[]> all = new ArrayList<>();
    String lldp = "0180c200000e02000000000588cc0206076c6561663104030737060200780000";
    String arp =
        "ffffffffffff02000000000a080600010800060400010200000000"
            + "0a0a0100010000000000000a020001"
            + "00".repeat(18);
    String event =
        "0000004d00030300001200000a00042a0000000021f4"
            + "02000000000b02000000000a88470012c13c"
            + "45020410123400003f1100000a0700010a070002c35012b703fc00000700ffff0000000900000001";
    String probe = "02000000000b02000000000a88b510007ff80000002a0000" + "00".repeat(28);
    String[] frames = {"", lldp, arp, arp, probe, event, ""};
    for (int reason = 0; reason < frames.length; reason++) {
      all.add(
          stream(
              StreamMessageResponse.newBuilder()
                  .setPacket(
                      PacketIn.newBuilder()
                          .setPayload(ByteString.copyFrom(HexFormat.of().parseHex(frames[reason])))
                          .addMetadata(metadata(p, "ingress_port", 2))
                          .addMetadata(metadata(p, "reason", reason))
                          .addMetadata(metadata(p, "timestamp", 77)))));
    }
    all.add(
        stream(
            StreamMessageResponse.newBuilder()
                .setArbitration(
                    MasterArbitrationUpdate.newBuilder()
                        .setDeviceId(1)
                        .setStatus(
                            com.google.rpc.Status.newBuilder()
                                .setCode(Code.ALREADY_EXISTS_VALUE)))));
    all.add(
        stream(
            StreamMessageResponse.newBuilder()
                .setError(StreamError.newBuilder().setCanonicalCode(3).setMessage("no"))));
    all.add(kind(1, read(p).toByteArray()));
    all.add(kind(2, GetForwardingPipelineConfigResponse.getDefaultInstance().toByteArray()));
    all.add(kind(3, refusals().toByteArray()));
    all.add(kind(4, new byte[0]));
    all.add(kind(5, new byte[0]));
    return all;
  }

  private static ReadResponse read(CompiledProgram p) {
    return ReadResponse.newBuilder()
        .addEntities(
            Entity.newBuilder()
                .setTableEntry(
                    TableEntry.newBuilder()
                        .setTableId(p.table("adjacency").getPreamble().getId())
                        .addMatch(
                            io.myelin.p4.v1.FieldMatch.newBuilder()
                                .setFieldId(1)
                                .setExact(
                                    io.myelin.p4.v1.FieldMatch.Exact.newBuilder()
                                        .setValue(ByteString.copyFrom(new byte[] {17}))))))
        .addEntities(
            Entity.newBuilder()
                .setCounterEntry(
                    CounterEntry.newBuilder()
                        .setCounterId(p.counter("egress_port_counter").getPreamble().getId())
                        .setIndex(Index.newBuilder().setIndex(3))))
        .build();
  }

  private static com.google.rpc.Status refusals() {
    return com.google.rpc.Status.newBuilder()
        .setCode(Code.UNKNOWN_VALUE)
        .addDetails(
            com.google.protobuf.Any.pack(
                io.myelin.p4.v1.Error.newBuilder()
                    .setCanonicalCode(Code.NOT_FOUND_VALUE)
                    .setMessage("none")
                    .build()))
        .build();
  }

  private static PacketMetadata metadata(CompiledProgram p, String name, int value) {
    return PacketMetadata.newBuilder()
        .setMetadataId(p.packetMetadataId("packet_in", name))
        .setValue(ByteString.copyFrom(new byte[] {(byte) value}))
        .build();
  }

  private static byte[] stream(StreamMessageResponse.Builder message) {
    return kind(0, message.build().toByteArray());
  }

  private static byte[] kind(int kind, byte[] rest) {
    return ByteBuffer.allocate(1 + rest.length).put((byte) kind).put(rest).array();
  }
}
