package io.myelin.softswitch.p4rt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.Status.Code;
import io.myelin.p4.config.v1.ActionProfile;
import io.myelin.p4.config.v1.P4Info;
import io.myelin.p4.v1.CapabilitiesRequest;
import io.myelin.p4.v1.ForwardingPipelineConfig;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What P4Runtime 1.5 added. Case 05 of ../shared/cases/p4. */
final class Version15Test {
  private static final String GROUP =
      "packet_replication_engine_entry { multicast_group_entry { multicast_group_id: 9 ";

  private static final String SESSION =
      "packet_replication_engine_entry { clone_session_entry { session_id: 9 ";

  private static final String BACKED_UP =
      "replicas { port: '\\001' instance: 4 backup_replicas { port: '\\003' instance: 7 }"
          + " backup_replicas { port: '\\002' instance: 5 } } replicas { port: '\\004' } } }";

  /** The conformance program, whose selector of size 12 with groups of up to 4 is changed. */
  private static Fixture running(Consumer<ActionProfile.Builder> change) {
    P4Info.Builder info = Programs.CONFORMANCE.getP4Info().toBuilder();
    info.getActionProfilesBuilderList().stream()
        .filter(p -> p.getPreamble().getAlias().equals("spread"))
        .forEach(change);
    return Fixture.running(
        ForwardingPipelineConfig.newBuilder(Programs.CONFORMANCE).setP4Info(info).build());
  }

  private static String route(String set) {
    return "table_entry { table_id: $spread_routes match { field_id: 1 exact { value: '\\001' } }"
        + " action { action_profile_action_set { "
        + set
        + " } } }";
  }

  private static String choice(int weight) {
    return "action_profile_actions { action { action_id: $drop }"
        + (weight == 0 ? "" : " weight: " + weight)
        + " } ";
  }

  @ParameterizedTest
  @ValueSource(strings = {GROUP, SESSION})
  void backupReplicasAreReadBackInOrder(String head) {
    try (Fixture f = Fixture.running(Programs.CONFORMANCE)) {
      String e = head + BACKED_UP;
      f.write(f.insert(e.replace("'\\003'", "'\\000\\003'")));
      assertEquals(List.of(f.entity(e)), f.read(head + "} }"));
      f.refused(
          Code.INVALID_ARGUMENT, f.modify(e.replace("'\\002' instance: 5", "'\\001' instance: 5")));
      f.refused(
          Code.INVALID_ARGUMENT, f.modify(e.replace("'\\002' instance: 5", "'\\003' instance: 7")));
      f.refused(Code.INVALID_ARGUMENT, f.modify(e.replace("'\\002' instance: 5", "'\\004'")));
      f.refused(Code.INVALID_ARGUMENT, f.modify(e.replace("port: '\\002'", "")));
      f.refused(Code.INVALID_ARGUMENT, f.modify(e.replace("instance: 5", "instance: 65536")));
      f.refused(Code.OUT_OF_RANGE, f.modify(e.replace("'\\002'", "'\\002\\002'")));
      assertEquals(List.of(f.entity(e)), f.read(head + "} }"), "unchanged");
    }
  }

  @Test
  void oneShotsSayHowTheyChooseAndWhatTheirSizeCounts() {
    try (Fixture f = Fixture.running(Programs.CONFORMANCE)) {
      for (String how :
          List.of(
              "",
              "action_selection_mode: RANDOM ",
              "action_selection_mode: HASH size_semantics: SUM_OF_WEIGHTS ",
              "size_semantics: SUM_OF_MEMBERS ")) {
        String e = route(choice(2) + choice(2) + how);
        f.write(f.insert(e));
        assertEquals(List.of(f.entity(e)), f.read("table_entry { table_id: $spread_routes }"));
        f.write(f.delete(e));
      }
      String heavy = choice(9) + choice(9);
      f.refused(Code.INVALID_ARGUMENT, f.insert(route(heavy)));
      f.refused(Code.INVALID_ARGUMENT, f.insert(route(heavy + "size_semantics: SUM_OF_WEIGHTS")));
      f.write(f.insert(route(heavy + "size_semantics: SUM_OF_MEMBERS")));
      f.refused(
          Code.INVALID_ARGUMENT,
          f.modify(route(choice(1).repeat(5) + "size_semantics: SUM_OF_MEMBERS")));
      f.refused(Code.UNIMPLEMENTED, f.modify(route(choice(1) + "size_semantics: 7")));
      f.refused(Code.UNIMPLEMENTED, f.modify(route(choice(1) + "action_selection_mode: 7")));
    }
  }

  @Test
  void selectorsThatCountMembersBoundTheWeightOfEach() {
    try (Fixture f = running(p -> p.getSumOfMembersBuilder().setMaxMemberWeight(20))) {
      f.write(f.insert(route(choice(20) + choice(20) + choice(1))));
      f.refused(Code.INVALID_ARGUMENT, f.modify(route(choice(21))));
      f.refused(Code.INVALID_ARGUMENT, f.modify(route(choice(1).repeat(5))));
      f.refused(
          Code.INVALID_ARGUMENT, f.modify(route(choice(5) + "size_semantics: SUM_OF_WEIGHTS")));
      f.write(f.modify(route(choice(4) + "size_semantics: SUM_OF_WEIGHTS")));
    }
  }

  @Test
  void groupsOfSelectorsThatCountMembersHoldAnyWeight() {
    try (Fixture f = running(ActionProfile.Builder::getSumOfMembersBuilder)) {
      String head = "action_profile_group { action_profile_id: $spread max_size: 4 group_id: ";
      f.write(
          f.insert(
              "action_profile_member { action_profile_id: $spread member_id: 1"
                  + " action { action_id: $drop } }"));
      for (int g = 1; g <= 12; g++) {
        f.write(f.insert(head + g + " members { member_id: 1 weight: 1000 } }"));
      }
      f.refused(
          Code.RESOURCE_EXHAUSTED, f.insert(head + "13 members { member_id: 1 weight: 1 } }"));
    }
  }

  @Test
  void weightsThatTheSwitchChoosesAreNotTaken() {
    try (Fixture f = running(p -> p.setWeightsDisallowed(true))) {
      String e = route(choice(0) + choice(0));
      f.write(f.insert(e));
      assertEquals(List.of(f.entity(e)), f.read("table_entry { table_id: $spread_routes }"));
      String m = f.refused(Code.INVALID_ARGUMENT, f.modify(route(choice(1))));
      assertTrue(m.contains("disallows weights"), m);
    }
  }

  @Test
  void capabilitiesAreThoseOfADevice() {
    try (Fixture f = new Fixture()) {
      CapabilitiesRequest.Builder r = CapabilitiesRequest.newBuilder();
      for (long device : new long[] {0, Fixture.DEVICE}) {
        assertEquals(
            "1.5.0", f.rpc.capabilities(r.setDeviceId(device).build()).getP4RuntimeApiVersion());
      }
      r.setDeviceId(99);
      assertEquals(
          Code.NOT_FOUND,
          Fixture.failure(
                  () -> {
                    var unused = f.rpc.capabilities(r.build());
                  })
              .getCode());
    }
  }
}
