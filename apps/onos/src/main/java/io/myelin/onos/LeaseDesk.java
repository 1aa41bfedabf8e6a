package io.myelin.onos;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.MessageOrBuilder;
import com.google.protobuf.util.JsonFormat;
import com.google.rpc.BadRequest;
import com.google.rpc.Code;
import com.google.rpc.ErrorInfo;
import com.google.rpc.RetryInfo;
import io.grpc.Channel;
import io.grpc.ChannelCredentials;
import io.grpc.ClientInterceptors;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.MetadataUtils;
import io.myelin.core.access.Caller;
import io.myelin.core.access.Grant;
import io.myelin.core.access.Role;
import io.myelin.node.northbound.access.Authentication;
import io.myelin.v1.CreateLeaseRequest;
import io.myelin.v1.ExplainPathRequest;
import io.myelin.v1.FabricServiceGrpc;
import io.myelin.v1.GetFabricRequest;
import io.myelin.v1.GetLeaseRequest;
import io.myelin.v1.LeaseServiceGrpc;
import io.myelin.v1.ListLeasesRequest;
import io.myelin.v1.ListLeasesResponse;
import io.myelin.v1.PathExplanation;
import io.myelin.v1.PathServiceGrpc;
import io.myelin.v1.ReleaseLeaseRequest;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * The gRPC API in JSON, for ONOS's command line and REST: the same requests, the same answers, the
 * same refusals, by the JSON mapping of protobuf. Callers need neither gRPC nor protobuf.
 */
public final class LeaseDesk implements AutoCloseable {
  private static final long DEADLINE_S = 30;
  private static final int PAGE = 1000;

  private static final JsonFormat.TypeRegistry DETAILS =
      JsonFormat.TypeRegistry.newBuilder()
          .add(ErrorInfo.getDescriptor())
          .add(BadRequest.getDescriptor())
          .add(RetryInfo.getDescriptor())
          .add(PathExplanation.getDescriptor())
          .build();

  private final ManagedChannel connection;
  private final Channel channel;

  /** A refusal: what the API said. */
  public static final class Refused extends RuntimeException {
    private static final long serialVersionUID = 1;
    private final int httpStatus;
    private final String json;

    Refused(int httpStatus, String message, String json) {
      super(message);
      this.httpStatus = httpStatus;
      this.json = json;
    }

    /** The HTTP status that Google's APIs give this code. */
    public int httpStatus() {
      return httpStatus;
    }

    /** A google.rpc.Status with all details. */
    public String json() {
      return json;
    }
  }

  /**
   * @param port of the gRPC API of this node
   * @param authority name that the node's certificate must bear; empty: the host
   */
  LeaseDesk(String host, int port, ChannelCredentials credentials, String authority) {
    NettyChannelBuilder b = NettyChannelBuilder.forAddress(host, port, credentials);
    connection = (authority.isEmpty() ? b : b.overrideAuthority(authority)).build();
    channel = connection;
  }

  private LeaseDesk(ManagedChannel connection, Channel channel) {
    this.connection = connection;
    this.channel = channel;
  }

  /**
   * The same desk for somebody: what it is asked is done in this name.
   *
   * @param user whom ONOS has let in, with the rights of an administrator
   */
  public LeaseDesk as(String user) {
    Metadata who = new Metadata();
    Authentication.passOn(new Caller("onos:" + user, new Grant(Role.ADMIN, null)), who);
    return new LeaseDesk(
        connection,
        ClientInterceptors.intercept(connection, MetadataUtils.newAttachHeadersInterceptor(who)));
  }

  private LeaseServiceGrpc.LeaseServiceBlockingStub leases() {
    return LeaseServiceGrpc.newBlockingStub(channel)
        .withDeadlineAfter(DEADLINE_S, TimeUnit.SECONDS);
  }

  /**
   * The leases of a tenant.
   *
   * @param tenant -: all tenants
   * @param ended also those that ended
   * @return a ListLeasesResponse with all pages
   */
  public String list(String tenant, boolean ended) {
    return call(
        c -> {
          ListLeasesResponse.Builder all = ListLeasesResponse.newBuilder();
          String token = "";
          do {
            ListLeasesResponse page =
                leases()
                    .listLeases(
                        ListLeasesRequest.newBuilder()
                            .setParent("tenants/" + tenant)
                            .setShowEnded(ended)
                            .setPageSize(PAGE)
                            .setPageToken(token)
                            .build());
            all.addAllLeases(page.getLeasesList());
            token = page.getNextPageToken();
          } while (!token.isEmpty());
          return all.build();
        });
  }

