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
 * have must have the same number and type. What 1.4 added is only in ours.
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
