package io.myelin.softswitch.p4rt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.Status.Code;
import io.myelin.p4.v1.Entity;
import io.myelin.p4.v1.Error;
import io.myelin.p4.v1.Update;
import io.myelin.p4.v1.WriteRequest;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class TableWriteTest {
  private static final String OUT =
      "action { action { action_id: $out_of params { param_id: 1 value: '\\002' } } }";
  private static final String TAG =
      "action { action { action_id: $tag params { param_id: 1 value: '\\002' } } }";
  private static final String DST = "match { field_id: 4 exact { value: '\\001' } } ";

  private final Fixture f = Fixture.running(Programs.CONFORMANCE);

  @AfterEach
  void close() {
    f.close();
  }

  private static String route(String match) {
    return "table_entry { table_id: $routes " + match + " " + OUT + " }";
  }

  private static String acl(String match, int priority) {
    return "table_entry { table_id: $acl "
        + match
        + DST
        + " priority: "
        + priority
        + " "
        + OUT
        + " }";
  }

  private static String age(String more) {
    return "table_entry { table_id: $ages match { field_id: 1 exact { value: '\\005' } } "
        + TAG
        + more
        + " }";
  }

  private static String lpm(String value, int prefix) {
    return "match { field_id: 1 lpm { value: '" + value + "' prefix_len: " + prefix + " } }";
  }

  @Test
  void insertModifyDelete() {
    String route = route(lpm("\\xaa\\0\\0\\0\\0\\0", 8));
    f.write(f.insert(route));
    f.refused(Code.ALREADY_EXISTS, f.insert(route));
    String dropped = route.replace(OUT, "action { action { action_id: $drop } } metadata: 'm'");
    f.write(f.modify(dropped));
    assertEquals(List.of(f.entity(dropped)), f.read("table_entry { table_id: $routes }"));
    f.write(f.delete(route));
    assertEquals(List.of(), f.read("table_entry { table_id: $routes }"));
    f.refused(Code.NOT_FOUND, f.delete(route));
    f.refused(Code.NOT_FOUND, f.modify(route));
  }

  @Test
  void deleteIgnoresAllButTheKey() {
    String route = route(lpm("\\xaa\\0\\0\\0\\0\\0", 8));
    f.write(f.insert(route));
    f.write(
        f.delete(route.replace(OUT, "action { action { action_id: 12345 } } idle_timeout_ns: -4")));
    assertEquals(List.of(), f.read("table_entry { table_id: $routes }"));
  }

  @Test
  void unknownIdsNameTheValidOnes() {
    String m = f.refused(Code.INVALID_ARGUMENT, f.insert("table_entry { table_id: 33 }"));
    assertTrue(m.startsWith("there is no table with id 33; valid: "), m);
    assertTrue(m.contains("(acl)"), m);
    m =
        f.refused(
            Code.INVALID_ARGUMENT,
            f.insert(route("match { field_id: 7 exact { value: '\\001' } }")));
    assertEquals("table 'routes' has no match field id 7; valid: 1 (h.ethernet.dst)", m);
    m = f.refused(Code.INVALID_ARGUMENT, f.insert(route(lpm("\\0", 3)).replace("$out_of", "99")));
    assertTrue(m.startsWith("table 'routes' has no action id 99; valid: "), m);
    m =
        f.refused(
            Code.INVALID_ARGUMENT,
            f.insert(route(lpm("\\0", 3)).replace("param_id: 1", "param_id: 4")));
    assertEquals("action 'out_of' has no parameter id 4; valid: 1 (port)", m);
  }

  @Test
  void updatesNeedTypeAndEntity() {
    f.refused(
        Code.INVALID_ARGUMENT,
        Update.newBuilder().setEntity(f.entity(route(lpm("\\0", 3)))).build());
    f.refused(Code.INVALID_ARGUMENT, Update.newBuilder().setType(Update.Type.INSERT).build());
    f.refused(Code.UNIMPLEMENTED, f.insert("extern_entry { extern_id: 1 }"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "lpm { value: '\\xaa\\0\\0\\0\\0\\1' prefix_len: 8 } | INVALID_ARGUMENT | bits set beyond",
        "lpm { value: '\\0' prefix_len: 0 } | INVALID_ARGUMENT | omit the field",
        "lpm { value: '\\0' prefix_len: 49 } | INVALID_ARGUMENT | valid: 1 to 48",
        "lpm { value: '\\1\\0\\0\\0\\0\\0\\0' prefix_len: 8 } | OUT_OF_RANGE | 49 bits; it has 48",
        "lpm { prefix_len: 8 } | OUT_OF_RANGE | empty byte string",
        "exact { value: '\\0' } | INVALID_ARGUMENT | its match type is LPM"
      })
  void lpmRules(String match, String code, String message) {
    String m =
        f.refused(Code.valueOf(code), f.insert(route("match { field_id: 1 " + match + " }")));
    assertTrue(m.contains(message), m);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "field_id: 1 ternary { value: '\\3' mask: '\\1' } | INVALID_ARGUMENT | outside of mask",
        "field_id: 1 ternary { value: '\\0' mask: '\\0' } | INVALID_ARGUMENT | omit the field",
        "field_id: 1 ternary { value: '\\0' } | OUT_OF_RANGE | empty",
        "field_id: 2 range { low: '\\3' high: '\\2' } | INVALID_ARGUMENT | above high",
        "field_id: 2 range { low: '\\0' high: '\\xff\\xff' } | INVALID_ARGUMENT | omit the field",
        "field_id: 2 range { low: '\\0' high: '\\1\\0\\0' } | OUT_OF_RANGE | 17 bits",
        "field_id: 3 optional { value: '\\2\\0' } | OUT_OF_RANGE | 10 bits; it has 9",
        "field_id: 4 exact { value: '\\1' } | INVALID_ARGUMENT | given twice"
      })
  void ternaryRangeAndOptionalRules(String match, String code, String message) {
    String m = f.refused(Code.valueOf(code), f.insert(acl("match { " + match + " } ", 1)));
    assertTrue(m.contains(message), m);
  }

  @Test
  void exactFieldsCannotBeOmitted() {
    f.refused(Code.INVALID_ARGUMENT, f.insert(acl("", 1).replace(DST, "")));
  }

  @Test
  void priorityIsSetIfAndOnlyIfItMatters() {
    f.refused(Code.INVALID_ARGUMENT, f.insert(acl("", 0)));
    f.refused(Code.INVALID_ARGUMENT, f.insert(acl("", -1)));
    f.refused(
        Code.INVALID_ARGUMENT,
        f.insert(route(lpm("\\0", 3)).replace("$routes", "$routes priority: 1")));
    f.write(f.insert(acl("", 1)), f.insert(acl("", 2)));
    assertEquals(2, f.read("table_entry { table_id: $acl }").size(), "priority is part of the key");
  }

  @Test
  void stringsAreReadBackCanonical() {
    f.write(
        f.insert(
            acl(
                    "match { field_id: 1 ternary { value: '\\0\\1' mask: '\\0\\0\\3' } }"
                        + " match { field_id: 2 range { low: '\\0\\0' high: '\\0\\5' } }"
                        + " match { field_id: 3 optional { value: '\\0\\0\\1' } } ",
                    1)
                .replace("value: '\\002'", "value: '\\0\\002'")));
    assertEquals(
        List.of(
            f.entity(
                acl(
                    "match { field_id: 1 ternary { value: '\\1' mask: '\\3' } }"
                        + " match { field_id: 2 range { low: '\\0' high: '\\5' } }"
                        + " match { field_id: 3 optional { value: '\\1' } } ",
                    1))),
        f.read("table_entry { table_id: $acl }"));
    f.refused(
        Code.ALREADY_EXISTS,
        f.insert(
            acl(
                "match { field_id: 3 optional { value: '\\1' } }"
                    + " match { field_id: 2 range { low: '\\0' high: '\\5' } }"
                    + " match { field_id: 1 ternary { value: '\\1' mask: '\\3' } } ",
                1)));
  }

  @Test
  void actionsMustBeCompleteAndInScope() {
    String r = route(lpm("\\0", 3));
    f.refused(Code.INVALID_ARGUMENT, f.insert(r.replace(OUT, "")));
    f.refused(
        Code.INVALID_ARGUMENT, f.insert(r.replace("params { param_id: 1 value: '\\002' }", "")));
    f.refused(
        Code.INVALID_ARGUMENT,
        f.insert(
            r.replace("value: '\\002' }", "value: '\\002' } params { param_id: 1 value: '\\1' }")));
    f.refused(Code.OUT_OF_RANGE, f.insert(r.replace("'\\002'", "'\\002\\0'")));
    f.refused(
        Code.INVALID_ARGUMENT, f.insert(r.replace(OUT, "action { action_profile_member_id: 1 }")));
    f.refused(
        Code.PERMISSION_DENIED,
        f.insert(acl("", 1).replace(OUT, "action { action { action_id: $NoAction } }")));
    f.refused(
        Code.PERMISSION_DENIED,
        f.modify("table_entry { table_id: $acl is_default_action: true " + TAG + " }"));
  }

  @Test
  void tableHoldsItsSizeAndNoMore() {
    for (int i = 0; i < 16; i++) {
      f.write(f.insert(route(lpm("\\" + Integer.toOctalString(16 + i) + "\\0\\0\\0\\0\\0", 8))));
    }
    String m = f.refused(Code.RESOURCE_EXHAUSTED, f.insert(route(lpm("\\1\\0\\0\\0\\0\\0", 8))));
    assertEquals("table 'routes' holds its 16 entries", m);
  }

  @Test
  void isConstCannotBeWritten() {
    f.refused(
        Code.INVALID_ARGUMENT,
        f.insert(route(lpm("\\0", 3)).replace("$routes", "$routes is_const: true")));
  }

  @Test
  void constantTablesAreReadOnly() {
    List<Entity> entries = f.read("table_entry { table_id: $fixed }");
    assertEquals(2, entries.size());
    assertTrue(entries.get(0).getTableEntry().getIsConst());
    assertTrue(
        entries.get(0).getTableEntry().getPriority()
            > entries.get(1).getTableEntry().getPriority());
    String m = "match { field_id: 1 ternary { value: '\\010\\0' mask: '\\xff\\xff' } } priority: ";
    int p = entries.get(0).getTableEntry().getPriority();
    String e = "table_entry { table_id: $fixed " + m + p + " " + TAG + " }";
    f.refused(Code.PERMISSION_DENIED, f.insert(e));
    f.refused(Code.PERMISSION_DENIED, f.modify(e));
    f.refused(Code.PERMISSION_DENIED, f.delete(e));
    f.write(f.modify(e.replace(TAG, "")));
    f.refused(
        Code.PERMISSION_DENIED,
        f.modify("table_entry { table_id: $fixed is_default_action: true " + TAG + " }"));
  }

  @Test
  void entriesOfAPreinitializedTableAreLikeOthers() {
    String one =
        "table_entry { table_id: $seeded match { field_id: 1 exact { value: '\\1' } } "
            + TAG.replace("\\002", "\\001")
            + " }";
    String two =
        "table_entry { table_id: $seeded match { field_id: 1 exact { value: '\\2' } } "
            + TAG
            + " }";
    String all = "table_entry { table_id: $seeded }";
    assertEquals(List.of(f.entity(one), f.entity(two)), f.read(all));
    f.refused(Code.ALREADY_EXISTS, f.insert(one));
    f.write(f.delete(two));
    String changed = one.replace("\\001", "\\007");
    f.write(f.modify(changed));
    assertEquals(List.of(f.entity(changed)), f.read(all));

    var newer = Programs.CONFORMANCE.toBuilder();
    newer.getP4InfoBuilder().getPkgInfoBuilder().setVersion("2");
    f.setPipeline(
        io.myelin.p4.v1.SetForwardingPipelineConfigRequest.Action.RECONCILE_AND_COMMIT,
        newer.build());
    assertEquals(List.of(f.entity(changed)), f.read(all), "reloading brings nothing back");
    f.setPipeline(
        io.myelin.p4.v1.SetForwardingPipelineConfigRequest.Action.VERIFY_AND_COMMIT, newer.build());
    assertEquals(List.of(f.entity(one), f.entity(two)), f.read(all));
  }

  @Test
  void defaultEntryIsModifiedAndReset() {
    String initial = "table_entry { table_id: $ages is_default_action: true }";
    String e = "table_entry { table_id: $ages is_default_action: true " + TAG + " metadata: 'x' }";
    f.refused(Code.INVALID_ARGUMENT, f.insert(e));
    f.refused(Code.INVALID_ARGUMENT, f.delete(e));
    f.refused(
        Code.INVALID_ARGUMENT,
        f.modify(e.replace("metadata", "match { field_id: 1 exact { value: '\\1' } } metadata")));
    f.refused(Code.INVALID_ARGUMENT, f.modify(e.replace("metadata", "priority: 1 metadata")));
    f.refused(
        Code.INVALID_ARGUMENT, f.modify(e.replace("metadata", "idle_timeout_ns: 1 metadata")));
    f.write(f.modify(e));
    assertEquals(List.of(f.entity(e)), f.read(initial));
    f.write(f.modify(initial));
    assertEquals(List.of(f.entity(initial)), f.read(initial));
  }

  @Test
  void defaultOfAnIndirectTableIsConstant() {
    f.refused(
        Code.PERMISSION_DENIED,
        f.modify("table_entry { table_id: $spread_routes is_default_action: true " + OUT + " }"));
  }

  @Test
  void modifyWithoutActionKeepsIt() {
    f.write(f.insert(age(" idle_timeout_ns: 5000")));
    f.write(f.modify(age(" metadata: 'q'").replace(TAG, "")));
    assertEquals(
        List.of(f.entity(age(" metadata: 'q'"))), f.read("table_entry { table_id: $ages }"));
  }

  @Test
  void directResourcesAreSetWithTheEntry() {
    String e =
        acl("", 1)
            .replace(
                "priority",
                "meter_config { cir: 1 cburst: 2 pir: 3 pburst: 4 } counter_data { packet_count: 5"
                    + " byte_count: 6 } priority");
    f.write(f.insert(e));
    String query = "table_entry { table_id: $acl meter_config {} counter_data {} }";
    assertEquals(List.of(f.entity(e)), f.read(query));
    assertEquals(List.of(f.entity(acl("", 1))), f.read("table_entry { table_id: $acl }"));
    f.write(f.modify(acl("", 1)));
    assertEquals(
        List.of(f.entity(e.replace("meter_config { cir: 1 cburst: 2 pir: 3 pburst: 4 }", ""))),
        f.read(query),
        "MODIFY resets an unset meter and leaves an unset counter");
  }

  @Test
  void directResourcesThatTheTableHasNotAreRefused() {
    String r = route(lpm("\\0", 3));
    f.refused(Code.INVALID_ARGUMENT, f.insert(r.replace("$routes", "$routes counter_data {}")));
    f.refused(Code.INVALID_ARGUMENT, f.insert(r.replace("$routes", "$routes meter_config {}")));
    f.refused(
        Code.UNIMPLEMENTED,
        f.insert(acl("", 1).replace("priority", "meter_counter_data {} priority")));
    f.refused(
        Code.INVALID_ARGUMENT,
        f.insert(acl("", 1).replace("priority", "meter_config { cir: 1 eburst: 1 } priority")));
    f.refused(Code.INVALID_ARGUMENT, f.insert(r.replace("$routes", "$routes idle_timeout_ns: 1")));
    f.refused(Code.INVALID_ARGUMENT, f.insert(age(" time_since_last_hit {}")));
  }

  @Test
  void keylessTablesTakeNoEntries() {
    try (Fixture m = Fixture.running(Programs.MYELIN)) {
      m.refused(
          Code.INVALID_ARGUMENT,
          m.insert(
              "table_entry { table_id: $switch_config action { action { action_id: $set_switch"
                  + " params { param_id: 1 value: '\\1' } params { param_id: 2 value: '\\2' } } } }"));
      m.write(
          m.modify(
              "table_entry { table_id: $switch_config is_default_action: true action { action {"
                  + " action_id: $set_switch params { param_id: 1 value: '\\1' } params { param_id: 2 value: '\\2' } } } }"));
    }
  }

  // ---- batches ---------------------------------------------------------------------------------

  @Test
  void batchContinuesAndReportsEachUpdateInItsOrder() {
    Update ok = f.insert(route(lpm("\\1\\0\\0\\0\\0\\0", 8)));
    Update bad = f.insert("table_entry { table_id: 1 }");
    Update last = f.insert(route(lpm("\\2\\0\\0\\0\\0\\0", 8)));
    List<Error> errors = Fixture.errors(() -> f.write(ok, bad, last, ok));
    assertEquals(
        List.of(0, Code.INVALID_ARGUMENT.value(), 0, Code.ALREADY_EXISTS.value()),
        errors.stream().map(Error::getCanonicalCode).toList());
    assertEquals(Error.getDefaultInstance(), errors.get(0));
    assertEquals(2, f.read("table_entry { table_id: $routes }").size());
  }

  @Test
  void rollbackLeavesNothingBehind() {
    String kept = route(lpm("\\1\\0\\0\\0\\0\\0", 8));
    String counted =
        acl("", 1)
            .replace(
                "priority",
                "meter_config { cir: 1 cburst: 2 pir: 3 pburst: 4 } counter_data { packet_count: 5"
                    + " byte_count: 6 } priority");
    f.write(f.insert(kept), f.insert(counted));
    String all = "table_entry { table_id: $acl meter_config {} counter_data {} }";
    List<Entity> before = f.read(f.entity(all), f.entity("table_entry { table_id: $routes }"));
    List<Error> errors =
        Fixture.errors(
            () ->
                f.write(
                    WriteRequest.Atomicity.ROLLBACK_ON_ERROR,
                    f.insert(route(lpm("\\2\\0\\0\\0\\0\\0", 8))),
                    f.modify(kept.replace(OUT, "action { action { action_id: $drop } }")),
                    f.delete(counted),
                    f.modify("table_entry { table_id: $ages is_default_action: true " + TAG + " }"),
                    f.insert("table_entry { table_id: 1 }"),
                    f.insert(route(lpm("\\3\\0\\0\\0\\0\\0", 8)))));
    assertEquals(
        List.of(10, 10, 10, 10, 3, 10), errors.stream().map(Error::getCanonicalCode).toList());
    assertEquals(before, f.read(f.entity(all), f.entity("table_entry { table_id: $routes }")));
    assertEquals(
        List.of(f.entity("table_entry { table_id: $ages is_default_action: true }")),
        f.read("table_entry { table_id: $ages is_default_action: true }"));
    f.write(
        WriteRequest.Atomicity.ROLLBACK_ON_ERROR, f.insert(route(lpm("\\2\\0\\0\\0\\0\\0", 8))));
  }

  @Test
  void dataplaneAtomicIsUnimplemented() {
    assertEquals(
        Code.UNIMPLEMENTED,
        Fixture.failure(() -> f.write(WriteRequest.Atomicity.DATAPLANE_ATOMIC)).getCode());
  }

  @Test
  void writesAreForThePrimaryOfTheRole() {
    WriteRequest r =
        f.request(
            WriteRequest.Atomicity.CONTINUE_ON_ERROR,
            List.of(f.insert(route(lpm("\\1\\0\\0\\0\\0\\0", 8)))));
    assertEquals(Code.NOT_FOUND, failure(r.toBuilder().setDeviceId(8).build()));
    assertEquals(Code.NOT_FOUND, failure(r.toBuilder().setRole("nobody").build()));
    assertEquals(
        Code.PERMISSION_DENIED, failure(r.toBuilder().setElectionId(Controller.id(2)).build()));
    assertEquals(Code.PERMISSION_DENIED, failure(r.toBuilder().clearElectionId().build()));
    Controller named = f.stream();
    named.arbitrate(Controller.id(2), "acl");
    named.awaitPrimary();
    assertEquals(Code.PERMISSION_DENIED, failure(r.toBuilder().setRole("acl").build()));
    var unused = f.rpc.write(r.toBuilder().setRole("acl").setElectionId(Controller.id(2)).build());
    f.primary(5);
    assertEquals(Code.PERMISSION_DENIED, failure(r), "the deposed primary cannot write");
  }

  private Code failure(WriteRequest r) {
    return Fixture.failure(
            () -> {
              var unused = f.rpc.write(r);
            })
        .getCode();
  }
}
