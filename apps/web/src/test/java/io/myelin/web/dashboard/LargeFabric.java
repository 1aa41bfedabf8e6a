package io.myelin.web.dashboard;

import io.grpc.ServerServiceDefinition;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.myelin.core.port.StateLog;
import io.myelin.node.DoorContext;
import io.myelin.node.WebDoor;
import io.myelin.node.WebOptions;
import io.myelin.node.northbound.ControlledFabric;
import io.myelin.node.observe.EventRelay;
import io.myelin.v1.AccessServiceGrpc;
import io.myelin.v1.ClusterServiceGrpc;
import io.myelin.v1.Device;
import io.myelin.v1.Endpoint;
import io.myelin.v1.Fabric;
import io.myelin.v1.FabricServiceGrpc;
import io.myelin.v1.GetCallerRequest;
import io.myelin.v1.GetCallerResponse;
import io.myelin.v1.GetFabricRequest;
import io.myelin.v1.GetFabricResponse;
import io.myelin.v1.LeaseServiceGrpc;
import io.myelin.v1.Link;
import io.myelin.v1.LinkEstimate;
import io.myelin.v1.WatchFabricRequest;
import io.myelin.v1.WatchFabricResponse;
import io.myelin.v1.WatchLeasesRequest;
import io.myelin.v1.WatchLeasesResponse;
import io.myelin.web.WebServerFactory;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * A web door in front of a made-up fabric: {@value #LEAVES} leaves and {@value #SPINES} spines,
 * each leaf with {@value #UPLINKS} cables, and changes of {@value #CHANGES} links every {@value
 * #EVERY_MS} ms.
 */
final class LargeFabric implements AutoCloseable {
  static final int LEAVES = 936;
  static final int SPINES = 64;
  static final int UPLINKS = 16;
  private static final int HOSTS = 24;
  private static final int CHANGES = 200;
  private static final int EVERY_MS = 100;
  private static final long RATE_BPS = 400_000_000_000L;
  private static final int HOT_ONE_IN = 400;
  private static final int DOWN_ONE_IN = 2_000;
  private static final long SEED = 1;

  private final Random random = new Random(SEED);
  private final List<Device> devices = new ArrayList<>();
  private final List<Link> links = new ArrayList<>();
  private final List<Endpoint> endpoints = new ArrayList<>();
  private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor();
  private final ExecutorService workers = Executors.newCachedThreadPool();
  private final WebDoor door;

  LargeFabric() throws IOException {
    for (int i = 1; i <= LEAVES; i++) {
      devices.add(device("leaf" + i, "leaf"));
    }
    for (int i = 1; i <= SPINES; i++) {
      devices.add(device("spine" + i, "spine"));
    }
    for (int leaf = 1; leaf <= LEAVES; leaf++) {
      for (int port = 1; port <= UPLINKS; port++) {
        int spine = (leaf * UPLINKS + port) % SPINES + 1;
        String up = "leaf" + leaf + "/" + port;
        String down = "spine" + spine + "/" + leaf;
        links.add(link(up, down));
        links.add(link(down, up));
      }
    }
    for (int i = 1; i <= HOSTS; i++) {
      String port = "leaf" + i + "/100";
      endpoints.add(
          Endpoint.newBuilder()
              .setName("gpu-" + i)
              .setDevice("leaf" + i)
              .setPort(100)
              .setTenant("blue")
              .build());
      links.add(link("gpu-" + i, port));
      links.add(link(port, "gpu-" + i));
    }
    InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    List<ServerServiceDefinition> services =
        List.of(
            new Access().bindService(),
            new Fabrics().bindService(),
            new Leases().bindService(),
            new ClusterServiceGrpc.ClusterServiceImplBase() {}.bindService());
    door =
        new WebServerFactory()
            .open(
                WebOptions.at(any),
                new DoorContext(
                    services,
                    workers,
                    null,
                    silent(StateLog.class),
                    silent(ControlledFabric.class),
                    null,
                    null,
                    new EventRelay(),
                    null,
                    null));
  }

  /** Answers nothing: nobody asks for metrics here. */
  private static <T> T silent(Class<T> type) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(), new Class<?>[] {type}, (self, method, arguments) -> null));
  }

  private static Device device(String name, String role) {
    return Device.newBuilder()
        .setName(name)
        .setRole(role)
        .setRegion("lab")
        .setState(Device.State.STATE_READY)
        .setTableEntries(132)
        .build();
  }

  private Link link(String from, String to) {
    return Link.newBuilder()
        .setName(from + ">" + to)
        .setFrom(from)
        .setTo(to)
        .setCapacityBps(RATE_BPS)
        .setLatencyNs(500)
        .setFreeBps(RATE_BPS)
        .setUp(true)
        .setDiscovered(true)
        .setMeasuredLatencyNs(510)
        .setEstimate(estimate())
        .build();
  }

  private LinkEstimate estimate() {
    double u = random.nextDouble();
    return LinkEstimate.newBuilder()
        .setUtilisation(random.nextInt(HOT_ONE_IN) == 0 ? 0.7 + 0.4 * u : 0.3 * u * u)
        .setConfidence(1)
        .setAgeMs(20)
        .build();
  }

  String url() {
    return door.url();
  }

  int linkCount() {
    return links.size();
  }

  private static final class Access extends AccessServiceGrpc.AccessServiceImplBase {
    @Override
    public void getCaller(GetCallerRequest m, StreamObserver<GetCallerResponse> out) {
      out.onNext(
          GetCallerResponse.newBuilder()
              .setName("local")
              .setRole("viewer")
              .addMethods("myelin.v1.FabricService/WatchFabric")
              .addMethods("myelin.v1.LeaseService/WatchLeases")
              .build());
      out.onCompleted();
    }
  }

  private final class Fabrics extends FabricServiceGrpc.FabricServiceImplBase {
    @Override
    public void getFabric(GetFabricRequest m, StreamObserver<GetFabricResponse> out) {
      Fabric.Builder b = Fabric.newBuilder().setName("large").addAllDevices(devices);
      synchronized (links) {
        b.addAllLinks(links);
      }
      out.onNext(GetFabricResponse.newBuilder().setFabric(b.addAllEndpoints(endpoints)).build());
      out.onCompleted();
    }

    /** The snapshot, as fast as it is taken; then changes. */
    @Override
    public void watchFabric(WatchFabricRequest m, StreamObserver<WatchFabricResponse> out) {
      ServerCallStreamObserver<WatchFabricResponse> client =
          (ServerCallStreamObserver<WatchFabricResponse>) out;
      int snapshot = devices.size() + links.size() + endpoints.size() + 1;
      int[] sent = {0};
      client.setOnReadyHandler(
          () -> {
            while (client.isReady() && sent[0] < snapshot) {
              client.onNext(ofSnapshot(sent[0]));
              sent[0]++;
            }
          });
      clock.scheduleAtFixedRate(
          () -> {
            if (client.isCancelled() || sent[0] < snapshot) {
              return;
            }
            for (int i = 0; i < CHANGES; i++) {
              synchronized (links) {
                int n = random.nextInt(links.size());
                Link changed =
                    links.get(n).toBuilder()
                        .setUp(random.nextInt(DOWN_ONE_IN) > 0)
                        .setEstimate(estimate())
                        .build();
                links.set(n, changed);
                client.onNext(
                    WatchFabricResponse.newBuilder()
                        .setType(WatchFabricResponse.Type.TYPE_LINK)
                        .setLink(changed)
                        .build());
              }
            }
          },
          EVERY_MS,
          EVERY_MS,
          TimeUnit.MILLISECONDS);
    }
  }

  /** Switches, links, endpoints, the end. */
  private WatchFabricResponse ofSnapshot(int n) {
    WatchFabricResponse.Builder b = WatchFabricResponse.newBuilder();
    int link = n - devices.size();
    int endpoint = link - links.size();
    if (link < 0) {
      b.setType(WatchFabricResponse.Type.TYPE_DEVICE).setDevice(devices.get(n));
    } else if (endpoint < 0) {
      synchronized (links) {
        b.setType(WatchFabricResponse.Type.TYPE_LINK).setLink(links.get(link));
      }
    } else if (endpoint < endpoints.size()) {
      b.setType(WatchFabricResponse.Type.TYPE_ENDPOINT).setEndpoint(endpoints.get(endpoint));
    } else {
      b.setType(WatchFabricResponse.Type.TYPE_SYNCED);
    }
    return b.setResumeToken(String.valueOf(n)).build();
  }

  private static final class Leases extends LeaseServiceGrpc.LeaseServiceImplBase {
    @Override
    public void watchLeases(WatchLeasesRequest m, StreamObserver<WatchLeasesResponse> out) {
      out.onNext(
          WatchLeasesResponse.newBuilder()
              .setType(WatchLeasesResponse.Type.TYPE_SYNCED)
              .setResumeToken("1")
              .build());
    }
  }

  @Override
  public void close() {
    clock.shutdownNow();
    door.close();
    workers.shutdownNow();
  }
}