  /** One lease: its name is {@code tenants/T/leases/L}. */
  public String get(String name) {
    return call(
        c -> leases().getLease(GetLeaseRequest.newBuilder().setName(name).build()).getLease());
  }

  /**
   * Asks for a lease.
   *
   * @param json a CreateLeaseRequest; without request_id it gets one
   * @return the lease
   */
  public String create(String json) {
    CreateLeaseRequest.Builder request = CreateLeaseRequest.newBuilder();
    merge(json, request);
    if (request.getRequestId().isEmpty()) {
      request.setRequestId(UUID.randomUUID().toString());
    }
    return call(c -> leases().createLease(request.build()).getLease());
  }

  /** Gives a lease back. */
  public String release(String name) {
    ReleaseLeaseRequest request =
        ReleaseLeaseRequest.newBuilder()
            .setName(name)
            .setRequestId(UUID.randomUUID().toString())
            .build();
    return call(c -> leases().releaseLease(request).getLease());
  }

  /**
   * Why a path is as it is, or why there is none.
   *
   * @param json an ExplainPathRequest
   * @return an ExplainPathResponse
   */
  public String explain(String json) {
    ExplainPathRequest.Builder request = ExplainPathRequest.newBuilder();
    merge(json, request);
    return call(
        c ->
            PathServiceGrpc.newBlockingStub(c)
                .withDeadlineAfter(DEADLINE_S, TimeUnit.SECONDS)
                .explainPath(request.build()));
  }

  /** Topology and utilisation. */
  public String fabric() {
    return call(
        c ->
            FabricServiceGrpc.newBlockingStub(c)
                .withDeadlineAfter(DEADLINE_S, TimeUnit.SECONDS)
                .getFabric(GetFabricRequest.getDefaultInstance())
                .getFabric());
  }

  private String call(Function<Channel, Message> call) {
    try {
      return print(call.apply(channel));
    } catch (StatusRuntimeException e) {
      com.google.rpc.Status status = StatusProto.fromThrowable(e);
      if (status == null) {
        status =
            com.google.rpc.Status.newBuilder()
                .setCode(e.getStatus().getCode().value())
                .setMessage(String.valueOf(e.getStatus().getDescription()))
                .build();
      }
      throw new Refused(httpStatus(status.getCode()), status.getMessage(), print(status));
    }
  }

  private static void merge(String json, Message.Builder into) {
    try {
      JsonFormat.parser().merge(json, into);
    } catch (InvalidProtocolBufferException e) {
      com.google.rpc.Status status =
          com.google.rpc.Status.newBuilder()
              .setCode(Code.INVALID_ARGUMENT_VALUE)
              .setMessage(
                  "not a " + into.getDescriptorForType().getName() + " in JSON: " + e.getMessage())
              .build();
      throw new Refused(httpStatus(status.getCode()), status.getMessage(), print(status));
    }
  }

  private static String print(MessageOrBuilder message) {
    try {
      return JsonFormat.printer().usingTypeRegistry(DETAILS).print(message);
    } catch (InvalidProtocolBufferException e) {
      // A detail of a type that is not in the registry: the rest still says what happened.
      return message instanceof com.google.rpc.Status s && s.getDetailsCount() > 0
          ? print(s.toBuilder().clearDetails())
          : "{}";
    }
  }

  /** As google/rpc/code.proto maps codes to HTTP. */
  private static int httpStatus(int code) {
    return switch (code) {
      case Code.INVALID_ARGUMENT_VALUE, Code.FAILED_PRECONDITION_VALUE, Code.OUT_OF_RANGE_VALUE ->
          400;
      case Code.UNAUTHENTICATED_VALUE -> 401;
      case Code.PERMISSION_DENIED_VALUE -> 403;
      case Code.NOT_FOUND_VALUE -> 404;
      case Code.ALREADY_EXISTS_VALUE, Code.ABORTED_VALUE -> 409;
      case Code.RESOURCE_EXHAUSTED_VALUE -> 429;
      case Code.UNIMPLEMENTED_VALUE -> 501;
      case Code.UNAVAILABLE_VALUE -> 503;
      case Code.DEADLINE_EXCEEDED_VALUE -> 504;
      default -> 500;
    };
  }

  @Override
  public void close() {
    connection.shutdownNow();
  }
}
