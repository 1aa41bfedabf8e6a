package io.myelin.node.southbound;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.Attributes;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.ServerTransportFilter;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import io.myelin.core.model.Device;
import io.myelin.core.model.DeviceId;
import io.myelin.core.model.U128;
import io.myelin.core.pipeline.Entry;
import io.myelin.core.pipeline.EntryKey;
import io.myelin.core.pipeline.PuntReason;
import io.myelin.core.pipeline.myelin.MyelinPipeline;
import io.myelin.core.port.Southbound;
import io.myelin.node.control.ManualExecutor;
import io.myelin.p4.v1.GetForwardingPipelineConfigRequest;
import io.myelin.p4.v1.GetForwardingPipelineConfigResponse;
import io.myelin.p4.v1.P4RuntimeGrpc;
import io.myelin.p4.v1.ReadRequest;
import io.myelin.p4.v1.ReadResponse;
import io.myelin.p4.v1.StreamMessageRequest;
import io.myelin.p4.v1.StreamMessageResponse;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Connections outlive sessions. */
final class SwitchChannelsTest {
  private static final long PATIENCE_S = 30;
  private static final String OPEN = "connection opened";
  private static final String CLOSED = "connection closed";
  private static final String ENDED = "stream ended";
  private static final String PROBED = "asked for its pipeline";

  private final CompiledProgram pipeline = CompiledProgram.of(MyelinPipeline.INSTANCE);
  private final SwitchChannels channels =
      new SwitchChannels(d -> InsecureChannelCredentials.create());

  /** What happens at the switch, in its order. */
  private final BlockingQueue<String> seen = new LinkedBlockingQueue<>();

  private final Server server =
      NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
          .addService(new Switch())
          .addTransportFilter(
              new ServerTransportFilter() {
                @Override
                public Attributes transportReady(Attributes a) {
                  seen.add(OPEN);
                  return a;
                }

                @Override
                public void transportTerminated(Attributes a) {
                  seen.add(CLOSED);
                }
              })
          .build();

  /** Gives mastership to whoever asks. */
  private final class Switch extends P4RuntimeGrpc.P4RuntimeImplBase {
    @Override
    public StreamObserver<StreamMessageRequest> streamChannel(
        StreamObserver<StreamMessageResponse> out) {
      return new StreamObserver<>() {
        @Override
        public void onNext(StreamMessageRequest m) {
          out.onNext(StreamMessageResponse.newBuilder().setArbitration(m.getArbitration()).build());
        }

        @Override
        public void onError(Throwable t) {
          seen.add(ENDED);
        }

        @Override
        public void onCompleted() {
          seen.add(ENDED);
        }
      };
    }

    @Override
    public void getForwardingPipelineConfig(
        GetForwardingPipelineConfigRequest request,
        StreamObserver<GetForwardingPipelineConfigResponse> out) {
      seen.add(PROBED);
      out.onNext(Answers.running(pipeline));
      out.onCompleted();
    }

    @Override
    public void read(ReadRequest request, StreamObserver<ReadResponse> out) {
      out.onCompleted();
    }
  }

  @BeforeEach
  void start() throws IOException {
    server.start();
  }

  @AfterEach
  void stop() {
    channels.close();
    server.shutdownNow();
  }

  private Device device(String name, String address) {
    return new Device(new DeviceId(name), Device.Role.LEAF, address, 1, "", "");
  }

  private Device leaf() {
    return device("leaf1", "127.0.0.1:" + server.getPort());
  }

  private void saw(String what) throws InterruptedException {
    assertEquals(what, seen.poll(PATIENCE_S, TimeUnit.SECONDS));
  }

  /** As one leadership after the other does. */
  private void session(long electionId) throws InterruptedException {
    BlockingQueue<String> told = new LinkedBlockingQueue<>();
    try (P4RuntimeSouthbound southbound =
        new P4RuntimeSouthbound(
            pipeline,
            new Claim(U128.of(electionId), Claim.Takeover.REFUSED),
            new ManualExecutor().guarded(),
            channels)) {
      southbound.connect(leaf(), listener(told));
      assertEquals("ready", told.poll(PATIENCE_S, TimeUnit.SECONDS));
    }
  }

  private static Southbound.Listener listener(BlockingQueue<String> told) {
    return new Southbound.Listener() {
      @Override
      public void ready(DeviceId device) {
        told.add("ready");
      }

      @Override
      public int strangers(DeviceId device, Map<EntryKey, Entry> tables) {
        return 0;
      }

      @Override
      public void outbid(DeviceId device, U128 heard) {}

      @Override
      public void doubtful(DeviceId device, String why) {}

      @Override
      public void lost(DeviceId device, String why) {
        told.add(why);
      }

      @Override
      public void packetIn(
          DeviceId device, int ingressPort, PuntReason reason, long switchTimeUs, byte[] frame) {}
    };
  }

  /**
   * A switch leaves the inventory and is back before its session has ended: whoever keeps
   * connections has dropped the one that the session has.
   */
  @Test
  void aSessionWhoseConnectionWasDroppedGetsAnother() throws InterruptedException {
    BlockingQueue<String> told = new LinkedBlockingQueue<>();
    ManualExecutor timer = new ManualExecutor();
    try (P4RuntimeSouthbound southbound =
        new P4RuntimeSouthbound(
            pipeline, new Claim(U128.of(1), Claim.Takeover.REFUSED), timer.guarded(), channels)) {
      southbound.connect(leaf(), listener(told));
      assertEquals("ready", told.poll(PATIENCE_S, TimeUnit.SECONDS));
      channels.keep(List::of);
      channels.keep(() -> List.of(leaf()));
      String why = String.valueOf(told.poll(PATIENCE_S, TimeUnit.SECONDS));
      assertTrue(why.startsWith("UNAVAILABLE"), why);
      long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_S);
      while (!"ready".equals(why) && System.nanoTime() < until) {
        timer.advanceMs(60_000); // the longest pause before another attempt
        why = String.valueOf(told.poll(20, TimeUnit.MILLISECONDS));
      }
      assertEquals("ready", why);
    }
  }

  @Test
  void sessionsFollowEachOtherOnOneConnection() throws InterruptedException {
    channels.keep(() -> List.of(leaf()));
    saw(OPEN);
    for (int i = 1; i <= 2; i++) {
      session(i);
      saw(PROBED);
      saw(ENDED);
    }
    assertNull(seen.poll(), "one connection for both, and it stays");
  }

  @Test
  void whatIsNotInTheInventoryIsLetGo() throws InterruptedException {
    channels.keep(() -> List.of(leaf()));
    saw(OPEN);
    channels.keep(List::of);
    saw(CLOSED);
  }

  @Test
  void aSwitchAtAnotherAddressIsAnotherSwitch() {
    ManagedChannel here = channels.to(device("leaf1", "127.0.0.1:1"));
    assertSame(here, channels.to(device("leaf1", "127.0.0.1:1")));
    ManagedChannel there = channels.to(device("leaf1", "127.0.0.1:2"));
    assertTrue(here.isShutdown());
    assertSame(there, channels.to(device("leaf1", "127.0.0.1:2")));
  }

  @Test
  void practiceReadsAndWritesNothing() throws Exception {
    channels.rehearse(leaf(), pipeline).get(PATIENCE_S, TimeUnit.SECONDS);
    saw(OPEN);
    channels.probe(leaf());
    saw(PROBED);
    assertNull(seen.poll());
  }
}
