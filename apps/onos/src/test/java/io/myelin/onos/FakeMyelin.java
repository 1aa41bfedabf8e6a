package io.myelin.onos;

import com.google.protobuf.Any;
import com.google.rpc.Code;
import com.google.rpc.ErrorInfo;
import io.grpc.InsecureChannelCredentials;
import io.grpc.Server;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.StreamObserver;
import io.myelin.v1.CreateLeaseRequest;
import io.myelin.v1.CreateLeaseResponse;
import io.myelin.v1.Device;
import io.myelin.v1.ExplainPathRequest;
import io.myelin.v1.ExplainPathResponse;
import io.myelin.v1.Fabric;
import io.myelin.v1.FabricServiceGrpc;
import io.myelin.v1.GetFabricRequest;
import io.myelin.v1.GetFabricResponse;
import io.myelin.v1.GetLeaseRequest;
import io.myelin.v1.GetLeaseResponse;
import io.myelin.v1.Hop;
import io.myelin.v1.Lease;
import io.myelin.v1.LeaseServiceGrpc;
import io.myelin.v1.LeaseState;
import io.myelin.v1.Link;
import io.myelin.v1.LinkEstimate;
import io.myelin.v1.ListLeasesRequest;
import io.myelin.v1.ListLeasesResponse;
import io.myelin.v1.Path;
import io.myelin.v1.PathExplanation;
import io.myelin.v1.PathServiceGrpc;
import io.myelin.v1.ReleaseLeaseRequest;
import io.myelin.v1.ReleaseLeaseResponse;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.onlab.osgi.ServiceDirectory;
import org.onlab.osgi.ServiceNotFoundException;

/**
 * The application without a fabric: a gRPC API on loopback that grants up to 100 Gbit/s, and the
 * desk that asks it.
 */
public final class FakeMyelin implements MyelinService, ServiceDirectory, AutoCloseable {
  private static final long MAX_BPS = 100_000_000_000L;
  private static final int PAGE = 2;

  /** What was asked, in order. */
  public final List<CreateLeaseRequest> created = new CopyOnWriteArrayList<>();

  public final List<ExplainPathRequest> explained = new CopyOnWriteArrayList<>();

  private final Map<String, Lease> leases = new ConcurrentSkipListMap<>();
  private final Server server;
  private final LeaseDesk desk;
  private boolean configured = true;
  private String trouble = "";

  /** Starts it. */
  public FakeMyelin() throws IOException {
    server =
        NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
            .addService(new Leases())
            .addService(new Paths())
            .addService(new Fabrics())
            .build()
            .start();
    desk = new LeaseDesk("127.0.0.1", server.getPort(), InsecureChannelCredentials.create(), "");
  }

  /** From now on there is no fabric in netcfg. */
  public void unconfigured(String why) {
    configured = false;
    trouble = why;
  }

  /** What it complains of. */
  public void trouble(String what) {
    trouble = what;
  }

  @Override
  public Optional<LeaseDesk> desk() {
    return configured ? Optional.of(desk) : Optional.empty();
  }

  @Override
  public int port() {
    return server.getPort();
  }

  @Override
  public boolean serving() {
    return configured;
  }

  @Override
  public String trouble() {
    return trouble;
  }

  @Override
  public <T> T get(Class<T> service) {
    if (service == MyelinService.class) {
      return service.cast(this);
    }
    throw new ServiceNotFoundException(service + " is not there");
  }

  @Override
  public void close() {
    desk.close();
    server.shutdownNow();
  }

  private static Path path() {
    return Path.newBuilder()
        .addHops(Hop.newBuilder().setDevice("leaf1").setPort(1))
        .addHops(Hop.newBuilder().setDevice("spine1").setPort(2))
        .addHops(Hop.newBuilder().setDevice("leaf2").setPort(3))
        .setLatencyNs(1_500)
        .build();
  }

  private static <T> void answer(StreamObserver<T> to, T message) {
    to.onNext(message);
    to.onCompleted();
  }

  private static RuntimeException refused(Code code, String message, String reason) {
    return StatusProto.toStatusRuntimeException(
        com.google.rpc.Status.newBuilder()
            .setCode(code.getNumber())
            .setMessage(message)
            .addDetails(Any.pack(ErrorInfo.newBuilder().setReason(reason).build()))
            .build());
  }

