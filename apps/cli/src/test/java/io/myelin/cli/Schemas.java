package io.myelin.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import io.myelin.lab.v1.GetLabResponse;
import io.myelin.lab.v1.LabCable;
import io.myelin.lab.v1.LabSwitch;
import io.myelin.lab.v1.MeasureTrafficResponse;
import io.myelin.lab.v1.StopTrafficResponse;
import io.myelin.lab.v1.TrafficRun;
import io.myelin.v1.ApplyInventoryResponse;
import io.myelin.v1.CheckPathResponse;
import io.myelin.v1.ComputePathsResponse;
import io.myelin.v1.Decision;
import io.myelin.v1.DrainResponse;
import io.myelin.v1.ExplainPathResponse;
import io.myelin.v1.Fabric;
import io.myelin.v1.FindSlotsResponse;
import io.myelin.v1.GetAuditHeadResponse;
import io.myelin.v1.GetClusterResponse;
import io.myelin.v1.GetInventoryResponse;
import io.myelin.v1.Job;
import io.myelin.v1.Lease;
import io.myelin.v1.ListAuditEventsResponse;
import io.myelin.v1.ListJobsResponse;
import io.myelin.v1.ListLeasesResponse;
import io.myelin.v1.ProbeLeaseResponse;
import io.myelin.v1.UndrainResponse;
import io.myelin.v1.WatchCongestionResponse;
import io.myelin.v1.WatchFabricResponse;
import io.myelin.v1.WatchJobsResponse;
import io.myelin.v1.WatchLeasesResponse;
import java.util.Map;
import java.util.TreeMap;

/**
 * What each command prints with {@code -o json}, as JSON Schema (draft 2020-12): protobuf's JSON
 * mapping of the message it shows, with the proto's names, and what the command adds.
 */
final class Schemas {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  private final ObjectNode definitions = MAPPER.createObjectNode();

  private Schemas() {}

  /** Of every command, by its words joined with hyphens; and {@code error}. */
  static Map<String, ObjectNode> all() {
    Map<String, ObjectNode> all = new TreeMap<>();
    for (String c : new String[] {"lease-create", "lease-extend", "lease-get", "lease-update"}) {
      all.put(c, of(c, Lease.getDescriptor()));
    }
    for (String c : new String[] {"lease-list", "lease-release"}) {
      all.put(c, of(c, ListLeasesResponse.getDescriptor()));
    }
    for (String c : new String[] {"job-create", "job-get", "job-update"}) {
      all.put(c, of(c, Job.getDescriptor()));
    }
    for (String c : new String[] {"job-list", "job-release"}) {
      all.put(c, of(c, ListJobsResponse.getDescriptor()));
    }
    Map<String, Descriptor> others =
        Map.ofEntries(
            Map.entry("lease-watch", WatchLeasesResponse.getDescriptor()),
            Map.entry("lease-slots", FindSlotsResponse.getDescriptor()),
            Map.entry("job-watch", WatchJobsResponse.getDescriptor()),
            Map.entry("path-compute", ComputePathsResponse.getDescriptor()),
            Map.entry("path-explain", ExplainPathResponse.getDescriptor()),
            Map.entry("path-check", CheckPathResponse.getDescriptor()),
            Map.entry("fabric-show", Fabric.getDescriptor()),
            Map.entry("fabric-watch", WatchFabricResponse.getDescriptor()),
            Map.entry("inventory-show", GetInventoryResponse.getDescriptor()),
            Map.entry("inventory-diff", ApplyInventoryResponse.getDescriptor()),
            Map.entry("inventory-apply", ApplyInventoryResponse.getDescriptor()),
            Map.entry("fabric-undrain", UndrainResponse.getDescriptor()),
            Map.entry("audit-list", ListAuditEventsResponse.getDescriptor()),
            Map.entry("audit-head", GetAuditHeadResponse.getDescriptor()),
            Map.entry("telemetry-congestion", WatchCongestionResponse.getDescriptor()),
            Map.entry("telemetry-probe", ProbeLeaseResponse.getDescriptor()),
            Map.entry("lab-show", GetLabResponse.getDescriptor()),
            Map.entry("lab-traffic-start", TrafficRun.getDescriptor()),
            Map.entry("lab-traffic-stop", StopTrafficResponse.getDescriptor()),
            Map.entry("lab-traffic-show", MeasureTrafficResponse.getDescriptor()));
    for (String c : new String[] {"lab-cut", "lab-mend", "lab-loss", "lab-delay"}) {
      all.put(c, of(c, LabCable.getDescriptor()));
    }
    for (String c : new String[] {"lab-kill", "lab-restart"}) {
      all.put(c, of(c, LabSwitch.getDescriptor()));
    }
    others.forEach((c, d) -> all.put(c, of(c, d)));
    all.put("inventory-check", check());
    all.put("fabric-drain", drain());
    all.put("fabric-top", top());
    all.put("cluster-status", cluster());
    all.put("cluster-backup", backup());
    all.put("error", error());
    return all;
  }

  private static ObjectNode of(String command, Descriptor message) {
    Schemas s = new Schemas();
    return s.document(command, s.object(message));
  }

