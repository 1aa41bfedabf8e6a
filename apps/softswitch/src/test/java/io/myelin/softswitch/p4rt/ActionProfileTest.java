package io.myelin.softswitch.p4rt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.Status.Code;
import io.myelin.p4.v1.WriteRequest;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ActionProfileTest {
  private final Fixture f = Fixture.running(Programs.CONFORMANCE);

  @AfterEach
  void close() {
    f.close();
  }

  private static String member(int id, int port) {
    return "action_profile_member { action_profile_id: $spread member_id: "
        + id
        + " action { action_id: $out_of params { param_id: 1 value: '\\00"
        + port
        + "' } } }";
  }

  private static String group(int id, String members) {
    return "action_profile_group { action_profile_id: $spread group_id: "
        + id
        + " max_size: 4 "
        + members
        + " }";
  }

  private static String members(int... ids) {
    StringBuilder out = new StringBuilder();
    for (int id : ids) {
      out.append("members { member_id: ").append(id).append(" weight: 1 } ");
    }
    return out.toString();
  }

  private static String route(int dst, String action) {
    return "table_entry { table_id: $spread_routes match { field_id: 1 exact { value: '\\00"
        + dst
        + "' } } action { "
        + action
        + " } }";
  }

  private static String set(String weights) {
    return "action_profile_action_set { " + weights + " }";
  }

  private static String choice(int port, int weight) {
    return "action_profile_actions { action { action_id: $out_of params { param_id: 1 value: '\\00"
        + port
        + "' } } weight: "
        + weight
        + " watch_port: '\\00"
        + port
        + "' } ";
  }

  @Test
  void membersAreInsertedModifiedDeletedAndRead() {
    String m = member(1, 1);
    f.write(f.insert(m), f.insert(member(2, 2)));
    f.refused(Code.ALREADY_EXISTS, f.insert(m));
    f.write(f.modify(member(1, 3)));
    assertEquals(
        List.of(f.entity(member(1, 3)), f.entity(member(2, 2))),
        f.read("action_profile_member {}"));
    assertEquals(
        List.of(f.entity(member(2, 2))),
        f.read("action_profile_member { action_profile_id: $spread member_id: 2 }"));
    f.write(f.delete(m));
    f.refused(Code.NOT_FOUND, f.delete(m));
    f.refused(Code.NOT_FOUND, f.modify(m));
    f.refused(Code.INVALID_ARGUMENT, f.insert(member(0, 1)));
    f.refused(
        Code.INVALID_ARGUMENT,
        f.insert("action_profile_member { action_profile_id: $spread member_id: 9 }"));
    f.refused(Code.INVALID_ARGUMENT, f.insert("action_profile_member { action_profile_id: 5 }"));
  }

  @Test
  void groupsAreInsertedModifiedDeletedAndRead() {
    f.write(f.insert(member(1, 1)), f.insert(member(2, 2)));
    String g = group(1, members(1, 2));
    f.write(f.insert(g));
    f.refused(Code.ALREADY_EXISTS, f.insert(g));
    f.write(f.modify(group(1, members(2))));
    assertEquals(List.of(f.entity(group(1, members(2)))), f.read("action_profile_group {}"));
    assertEquals(
        List.of(), f.read("action_profile_group { action_profile_id: $spread group_id: 8 }"));
    f.refused(Code.FAILED_PRECONDITION, f.delete(member(2, 2)));
    f.write(f.delete(member(1, 1)));
    f.write(f.delete(g));
    f.write(f.delete(member(2, 2)));
    f.refused(Code.NOT_FOUND, f.delete(g));
    f.refused(Code.NOT_FOUND, f.modify(g));
    f.write(f.insert(group(3, "")));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "members { member_id: 1 weight: 0 } | INVALID_ARGUMENT | valid: 1 or more",
        "members { member_id: 1 weight: -1 } | INVALID_ARGUMENT | valid: 1 or more",
        "members { member_id: 1 weight: 5 } | RESOURCE_EXHAUSTED | above max_size 4",
        "members { member_id: 9 weight: 1 } | NOT_FOUND | does not exist",
        "members { member_id: 1 weight: 1 } members { member_id: 1 weight: 1 } | INVALID_ARGUMENT |"
            + " use its weight",
        "members { member_id: 1 weight: 1 watch_port: '\\2\\0' } | OUT_OF_RANGE | watch_port"
      })
  void groupRules(String members, String code, String message) {
    f.write(f.insert(member(1, 1)));
    String m = f.refused(Code.valueOf(code), f.insert(group(1, members)));
    assertTrue(m.contains(message), m);
  }

  @Test
  void maxSizeIsBoundAndFixed() {
    f.refused(Code.INVALID_ARGUMENT, f.insert(group(1, "").replace("max_size: 4", "")));
    f.refused(Code.INVALID_ARGUMENT, f.insert(group(1, "").replace("max_size: 4", "max_size: 5")));
    f.write(f.insert(group(1, "")));
    f.refused(Code.INVALID_ARGUMENT, f.modify(group(1, "").replace("max_size: 4", "max_size: 3")));
  }

  @Test
  void selectorHoldsTheSumOfItsWeights() {
    f.write(f.insert(member(1, 1)));
    for (int g = 1; g <= 3; g++) {
      f.write(f.insert(group(g, "members { member_id: 1 weight: 4 }")));
    }
    f.refused(Code.RESOURCE_EXHAUSTED, f.insert(group(4, members(1))));
    f.write(f.modify(group(3, "members { member_id: 1 weight: 3 }")));
    f.write(f.insert(group(4, members(1))));
  }

  @Test
  void entriesReferToMembersAndGroups() {
    f.refused(Code.NOT_FOUND, f.insert(route(1, "action_profile_member_id: 1")));
    f.refused(Code.NOT_FOUND, f.insert(route(1, "action_profile_group_id: 1")));
    f.refused(Code.INVALID_ARGUMENT, f.insert(route(1, "action { action_id: $drop }")));
    f.write(f.insert(member(1, 1)), f.insert(member(2, 2)));
    f.write(f.insert(group(1, members(1))));
    f.write(
        f.insert(route(1, "action_profile_member_id: 2")),
        f.insert(route(2, "action_profile_group_id: 1")));
    assertEquals(
        List.of(
            f.entity(route(1, "action_profile_member_id: 2")),
            f.entity(route(2, "action_profile_group_id: 1"))),
        f.read("table_entry { table_id: $spread_routes }"));
    f.refused(Code.FAILED_PRECONDITION, f.delete(member(2, 2)));
    f.refused(Code.FAILED_PRECONDITION, f.delete(group(1, "")));
    f.write(f.modify(route(1, "action_profile_group_id: 1")));
    f.write(f.delete(member(2, 2)));
  }

  @Test
  void oneShotsAreReadBackAsWritten() {
    String e = route(1, set(choice(1, 1) + choice(2, 2) + choice(1, 1)));
    f.write(f.insert(e));
    assertEquals(List.of(f.entity(e)), f.read("table_entry { table_id: $spread_routes }"));
    assertEquals(List.of(), f.read("action_profile_member {}"));
    f.write(f.modify(route(1, set(choice(3, 4)))));
    f.write(f.delete(e));
    f.write(f.insert(member(1, 1)));
  }

  @Test
  void oneShotRules() {
    f.refused(Code.INVALID_ARGUMENT, f.insert(route(1, set(choice(1, 0)))));
    f.refused(Code.INVALID_ARGUMENT, f.insert(route(1, set(choice(1, 5)))));
    f.refused(
        Code.INVALID_ARGUMENT, f.insert(route(1, set(choice(1, 1).replace("$out_of", "$tag")))));
  }

  @Test
  void oneShotsAreNotMixedWithMembersAndGroups() {
    f.write(f.insert(route(1, set(choice(1, 1)))));
    f.refused(Code.INVALID_ARGUMENT, f.insert(member(1, 1)));
    f.refused(Code.INVALID_ARGUMENT, f.insert(group(1, "")));
    f.write(f.delete(route(1, "")));
    f.write(f.insert(member(1, 1)));
    f.refused(Code.INVALID_ARGUMENT, f.insert(route(1, set(choice(1, 1)))));
  }

  @Test
  void profilesWithoutSelectorTakeMembersOnly() {
    String m = member(1, 1).replace("$spread", "$shared");
    f.write(f.insert(m));
    f.refused(Code.INVALID_ARGUMENT, f.insert(group(1, "").replace("$spread", "$shared")));
    String e =
        "table_entry { table_id: $profiled match { field_id: 1 exact { value: '\\1' } } action { ";
    f.refused(Code.INVALID_ARGUMENT, f.insert(e + "action_profile_group_id: 1 } }"));
    f.refused(Code.INVALID_ARGUMENT, f.insert(e + set(choice(1, 1)) + " } }"));
    f.write(f.insert(e + "action_profile_member_id: 1 } }"));
    f.write(f.insert(m.replace("member_id: 1", "member_id: 2")));
    f.write(f.insert(m.replace("member_id: 1", "member_id: 3")));
    f.refused(Code.RESOURCE_EXHAUSTED, f.insert(m.replace("member_id: 1", "member_id: 4")));
  }

  @Test
  void rollbackRestoresMembersGroupsAndReferences() {
    f.write(f.insert(member(1, 1)), f.insert(member(2, 2)));
    f.write(f.insert(group(1, members(1))));
    f.write(f.insert(route(1, "action_profile_group_id: 1")));
    var errors =
        Fixture.errors(
            () ->
                f.write(
                    WriteRequest.Atomicity.ROLLBACK_ON_ERROR,
                    f.delete(route(1, "")),
                    f.modify(group(1, members(2))),
                    f.delete(member(1, 1)),
                    f.modify(member(2, 4)),
                    f.delete(group(1, "")),
                    f.delete(group(1, ""))));
    assertEquals(6, errors.size());
    assertEquals(
        List.of(f.entity(member(2, 2)), f.entity(member(1, 1))),
        f.read("action_profile_member {}"));
    assertEquals(List.of(f.entity(group(1, members(1)))), f.read("action_profile_group {}"));
    f.refused(Code.FAILED_PRECONDITION, f.delete(group(1, "")));
    f.refused(Code.FAILED_PRECONDITION, f.delete(member(1, 1)));
    f.write(f.delete(member(2, 2)));
  }
}
