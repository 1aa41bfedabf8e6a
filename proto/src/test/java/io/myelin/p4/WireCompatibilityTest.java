package io.myelin.p4;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.DescriptorProtos.DescriptorProto;
import com.google.protobuf.DescriptorProtos.EnumDescriptorProto;
import com.google.protobuf.DescriptorProtos.FieldDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.Descriptors.FileDescriptor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/**
 * Our P4Runtime definitions, written from the specification, against the descriptors inside an
 * independent implementation's generated classes (ONOS 2.7, P4Runtime 1.3): every field they both
 * have must have the same number and type. What 1.4 and 1.5 added is only in ours.
 */
final class WireCompatibilityTest {

  /** 1.4 made it signed; the same bytes on the wire for every port that exists. */
  private static final String WATCH = "p4.v1.ActionProfileGroup.Member.watch";

  @Test
  void p4runtimeAgrees() {
    compare(
        io.myelin.p4.v1.P4RuntimeOuterClass.getDescriptor(),
        p4.v1.P4RuntimeOuterClass.getDescriptor());
  }

  @Test
  void p4dataAgrees() {
    compare(
        io.myelin.p4.v1.P4DataOuterClass.getDescriptor(), p4.v1.P4DataOuterClass.getDescriptor());
  }

  @Test
  void p4infoAgrees() {
    compare(
        io.myelin.p4.config.v1.P4InfoOuterClass.getDescriptor(),
        p4.config.v1.P4InfoOuterClass.getDescriptor());
  }

  @Test
  void p4typesAgree() {
    compare(io.myelin.p4.config.v1.P4Types.getDescriptor(), p4.config.v1.P4Types.getDescriptor());
  }

  /** Numbers as §9.2.3, §9.5.1, §6.4.3 and §17 of the specification give them. */
  @Test
  void additionsOf15HaveTheNumbersOfTheSpecification() {
    Map<String, String> runtime =
        flatten(io.myelin.p4.v1.P4RuntimeOuterClass.getDescriptor().toProto());
    Map<String, String> info =
        flatten(io.myelin.p4.config.v1.P4InfoOuterClass.getDescriptor().toProto());
    String set = "p4.v1.ActionProfileActionSet.";
    assertEquals(
        "4 LABEL_REPEATED TYPE_MESSAGE .p4.v1.BackupReplica",
        runtime.get("p4.v1.Replica.backup_replicas"));
    assertEquals("1 LABEL_OPTIONAL TYPE_BYTES ", runtime.get("p4.v1.BackupReplica.port"));
    assertEquals("2 LABEL_OPTIONAL TYPE_UINT32 ", runtime.get("p4.v1.BackupReplica.instance"));
    assertEquals(
        "2 LABEL_OPTIONAL TYPE_ENUM ." + set + "ActionSelectionMode",
        runtime.get(set + "action_selection_mode"));
    assertEquals(
        "3 LABEL_OPTIONAL TYPE_ENUM ." + set + "SizeSemantics",
        runtime.get(set + "size_semantics"));
    assertEquals("1", runtime.get(set + "ActionSelectionMode.HASH"));
    assertEquals("2", runtime.get(set + "ActionSelectionMode.RANDOM"));
    assertEquals("1", runtime.get(set + "SizeSemantics.SUM_OF_WEIGHTS"));
    assertEquals("2", runtime.get(set + "SizeSemantics.SUM_OF_MEMBERS"));
    assertEquals(
        "1 LABEL_OPTIONAL TYPE_UINT64 ", runtime.get("p4.v1.CapabilitiesRequest.device_id"));
    assertEquals(
        "999 LABEL_OPTIONAL TYPE_MESSAGE .google.protobuf.Any",
        runtime.get("p4.v1.CapabilitiesResponse.experimental"));
    assertEquals(
        "8 LABEL_OPTIONAL TYPE_BOOL ", info.get("p4.config.v1.ActionProfile.weights_disallowed"));
  }

  private static void compare(FileDescriptor ours, FileDescriptor theirs) {
    Map<String, String> mine = flatten(ours.toProto());
    Map<String, String> other = flatten(theirs.toProto());
    List<String> differences = new ArrayList<>();
    int common = 0;
    for (Map.Entry<String, String> e : other.entrySet()) {
      String m = mine.get(e.getKey());
      if (m == null) {
        // Removed since, or an enum of well-known numbers that we do not use.
        continue;
      }
      common++;
      if (!m.equals(e.getValue()) && !e.getKey().equals(WATCH)) {
        differences.add(e.getKey() + ": ours " + m + ", theirs " + e.getValue());
      }
    }
    assertEquals(List.of(), differences);
    assertTrue(common > other.size() * 9 / 10, common + " of " + other.size() + " in common");
  }

  private static Map<String, String> flatten(FileDescriptorProto file) {
    Map<String, String> out = new TreeMap<>();
    file.getMessageTypeList().forEach(m -> message(file.getPackage(), m, out));
    file.getEnumTypeList().forEach(e -> enumeration(file.getPackage(), e, out));
    file.getServiceList()
        .forEach(
            s ->
                s.getMethodList()
                    .forEach(
                        m ->
                            out.put(
                                file.getPackage() + "." + s.getName() + "/" + m.getName(),
                                m.getInputType()
                                    + " "
                                    + m.getClientStreaming()
                                    + " -> "
                                    + m.getOutputType()
                                    + " "
                                    + m.getServerStreaming())));
    return out;
  }

  private static void message(String scope, DescriptorProto m, Map<String, String> out) {
    String name = scope + "." + m.getName();
    for (FieldDescriptorProto f : m.getFieldList()) {
      out.put(
          name + "." + f.getName(),
          f.getNumber() + " " + f.getLabel() + " " + f.getType() + " " + f.getTypeName());
    }
    m.getNestedTypeList().forEach(n -> message(name, n, out));
    m.getEnumTypeList().forEach(e -> enumeration(name, e, out));
  }

  private static void enumeration(String scope, EnumDescriptorProto e, Map<String, String> out) {
    e.getValueList()
        .forEach(v -> out.put(scope + "." + e.getName() + "." + v.getName(), "" + v.getNumber()));
  }
}