  private static ObjectNode drain() {
    Schemas s = new Schemas();
    ObjectNode answer = s.object(DrainResponse.getDescriptor());
    property(answer, "leases_left").put("type", "integer").put("minimum", 0);
    return s.document("fabric-drain", answer);
  }

  private static ObjectNode top() {
    Schemas s = new Schemas();
    ObjectNode picture = empty();
    property(picture, "fabric").put("$ref", s.define(Fabric.getDescriptor()));
    property(picture, "decisions")
        .put("type", "array")
        .putObject("items")
        .put("$ref", s.define(Decision.getDescriptor()));
    return s.document("fabric-top", picture);
  }

  private static ObjectNode cluster() {
    Schemas s = new Schemas();
    ObjectNode answer = s.object(GetClusterResponse.getDescriptor());
    ObjectNode status = answer.deepCopy();
    ObjectNode member = s.object(io.myelin.v1.ClusterMember.getDescriptor());
    property(member, "answers").put("type", "boolean");
    ((ObjectNode) member.get("properties")).set("status", status);
    ((ObjectNode) answer.at("/properties/members")).set("items", member);
    return s.document("cluster-status", answer);
  }

  private static ObjectNode check() {
    ObjectNode answer = empty();
    property(answer, "file").put("type", "string");
    property(answer, "fabric").put("type", "string");
    for (String count : new String[] {"devices", "links", "endpoints", "tenants"}) {
      property(answer, count).put("type", "integer").put("minimum", 0);
    }
    property(answer, "warnings").put("type", "array").putObject("items").put("type", "string");
    return new Schemas().document("inventory-check", answer);
  }

  private static ObjectNode backup() {
    ObjectNode summary = empty();
    property(summary, "file").put("type", "string");
    for (String count : new String[] {"bytes", "commands", "leases"}) {
      property(summary, count).put("type", "integer").put("minimum", 0);
    }
    return new Schemas().document("cluster-backup", summary);
  }

  private static ObjectNode error() {
    ObjectNode error = empty();
    property(error, "code").put("type", "string");
    property(error, "message").put("type", "string").put("minLength", 1);
    property(error, "exit_code").put("type", "integer").put("minimum", 1).put("maximum", 3);
    ObjectNode detail = property(error, "details").put("type", "array").putObject("items");
    detail.put("type", "object").putArray("required").add("@type");
    ObjectNode root = empty();
    property(root, "error").setAll(error);
    return new Schemas().document("error", root);
  }

  private static ObjectNode empty() {
    ObjectNode object = MAPPER.createObjectNode().put("type", "object");
    object.putObject("properties");
    object.putArray("required");
    object.put("additionalProperties", false);
    return object;
  }

  /** Adds a property that is always there. */
  private static ObjectNode property(ObjectNode object, String name) {
    ((ArrayNode) object.get("required")).add(name);
    return ((ObjectNode) object.get("properties")).putObject(name);
  }

  private ObjectNode document(String command, ObjectNode root) {
    ObjectNode all = MAPPER.createObjectNode();
    all.put("$schema", "https://json-schema.org/draft/2020-12/schema");
    all.put("title", command.equals("error") ? command : "myelin " + command.replace('-', ' '));
    all.setAll(root);
    if (!definitions.isEmpty()) {
      all.set("$defs", definitions);
    }
    return all;
  }

  private ObjectNode object(Descriptor message) {
    ObjectNode object = empty();
    for (FieldDescriptor f : message.getFields()) {
      ObjectNode value;
      if (f.hasPresence()) {
        value = ((ObjectNode) object.get("properties")).putObject(f.getName());
        one(f, value);
      } else if (f.isMapField()) {
        value = property(object, f.getName()).put("type", "object");
        one(f.getMessageType().findFieldByName("value"), value.putObject("additionalProperties"));
      } else if (f.isRepeated()) {
        value = property(object, f.getName()).put("type", "array");
        one(f, value.putObject("items"));
      } else {
        one(f, property(object, f.getName()));
      }
    }
    return object;
  }

  /** https://protobuf.dev/programming-guides/json. */
  private void one(FieldDescriptor f, ObjectNode to) {
    switch (f.getJavaType()) {
      case INT -> to.put("type", "integer");
      case LONG -> to.put("type", "string").put("pattern", "^-?[0-9]+$");
      case FLOAT, DOUBLE -> to.put("type", "number");
      case BOOLEAN -> to.put("type", "boolean");
      case STRING, BYTE_STRING -> to.put("type", "string");
      case ENUM -> {
        ArrayNode names = to.putArray("enum");
        for (EnumValueDescriptor v : f.getEnumType().getValues()) {
          names.add(v.getName());
        }
      }
      case MESSAGE -> {
        if (f.getMessageType().getFullName().startsWith("google.protobuf.")) {
          to.put("type", "string"); // times, durations, masks
        } else {
          to.put("$ref", define(f.getMessageType()));
        }
      }
    }
  }

  private String define(Descriptor message) {
    String name = message.getFullName().replaceFirst("^myelin\\.(lab\\.)?v1\\.", "");
    if (!definitions.has(name)) {
      definitions.putObject(name); // first, in case it holds itself
      definitions.set(name, object(message));
    }
    return "#/$defs/" + name;
  }
}