  private final class Leases extends LeaseServiceGrpc.LeaseServiceImplBase {
    @Override
    public void createLease(CreateLeaseRequest request, StreamObserver<CreateLeaseResponse> to) {
      created.add(request);
      Lease asked = request.getLease();
      if (asked.getBandwidthBps() > MAX_BPS) {
        to.onError(
            refused(
                Code.RESOURCE_EXHAUSTED, "no path has the bandwidth", "INSUFFICIENT_BANDWIDTH"));
        return;
      }
      Lease.Builder lease = asked.toBuilder().addPaths(path());
      if (!request.getValidateOnly()) {
        lease
            .setName(request.getParent() + "/leases/" + request.getLeaseId())
            .setState(LeaseState.LEASE_STATE_ACTIVE);
        leases.put(lease.getName(), lease.build());
      }
      answer(to, CreateLeaseResponse.newBuilder().setLease(lease).build());
    }

    @Override
    public void getLease(GetLeaseRequest request, StreamObserver<GetLeaseResponse> to) {
      Lease lease = leases.get(request.getName());
      if (lease == null) {
        to.onError(refused(Code.NOT_FOUND, "no lease " + request.getName(), "LEASE_UNKNOWN"));
        return;
      }
      answer(to, GetLeaseResponse.newBuilder().setLease(lease).build());
    }

    @Override
    public void listLeases(ListLeasesRequest request, StreamObserver<ListLeasesResponse> to) {
      List<Lease> all = new ArrayList<>();
      for (Lease l : leases.values()) {
        boolean theirs =
            request.getParent().equals("tenants/-")
                || l.getName().startsWith(request.getParent() + "/");
        if (theirs && (request.getShowEnded() || l.getState() != LeaseState.LEASE_STATE_RELEASED)) {
          all.add(l);
        }
      }
      int from = request.getPageToken().isEmpty() ? 0 : Integer.parseInt(request.getPageToken());
      int end = Math.min(all.size(), from + PAGE);
      answer(
          to,
          ListLeasesResponse.newBuilder()
              .addAllLeases(all.subList(from, end))
              .setNextPageToken(end < all.size() ? Integer.toString(end) : "")
              .build());
    }

    @Override
    public void releaseLease(ReleaseLeaseRequest request, StreamObserver<ReleaseLeaseResponse> to) {
      Lease lease =
          leases.computeIfPresent(
              request.getName(),
              (n, l) -> l.toBuilder().setState(LeaseState.LEASE_STATE_RELEASED).build());
      if (lease == null) {
        to.onError(refused(Code.NOT_FOUND, "no lease " + request.getName(), "LEASE_UNKNOWN"));
        return;
      }
      answer(to, ReleaseLeaseResponse.newBuilder().setLease(lease).build());
    }
  }

  private final class Paths extends PathServiceGrpc.PathServiceImplBase {
    @Override
    public void explainPath(ExplainPathRequest request, StreamObserver<ExplainPathResponse> to) {
      explained.add(request);
      ExplainPathResponse.Builder answer = ExplainPathResponse.newBuilder();
      if (request.getQuery().getBandwidthBps() > MAX_BPS) {
        answer.setExplanation(
            PathExplanation.newBuilder().addLines("leaf1/1-spine1/1 has 100 Gbit/s free"));
      } else {
        answer.getPathBuilder().setPath(path());
      }
      answer(to, answer.build());
    }
  }

  private static final class Fabrics extends FabricServiceGrpc.FabricServiceImplBase {
    @Override
    public void getFabric(GetFabricRequest request, StreamObserver<GetFabricResponse> to) {
      Fabric.Builder fabric = Fabric.newBuilder().setName("small");
      fabric
          .addDevices(
              Device.newBuilder()
                  .setName("leaf1")
                  .setState(Device.State.STATE_READY)
                  .setTableEntries(7))
          .addDevices(
              Device.newBuilder()
                  .setName("spine1")
                  .setState(Device.State.STATE_DISCONNECTED)
                  .setReason("ONOS has no connection with device:spine1"));
      for (int i = 1; i <= 3; i++) {
        fabric.addLinks(
            Link.newBuilder()
                .setName("leaf1/" + i + "-spine1/" + i)
                .setCapacityBps(MAX_BPS)
                .setReservedBps(i == 2 ? MAX_BPS / 2 : 0)
                .setFreeBps(i == 2 ? MAX_BPS / 2 : MAX_BPS)
                .setUp(i != 3)
                .setLeases(i == 2 ? 1 : 0)
                .setEstimate(LinkEstimate.newBuilder().setUtilisation(i == 3 ? 0.25 : 0)));
      }
      answer(to, GetFabricResponse.newBuilder().setFabric(fabric).build());
    }
  }
}
