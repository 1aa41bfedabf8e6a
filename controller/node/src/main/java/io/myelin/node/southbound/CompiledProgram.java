package io.myelin.node.southbound;

import com.google.protobuf.ByteString;
import com.google.protobuf.ExtensionRegistry;
import com.google.protobuf.TextFormat;
import io.myelin.core.pipeline.Pipeline;
import io.myelin.p4.config.v1.Action;
import io.myelin.p4.config.v1.ControllerPacketMetadata;
import io.myelin.p4.config.v1.Counter;
import io.myelin.p4.config.v1.MatchField;
import io.myelin.p4.config.v1.P4Info;
import io.myelin.p4.config.v1.Table;
import io.myelin.p4.v1.ForwardingPipelineConfig;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/**
 * A compiled P4 program with its names resolved once. Above this class there are only names, on the
 * wire there are only ids.
 */
public final class CompiledProgram {
  private final Pipeline pipeline;
  private final P4Info p4info;
  private final ByteString deviceConfig;
  private final long cookie;
  private final Map<String, Table> tables = new HashMap<>();
  private final Map<Integer, Table> tablesById = new HashMap<>();
  private final Map<String, Action> actions = new HashMap<>();
  private final Map<Integer, Action> actionsById = new HashMap<>();
  private final Map<String, Counter> counters = new HashMap<>();
  private final Map<String, Map<String, Integer>> packetMetadata = new HashMap<>();

  private CompiledProgram(Pipeline pipeline, P4Info p4info, ByteString deviceConfig) {
    this.pipeline = pipeline;
    this.p4info = p4info;
    this.deviceConfig = deviceConfig;
    this.cookie = cookieOf(p4info, deviceConfig);
    for (Table t : p4info.getTablesList()) {
      tables.put(t.getPreamble().getAlias(), t);
      tablesById.put(t.getPreamble().getId(), t);
    }
    for (Action a : p4info.getActionsList()) {
      actions.put(a.getPreamble().getAlias(), a);
      actionsById.put(a.getPreamble().getId(), a);
    }
    for (Counter c : p4info.getCountersList()) {
      counters.put(c.getPreamble().getAlias(), c);
    }
    for (ControllerPacketMetadata h : p4info.getControllerPacketMetadataList()) {
      Map<String, Integer> ids = new HashMap<>();
      h.getMetadataList().forEach(m -> ids.put(m.getName(), m.getId()));
      packetMetadata.put(h.getPreamble().getName(), ids);
    }
  }

  /**
   * The compiled program of a pipeline, from the class path.
   *
   * @throws IllegalStateException when it is not there
   */
  public static CompiledProgram of(Pipeline pipeline) {
    String path = "/p4/" + pipeline.name();
    try (InputStream info = open(path + ".p4info.txt");
        InputStream json = open(path + ".json")) {
      return of(
          pipeline, new String(info.readAllBytes(), StandardCharsets.UTF_8), json.readAllBytes());
    } catch (IOException e) {
      throw new IllegalStateException("p4/build cannot be read from the class path", e);
    }
  }

  /**
   * Any compiled program.
   *
   * @param pipeline that fills its tables
   * @param p4infoText P4Info in protobuf text format
   * @param json what p4c wrote for BMv2
   */
  public static CompiledProgram of(Pipeline pipeline, String p4infoText, byte[] json) {
    P4Info.Builder b = P4Info.newBuilder();
    try {
      TextFormat.merge(p4infoText, ExtensionRegistry.getEmptyRegistry(), b);
    } catch (TextFormat.ParseException e) {
      throw new IllegalArgumentException("malformed P4Info: " + e.getMessage(), e);
    }
    return new CompiledProgram(pipeline, b.build(), ByteString.copyFrom(json));
  }

  private static InputStream open(String resource) throws IOException {
    InputStream in = CompiledProgram.class.getResourceAsStream(resource);
    if (in == null) {
      throw new IOException(resource + " is not on the class path");
    }
    return in;
  }

  /** What fills its tables. */
  public Pipeline pipeline() {
    return pipeline;
  }

  /** Tells two programs apart; kept by the switch. */
  long cookie() {
    return cookie;
  }

  /** What SetForwardingPipelineConfig takes. */
  ForwardingPipelineConfig config() {
    return ForwardingPipelineConfig.newBuilder()
        .setP4Info(p4info)
        .setP4DeviceConfig(deviceConfig)
        .setCookie(ForwardingPipelineConfig.Cookie.newBuilder().setCookie(cookie))
        .build();
  }

  Table table(String name) {
    return find("table", name, tables);
  }

  Action action(String name) {
    return find("action", name, actions);
  }

  Counter counter(String name) {
    return find("counter", name, counters);
  }

  Table tableById(int id) {
    return find("table id", id, tablesById);
  }

  Action actionById(int id) {
    return find("action id", id, actionsById);
  }

  MatchField matchField(Table table, String name) {
    for (MatchField f : table.getMatchFieldsList()) {
      if (f.getName().equals(name)) {
        return f;
      }
    }
    throw unknown(
        "match field of table '" + table.getPreamble().getAlias() + "'",
        name,
        table.getMatchFieldsList().stream().map(MatchField::getName).toList());
  }

  MatchField matchFieldById(Table table, int id) {
    for (MatchField f : table.getMatchFieldsList()) {
      if (f.getId() == id) {
        return f;
      }
    }
    throw unknown(
        "match field id of table '" + table.getPreamble().getAlias() + "'",
        id,
        table.getMatchFieldsList().stream().map(MatchField::getId).toList());
  }

  /** Id of a field of the {@code packet_in} or {@code packet_out} header. */
  int packetMetadataId(String header, String field) {
    return find("field of " + header, field, find("controller header", header, packetMetadata));
  }

  /** Ids of all fields of the {@code packet_in} or {@code packet_out} header, ascending. */
  List<Integer> packetMetadataIds(String header) {
    return find("controller header", header, packetMetadata).values().stream().sorted().toList();
  }

  private static <K, V> V find(String what, K name, Map<K, V> among) {
    V v = among.get(name);
    if (v == null) {
      throw unknown(what, name, among.keySet());
    }
    return v;
  }

  private static IllegalArgumentException unknown(
      String what, Object name, Iterable<? extends Object> valid) {
    TreeSet<String> names = new TreeSet<>();
    valid.forEach(v -> names.add(String.valueOf(v)));
    return new IllegalArgumentException(
        "the pipeline has no " + what + " '" + name + "'; it has: " + String.join(", ", names));
  }

  private static long cookieOf(P4Info info, ByteString json) {
    try {
      MessageDigest sha = MessageDigest.getInstance("SHA-256");
      sha.update(info.toByteArray());
      for (ByteBuffer b : json.asReadOnlyByteBufferList()) {
        sha.update(b);
      }
      return ByteBuffer.wrap(sha.digest()).getLong();
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JDK has SHA-256", e);
    }
  }
}
