package io.myelin.node.northbound;

import com.google.protobuf.ByteString;
import com.google.rpc.Code;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.myelin.core.port.Leadership;
import io.myelin.core.port.StateLog;
import io.myelin.node.northbound.error.ApiErrors;
import io.myelin.v1.BackupRequest;
import io.myelin.v1.BackupResponse;
import io.myelin.v1.ClusterMember;
import io.myelin.v1.ClusterServiceGrpc;
import io.myelin.v1.GetClusterRequest;
import io.myelin.v1.GetClusterResponse;
import io.myelin.v1.MemberRole;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import java.util.Map;

/** {@code ClusterService}: every member for itself. */
final class ClusterApi extends ClusterServiceGrpc.ClusterServiceImplBase {
  private static final int PIECE_BYTES = 256 << 10;

  private final StateLog stateLog;
  private final ClusterFacts facts;
  private final Conditions conditions;

  ClusterApi(StateLog stateLog, ClusterFacts facts, Conditions conditions) {
    this.conditions = conditions;
    this.stateLog = stateLog;
    this.facts = facts;
  }

  @Override
  public void getCluster(GetClusterRequest m, StreamObserver<GetClusterResponse> out) {
    Calls.respond(
        out,
        () -> {
          Leadership now = stateLog.leadership();
          StateLog.Progress p = stateLog.progress();
          return GetClusterResponse.newBuilder()
              .setMember(facts.member())
              .setRole(role(now.role()))
              .setLeader(now.leader())
              .setEpoch(now.epoch())
              .setTerm(now.term())
              .setAppliedIndex(p.index())
              .setBehindMs(p.behindMs())
              .setLogTime(Protos.timestamp(p.timeMs()))
              .setServing(facts.serving())
              .setTrouble(facts.trouble())
              .setDurable(facts.durable())
              .setClockTime(Protos.timestamp(facts.clockMs()))
              .setWebUrl(facts.webUrl())
              .addAllMembers(members())
              .addAllConditions(conditions.look().summary())
              .build();
        });
  }

  private List<ClusterMember> members() {
    return facts.members().entrySet().stream()
        .map(
            e ->
                ClusterMember.newBuilder()
                    .setId(e.getKey())
                    .setRaftAddress(e.getValue().raft())
                    .setApiAddress(e.getValue().api())
                    .build())
        .toList();
  }

  private static MemberRole role(Leadership.Role role) {
    return switch (role) {
      case LEADER -> MemberRole.MEMBER_ROLE_LEADER;
      case FOLLOWER -> MemberRole.MEMBER_ROLE_FOLLOWER;
      case STOPPED -> MemberRole.MEMBER_ROLE_STOPPED;
    };
  }

  @Override
  public void backup(BackupRequest m, StreamObserver<BackupResponse> out) {
    ServerCallStreamObserver<BackupResponse> to = (ServerCallStreamObserver<BackupResponse>) out;
    try (Pieces pieces = new Pieces(to)) {
      facts.backup(pieces);
    } catch (IOException e) {
      if (!to.isCancelled()) {
        out.onError(
            ApiErrors.of(
                Code.INTERNAL,
                "BACKUP_FAILED",
                "the state could not be written: " + e.getMessage(),
                Map.of()));
      }
      return;
    }
    out.onCompleted();
  }

  /** A stream of bytes as messages; waits for a client that is slow. */
  private static final class Pieces extends OutputStream {
    private static final long LOOK_MS = 20;

    private final ServerCallStreamObserver<BackupResponse> out;
    private final byte[] buffer = new byte[PIECE_BYTES];
    private int filled;

    Pieces(ServerCallStreamObserver<BackupResponse> out) {
      this.out = out;
    }

    @Override
    public void write(int b) throws IOException {
      if (filled == buffer.length) {
        send();
      }
      buffer[filled++] = (byte) b;
    }

    @Override
    public void close() throws IOException {
      send();
    }

    private void send() throws IOException {
      if (filled == 0) {
        return;
      }
      while (!out.isReady()) {
        if (out.isCancelled()) {
          throw new IOException("the client went away");
        }
        try {
          Thread.sleep(LOOK_MS);
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          throw new IOException("interrupted", e);
        }
      }
      out.onNext(
          BackupResponse.newBuilder().setData(ByteString.copyFrom(buffer, 0, filled)).build());
      filled = 0;
    }
  }
}
