package io.myelin.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.Timestamp;
import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.myelin.core.state.FabricState;
import io.myelin.core.state.Lease.LeaseState;
import io.myelin.lab.FabricSpec;
import io.myelin.lab.LabFabric;
import io.myelin.lab.Leases;
import io.myelin.lab.cluster.Members;
import io.myelin.softswitch.time.RealTimeScheduler;
import io.myelin.v1.Condition;
import io.myelin.v1.ConditionType;
import io.myelin.v1.Fabric;
import io.myelin.v1.GetClusterResponse;
import io.myelin.v1.LeaseServiceGrpc;
import io.myelin.v1.Link;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Backup of a member at work, and a cluster that begins anew with it, on switches that went on. */
final class ClusterCommandTest {
  private static final FabricSpec SMALL =
      new FabricSpec(2, 2, 2, 40_000_000, 20_000, 200_000, 4096);
  private static final int LEASES = 6;

  private static Map<String, String> leases(FabricState s) {
    TreeMap<String, String> all = new TreeMap<>();
    s.leases()
        .forEach(
            (name, l) -> all.put(name.toString(), l.state() + " " + l.spec() + " " + l.path()));
    return all;
  }

  @Test
  void aBackupIsTheWholeState(@TempDir Path dir) throws IOException, InterruptedException {
    String file = dir.resolve("state.backup").toString();
    try (RealTimeScheduler scheduler = new RealTimeScheduler("fabric");
        LabFabric fabric = new LabFabric(SMALL, scheduler)) {
      Map<String, String> before;
      long epoch;
      try (Members members = new Members(fabric.inventory(), 1, dir.resolve("before"))) {
        int port = members.leader().port();
        ManagedChannel channel =
            NettyChannelBuilder.forAddress("127.0.0.1", port).usePlaintext().build();
        try {
          for (int i = 0; i < LEASES; i++) {
            var unused =
                LeaseServiceGrpc.newBlockingStub(channel)
                    .createLease(
                        Leases.request("gpu-1-1", "gpu-2-" + (1 + i % 2), 1 + i, 1_000).build());
          }
        } finally {
          channel.shutdownNow();
        }
        assertEquals(0, Main.run("cluster", "backup", "--server", "127.0.0.1:" + port, file));
        before = leases(members.leader().state());
        epoch = members.leader().leadership().epoch();
      }
      assertEquals(LEASES, before.size());
      assertTrue(before.values().stream().allMatch(l -> l.startsWith(LeaseState.ACTIVE.name())));

      String into = dir.resolve("after").resolve("n1").toString();
      assertEquals(0, Main.run("cluster", "restore", file, "--data", into));
      assertEquals(
          ErrorOutput.REFUSED,
          Main.run("cluster", "restore", file, "--data", into),
          "what is there is not overwritten");
      try (Members again = new Members(fabric.inventory(), 1, dir.resolve("after"))) {
        assertEquals(before, leases(again.leader().state()));
        assertTrue(
            again.leader().leadership().epoch() > epoch,
            "it outbids the cluster that the backup is of");
      }
    }
  }

  @Test
  void whatAFollowerDoesNotKnowIsLeftOut() {
    GetClusterResponse unknowing =
        GetClusterResponse.newBuilder().setMember("n2").setLeader("n1").setDurable(true).build();
    assertEquals("leader n1, state on disk", ClusterCommand.headline(unknowing));
    assertEquals(
        "leader n1, term 4 of epoch 9, state on disk",
        ClusterCommand.headline(unknowing.toBuilder().setTerm(4).setEpoch(9).build()));
    assertEquals(
        "leader unknown, epoch 9, state in memory",
        ClusterCommand.headline(GetClusterResponse.newBuilder().setEpoch(9).build()));
  }

  @Test
  void conditionsAreSaidOfWhateverTheyAreAbout() {
    Condition c =
        Condition.newBuilder()
            .setType(ConditionType.CONDITION_TYPE_MISCABLED)
            .setMessage("the cable is another")
            .setSince(Timestamp.newBuilder().setSeconds(1_750_000_000L))
            .build();
    assertEquals("", FabricCommand.conditions(Fabric.getDefaultInstance()));
    assertEquals(
        "\nleaf1/1>spine1/1: MISCABLED since 2025-06-15T15:06:40Z: the cable is another\n",
        FabricCommand.conditions(
            Fabric.newBuilder()
                .addLinks(Link.newBuilder().setName("leaf1/1>spine1/1").addConditions(c))
                .build()));
  }
}
