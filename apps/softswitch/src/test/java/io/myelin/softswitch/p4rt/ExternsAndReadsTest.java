package io.myelin.softswitch.p4rt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import io.grpc.Status.Code;
import io.myelin.p4.v1.Entity;
import io.myelin.p4.v1.Error;
import io.myelin.p4.v1.ReadRequest;
import io.myelin.p4.v1.ReadResponse;
import io.myelin.p4.v1.Update;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class ExternsAndReadsTest {
  private static final String DST = "match { field_id: 4 exact { value: '\\001' } } ";

  private final Fixture f = Fixture.running(Programs.CONFORMANCE);

  @AfterEach
  void close() {
    f.close();
  }

  private static String acl(int priority, String more) {
    return "table_entry { table_id: $acl "
        + DST
        + " priority: "
        + priority
        + " action { action { action_id: $drop } } "
        + more
        + " }";
  }

  private static String age(int host, String more) {
    return "table_entry { table_id: $ages match { field_id: 1 exact { value: '\\00"
        + host
        + "' } } action { action { action_id: $NoAction } } "
        + more
        + " }";
  }

  // ---- counters, meters, registers -------------------------------------------------------------

  @Test
  void countersAreReadAndSet() {
    String c = "counter_entry { counter_id: $port_counter ";
    f.receive(3, ByteString.fromHex("aa0000000001" + "000000000002" + "0800"));
    assertEquals(
        List.of(f.entity(c + "index { index: 3 } data { packet_count: 1 byte_count: 14 } }")),
        f.read(c + "index { index: 3 } }"));
    f.write(f.modify(c + "index {} data { packet_count: 8 byte_count: 9 } }"));
    assertEquals(8, f.read(c + "index {} }").get(0).getCounterEntry().getData().getPacketCount());
    assertEquals(16, f.read(c + "}").size());
    assertEquals(16, f.read("counter_entry {}").size());
    f.write(f.modify(c + "index {} }"));
    assertEquals(8, f.read(c + "index {} }").get(0).getCounterEntry().getData().getPacketCount());
    f.write(f.modify(c + "data { packet_count: 2 } }"));
    for (Entity e : f.read(c + "}")) {
      assertEquals(2, e.getCounterEntry().getData().getPacketCount());
    }
  }

  @Test
  void indicesAreChecked() {
    for (String kind : List.of("counter", "meter", "register")) {
      String e =
          kind
              + "_entry { "
              + kind
              + "_id: $"
              + (kind.equals("register") ? "last_tag" : "port_" + kind);
      String data = kind.equals("register") ? " data { bitstring: '\\1' }" : "";
      f.refused(Code.INVALID_ARGUMENT, f.modify(e + " index { index: -1 }" + data + " }"));
      f.refused(Code.OUT_OF_RANGE, f.modify(e + " index { index: 16 }" + data + " }"));
      f.readRefused(Code.INVALID_ARGUMENT, e + " index { index: -1 } }");
      f.readRefused(Code.OUT_OF_RANGE, e + " index { index: 16 } }");
      f.refused(Code.INVALID_ARGUMENT, f.insert(e + " index {}" + data + " }"));
      f.refused(Code.INVALID_ARGUMENT, f.delete(e + " index {}" + data + " }"));
      f.readRefused(Code.INVALID_ARGUMENT, kind + "_entry { " + kind + "_id: 4 }");
    }
  }

  @Test
  void metersAreConfiguredAndReset() {
    String m = "meter_entry { meter_id: $port_meter ";
    String set = m + "index { index: 2 } config { cir: 1 cburst: 2 pir: 3 pburst: 4 } }";
    f.write(f.modify(set));
    assertEquals(List.of(f.entity(set)), f.read(m + "index { index: 2 } }"));
    assertFalse(f.read(m + "index { index: 1 } }").get(0).getMeterEntry().hasConfig());
    assertEquals(16, f.read("meter_entry {}").size());
    f.write(f.modify(m + "index { index: 2 } }"));
    assertFalse(f.read(m + "index { index: 2 } }").get(0).getMeterEntry().hasConfig());
    f.write(f.modify(m + "config { cir: 1 cburst: 1 pir: 1 pburst: 1 } }"));
    assertTrue(f.read(m + "index { index: 9 } }").get(0).getMeterEntry().hasConfig());
    f.refused(Code.INVALID_ARGUMENT, f.modify(set.replace("cir: 1", "cir: -1")));
    f.refused(Code.INVALID_ARGUMENT, f.modify(set.replace("cir: 1", "cir: 4")));
    f.refused(Code.INVALID_ARGUMENT, f.modify(set.replace("cir: 1", "cir: 1 eburst: 1")));
    f.refused(Code.UNIMPLEMENTED, f.modify(set.replace("config", "counter_data {} config")));
    f.readRefused(Code.UNIMPLEMENTED, "meter_entry { counter_data {} }");
  }

  @Test
  void registersAreReadAndWritten() {
    String r = "register_entry { register_id: $last_tag ";
    String set = r + "index { index: 5 } data { bitstring: '\\x0f\\1\\2' } }";
    f.write(f.modify(set));
    assertEquals(List.of(f.entity(set)), f.read(r + "index { index: 5 } }"));
    assertEquals(8, f.read(r + "}").size());
    assertEquals(8, f.read("register_entry {}").size());
    f.refused(Code.OUT_OF_RANGE, f.modify(set.replace("\\x0f", "\\x1f")));
    f.refused(
        Code.INVALID_ARGUMENT, f.modify(set.replace("bitstring: '\\x0f\\1\\2'", "bool: true")));
    f.refused(Code.INVALID_ARGUMENT, f.modify(r + "index {} }"));
    f.write(f.modify(r + "data { bitstring: '\\0\\7' } }"));
    assertEquals(
        List.of(f.entity(r + "index { index: 5 } data { bitstring: '\\7' } }")),
        f.read(r + "index { index: 5 } }"));
  }

  // ---- direct counters and meters --------------------------------------------------------------

  @Test
  void directCountersAreReadAndSet() {
    f.write(f.insert(acl(1, "")), f.insert(acl(2, "counter_data { packet_count: 7 }")));
    String key = "table_entry { table_id: $acl " + DST + "priority: ";
    String d = "direct_counter_entry { " + key;
    assertEquals(List.of(f.entity(d + "2 } data { packet_count: 7 } }")), f.read(d + "2 } }"));
    f.write(f.modify(d + "1 } data { packet_count: 3 byte_count: 4 } }"));
    assertEquals(2, f.read("direct_counter_entry { table_entry { table_id: $acl } }").size());
    assertEquals(2, f.read("direct_counter_entry {}").size());
    assertEquals(3, f.read(d + "1 } }").get(0).getDirectCounterEntry().getData().getPacketCount());
    f.write(f.modify(d + "1 } }"));
    assertEquals(3, f.read(d + "1 } }").get(0).getDirectCounterEntry().getData().getPacketCount());
    f.refused(Code.NOT_FOUND, f.modify(d + "9 } data {} }"));
    f.readRefused(Code.NOT_FOUND, d + "9 } }");
    f.refused(Code.INVALID_ARGUMENT, f.insert(d + "1 } data {} }"));
    f.refused(Code.INVALID_ARGUMENT, f.delete(d + "1 } data {} }"));
    f.refused(
        Code.INVALID_ARGUMENT,
        f.modify("direct_counter_entry { table_entry { table_id: $routes } data {} }"));
    f.readRefused(
        Code.INVALID_ARGUMENT, "direct_counter_entry { table_entry { table_id: $routes } }");
  }

  @Test
  void directCounterOfTheDefaultEntryCountsMisses() {
    f.receive(1, ByteString.fromHex("aa0000000001" + "000000000002" + "0800"));
    String d = "direct_counter_entry { table_entry { table_id: $acl is_default_action: true } ";
    assertEquals(1, f.read(d + "}").get(0).getDirectCounterEntry().getData().getPacketCount());
    f.write(f.modify(d + "data { packet_count: 5 } }"));
    assertEquals(
        5,
        f.read("table_entry { table_id: $acl is_default_action: true counter_data {} }")
            .get(0)
            .getTableEntry()
            .getCounterData()
            .getPacketCount());
  }

  @Test
  void directMetersAreConfiguredAndReset() {
    f.write(f.insert(acl(1, "")));
    String d = "direct_meter_entry { table_entry { table_id: $acl " + DST + "priority: 1 } ";
    String set = d + "config { cir: 1 cburst: 2 pir: 3 pburst: 4 } }";
    f.write(f.modify(set));
    assertEquals(List.of(f.entity(set)), f.read(d + "}"));
    assertEquals(
        List.of(f.entity(set)), f.read("direct_meter_entry { table_entry { table_id: $acl } }"));
    f.write(f.modify(d + "}"));
    assertEquals(List.of(f.entity(d + "}")), f.read("direct_meter_entry {}"));
    f.refused(Code.INVALID_ARGUMENT, f.insert(set));
    f.refused(Code.NOT_FOUND, f.modify(set.replace("priority: 1", "priority: 2")));
    f.readRefused(Code.NOT_FOUND, d.replace("priority: 1", "priority: 2") + "}");
    f.refused(Code.UNIMPLEMENTED, f.modify(d + "counter_data {} }"));
  }

  // ---- packet replication ----------------------------------------------------------------------

  @Test
  void multicastGroups() {
    String head = "packet_replication_engine_entry { multicast_group_entry { ";
    String g =
        head
            + "multicast_group_id: 5 metadata: 'm' replicas { port: '\\1' instance: 1 }"
            + " replicas { egress_port: 2 instance: 0 } } }";
    f.write(f.insert(g));
    f.refused(Code.ALREADY_EXISTS, f.insert(g));
    assertEquals(List.of(f.entity(g)), f.read(head + "} }"));
    assertEquals(List.of(f.entity(g)), f.read(head + "multicast_group_id: 5 } }"));
    assertEquals(List.of(), f.read(head + "multicast_group_id: 6 } }"));
    String one = head + "multicast_group_id: 5 replicas { port: '\\0\\3' } } }";
    f.write(f.modify(one));
    assertEquals(List.of(f.entity(one.replace("\\0\\3", "\\3"))), f.read(head + "} }"));
    f.refused(Code.NOT_FOUND, f.modify(g.replace("id: 5", "id: 6")));
    f.refused(Code.INVALID_ARGUMENT, f.insert(g.replace("id: 5", "id: 0")));
    f.refused(Code.INVALID_ARGUMENT, f.insert(g.replace("id: 5", "id: 65536")));
    f.refused(
        Code.INVALID_ARGUMENT,
        f.insert(g.replace("id: 5", "id: 6").replace("instance: 1", "instance: 65536")));
    f.refused(
        Code.INVALID_ARGUMENT,
        f.insert(
            g.replace("id: 5", "id: 6")
                .replace("egress_port: 2 instance: 0", "egress_port: 1 instance: 1")));
    f.refused(Code.INVALID_ARGUMENT, f.insert(head + "multicast_group_id: 6 replicas {} } }"));
    f.write(f.delete(head + "multicast_group_id: 5 } }"));
    f.refused(Code.NOT_FOUND, f.delete(head + "multicast_group_id: 5 } }"));
  }

  @Test
  void cloneSessions() {
    String head = "packet_replication_engine_entry { clone_session_entry { ";
    String s =
        head
            + "session_id: 100 replicas { port: '\\xff' instance: 1 } packet_length_bytes: 128 } }";
    f.write(f.insert(s));
    f.refused(Code.ALREADY_EXISTS, f.insert(s));
    assertEquals(List.of(f.entity(s)), f.read(head + "} }"));
    f.write(f.modify(s.replace("128", "0")));
    f.refused(Code.INVALID_ARGUMENT, f.insert(s.replace("100", "0")));
    f.refused(Code.INVALID_ARGUMENT, f.modify(s.replace("128", "-1")));
    f.refused(
        Code.INVALID_ARGUMENT,
        f.modify(s.replace("packet_length", "class_of_service: 2 packet_length")));
    f.write(f.delete(head + "session_id: 100 } }"));
    f.refused(Code.NOT_FOUND, f.modify(s));
    f.refused(Code.INVALID_ARGUMENT, f.insert("packet_replication_engine_entry {}"));
  }

  // ---- value sets ------------------------------------------------------------------------------

  @Test
  void valueSets() {
    String head = "value_set_entry { value_set_id: $known_types ";
    String one = "members { match { field_id: 1 exact { value: '\\010\\0' } } } ";
    assertEquals(List.of(f.entity(head + "}")), f.read("value_set_entry {}"));
    f.write(f.modify(head + one + "}"));
    assertEquals(List.of(f.entity(head + one + "}")), f.read(head + "}"));
    f.refused(Code.ALREADY_EXISTS, f.modify(head + one + one + "}"));
    f.refused(Code.RESOURCE_EXHAUSTED, f.modify(head + one.repeat(5) + "}"));
    f.refused(Code.INVALID_ARGUMENT, f.insert(head + one + "}"));
    f.refused(Code.INVALID_ARGUMENT, f.delete(head + one + "}"));
    f.refused(Code.INVALID_ARGUMENT, f.modify(head + "members {} }"));
    f.write(f.modify(head + "}"));
    assertEquals(List.of(f.entity(head + "}")), f.read(head + "}"));
  }

  // ---- reads of tables -------------------------------------------------------------------------

  @Test
  @SuppressWarnings("deprecation")
  void tableReadsFilter() {
    f.write(
        f.insert(acl(1, "metadata: 'a'")),
        f.insert(acl(2, "controller_metadata: 6")),
        f.insert(
            acl(2, "")
                .replace("$drop }", "$tag params { param_id: 1 value: '\\1' } }")
                .replace("priority", "match { field_id: 3 optional { value: '\\2' } } priority")),
        f.insert(age(1, "")));
    assertEquals(8, f.read("table_entry {}").size(), "all tables, entries of the program included");
    assertEquals(3, f.read("table_entry { table_id: $acl }").size());
    assertEquals(2, f.read("table_entry { table_id: $acl priority: 2 }").size());
    assertEquals(1, f.read("table_entry { table_id: $acl metadata: 'a' }").size());
    assertEquals(1, f.read("table_entry { table_id: $acl controller_metadata: 6 }").size());
    assertEquals(
        1, f.read("table_entry { table_id: $acl action { action { action_id: $tag } } }").size());
    assertEquals(1, f.read("table_entry { table_id: $acl priority: 2 " + DST + " }").size());
    assertEquals(2, f.read("table_entry { table_id: $acl " + DST + " }").size());
    assertEquals(0, f.read("table_entry { table_id: $acl priority: 3 " + DST + " }").size());
    f.readRefused(Code.INVALID_ARGUMENT, "table_entry { priority: 1 }");
    f.readRefused(Code.INVALID_ARGUMENT, "table_entry { table_id: 4 }");
    f.readRefused(
        Code.INVALID_ARGUMENT, "table_entry { table_id: $acl action { action { action_id: 4 } } }");
    f.readRefused(Code.INVALID_ARGUMENT, "table_entry { table_id: $routes counter_data {} }");
    f.readRefused(
        Code.INVALID_ARGUMENT, "table_entry { table_id: $routes time_since_last_hit {} }");
    f.readRefused(Code.UNIMPLEMENTED, "table_entry { meter_counter_data {} }");
    f.readRefused(
        Code.INVALID_ARGUMENT,
        "table_entry { table_id: $spread_routes action { action_profile_member_id: 1 } }");
  }

  @Test
  void wildcardReadAddsDirectResourcesWhereThereAreSome() {
    f.write(f.insert(acl(1, "")), f.insert(age(1, "")));
    List<Entity> all =
        f.read("table_entry { counter_data {} meter_config {} time_since_last_hit {} }");
    for (Entity e : all) {
      assertEquals(
          e.getTableEntry().getTableId() == f.id("acl"), e.getTableEntry().hasCounterData());
      assertEquals(
          e.getTableEntry().getTableId() == f.id("ages"), e.getTableEntry().hasTimeSinceLastHit());
      assertFalse(e.getTableEntry().hasMeterConfig());
    }
  }

  @Test
  void readAnswersValidRequestsOfABatchAndReportsTheOthers() {
    f.write(f.insert(age(1, "")));
    List<Entity> found = new ArrayList<>();
    List<Error> errors =
        Fixture.errors(
            () ->
                f.rpc
                    .read(
                        ReadRequest.newBuilder()
                            .setDeviceId(Fixture.DEVICE)
                            .addEntities(f.entity("table_entry { table_id: $ages }"))
                            .addEntities(Entity.getDefaultInstance())
                            .addEntities(f.entity("extern_entry {}"))
                            .addEntities(f.entity("table_entry { table_id: $ages }"))
                            .build())
                    .forEachRemaining(r -> found.addAll(r.getEntitiesList())));
    assertEquals(2, found.size());
    assertEquals(
        List.of(0, Code.INVALID_ARGUMENT.value(), Code.UNIMPLEMENTED.value(), 0),
        errors.stream().map(Error::getCanonicalCode).toList());
  }

  @Test
  void readOfAnotherDeviceIsNotFound() {
    ReadRequest r = ReadRequest.newBuilder().setDeviceId(1).build();
    assertEquals(
        Code.NOT_FOUND, Fixture.failure(() -> f.rpc.read(r).forEachRemaining(x -> {})).getCode());
  }

  @Test
  void largeReadsComeInBoundedMessages() {
    try (Fixture m = Fixture.running(Programs.MYELIN)) {
      Update[] updates = new Update[2500];
      for (int i = 0; i < updates.length; i++) {
        updates[i] =
            m.insert(
                "table_entry { table_id: $endpoint_tenant match { field_id: 1 lpm { value: '"
                    + String.format("\\x%02x\\x%02x", 0x40 | i >> 8, i & 0xff)
                    + "\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0' prefix_len: 16 } } action { action {"
                    + " action_id: $set_dst_tenant params { param_id: 1 value: '\\1' } } } }");
      }
      m.write(updates);
      List<Integer> sizes = new ArrayList<>();
      m.rpc
          .read(
              ReadRequest.newBuilder()
                  .setDeviceId(Fixture.DEVICE)
                  .addEntities(m.entity("table_entry {}"))
                  .build())
          .forEachRemaining((ReadResponse r) -> sizes.add(r.getEntitiesCount()));
      assertEquals(List.of(1000, 1000, 500), sizes);
    }
  }
}
