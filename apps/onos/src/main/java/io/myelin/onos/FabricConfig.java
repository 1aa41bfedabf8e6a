package io.myelin.onos;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.myelin.core.model.DeviceId;
import io.myelin.core.model.Invalid;
import io.myelin.core.model.Inventory;
import io.myelin.node.Security;
import io.myelin.node.inventory.InventoryException;
import io.myelin.node.inventory.InventoryFile;
import io.myelin.node.tls.TlsFiles;
import java.net.InetSocketAddress;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.SortedMap;
import java.util.TreeMap;
import org.onosproject.core.ApplicationId;
import org.onosproject.net.config.Config;
import org.onosproject.net.config.InvalidFieldException;

/**
 * What netcfg says under {@code apps/io.myelin.onos/fabric}. Fields that are not known are refused:
 * a field that is ignored is a setting that is not what somebody thinks.
 *
 * <pre>
 * "inventory":   the fabric, with the keys of the inventory file
 * "devices":     ONOS's names of its devices, where not device:NAME
 * "listen":      HOST:PORT of the gRPC API; 127.0.0.1:50061 when left out
 * "members":     ONOS node id to HOST:PORT of its gRPC API, in clusters
 * "discoveryMs": between rounds of LLDP and probes, milliseconds; 1000 when left out
 * "loops":       whether the loops move traffic; true when left out
 * "tls":         certificate, key and trust: PEM files of every node; needed beyond loopback
 * "access":      file of who may do what; needed with tls
 * "audit":       directory of the audit log; in memory only when left out
 * </pre>
 */
public final class FabricConfig extends Config<ApplicationId> {
  static final String KEY = "fabric";

  private static final String INVENTORY = "inventory";
  private static final String DEVICES = "devices";
  private static final String LISTEN = "listen";
  private static final String MEMBERS = "members";
  private static final String DISCOVERY_MS = "discoveryMs";
  private static final String LOOPS = "loops";
  private static final String TLS = "tls";
  private static final String CERTIFICATE = "certificate";
  private static final String KEY_FILE = "key";
  private static final String TRUST = "trust";
  private static final String ACCESS = "access";
  private static final String AUDIT = "audit";

  private static final String DEFAULT_LISTEN = "127.0.0.1:50061";
  private static final long DEFAULT_DISCOVERY_MS = 1_000;
  private static final long MIN_DISCOVERY_MS = 50;
  private static final long MAX_DISCOVERY_MS = 60_000;

  @Override
  public boolean isValid() {
    hasOnlyFields(INVENTORY, DEVICES, LISTEN, MEMBERS, DISCOVERY_MS, LOOPS, TLS, ACCESS, AUDIT);
    hasFields(INVENTORY);
    isIntegralNumber(DISCOVERY_MS, FieldPresence.OPTIONAL, MIN_DISCOVERY_MS, MAX_DISCOVERY_MS);
    isBoolean(LOOPS, FieldPresence.OPTIONAL);
    listen();
    Inventory inventory = inventory();
    names(DEVICES)
        .keySet()
        .forEach(
            d -> {
              if (!inventory.devices().containsKey(new DeviceId(d))) {
                throw new InvalidFieldException(DEVICES, "'" + d + "' is not in the inventory");
              }
            });
    names(MEMBERS).values().forEach(a -> address(MEMBERS, a));
    security();
    return true;
  }

  /**
   * The fabric.
   *
   * @throws InvalidFieldException saying what is wrong with it, and where
   */
  public Inventory inventory() {
    JsonNode node = object.get(INVENTORY);
    if (!(node instanceof ObjectNode)) {
      throw new InvalidFieldException(INVENTORY, "is missing, or not an object");
    }
    try {
      // JSON is YAML: the same reader, the same messages.
      return InventoryFile.parse("netcfg", node.toString());
    } catch (InventoryException | Invalid e) {
      throw new InvalidFieldException(INVENTORY, e);
    }
  }

  /** ONOS's name of a device. */
  public org.onosproject.net.DeviceId onosId(DeviceId device) {
    return org.onosproject.net.DeviceId.deviceId(
        names(DEVICES).getOrDefault(device.value(), "device:" + device.value()));
  }

  /**
   * Where the gRPC API listens.
   *
   * @throws InvalidFieldException when it is not HOST:PORT
   */
  public InetSocketAddress listen() {
    return address(LISTEN, get(LISTEN, DEFAULT_LISTEN));
  }

  /** The other nodes' gRPC APIs, by ONOS node id. */
  public SortedMap<String, String> members() {
    return names(MEMBERS);
  }

  public Duration discovery() {
    return Duration.ofMillis(get(DISCOVERY_MS, DEFAULT_DISCOVERY_MS));
  }

  public boolean loops() {
    return get(LOOPS, true);
  }

  /**
   * How the API is secured. The files are those of whichever node reads them: each has its own.
   *
   * @throws InvalidFieldException naming the field that is missing or no absolute path
   */
  public Security security() {
    JsonNode node = object.get(TLS);
    TlsFiles tls = null;
    if (node != null) {
      if (!(node instanceof ObjectNode files)) {
        throw new InvalidFieldException(TLS, "is not an object with certificate, key and trust");
      }
      hasOnlyFields(files, CERTIFICATE, KEY_FILE, TRUST);
      tls =
          new TlsFiles(
              file(TLS + "." + CERTIFICATE, files.path(CERTIFICATE)),
              file(TLS + "." + KEY_FILE, files.path(KEY_FILE)),
              file(TLS + "." + TRUST, files.path(TRUST)));
    }
    if (object.has(ACCESS) != (tls != null)) {
      throw new InvalidFieldException(
          ACCESS,
          tls == null
              ? "needs tls: who calls is known by certificate"
              : "must say who may do what where there is TLS");
    }
    return new Security(
        tls,
        Security.SwitchTls.BEYOND_LOOPBACK, // ONOS speaks to switches
        object.has(ACCESS) ? file(ACCESS, object.get(ACCESS)) : null,
        object.has(AUDIT) ? file(AUDIT, object.get(AUDIT)) : null);
  }

  private static Path file(String field, JsonNode node) {
    if (!node.isTextual()) {
      throw new InvalidFieldException(field, "is missing, or no text");
    }
    try {
      Path path = Path.of(node.asText());
      if (!path.isAbsolute()) {
        throw new InvalidFieldException(field, "'" + path + "' is not an absolute path");
      }
      return path;
    } catch (InvalidPathException e) {
      throw new InvalidFieldException(field, e);
    }
  }

  private SortedMap<String, String> names(String field) {
    SortedMap<String, String> all = new TreeMap<>();
    JsonNode node = object.get(field);
    if (node == null) {
      return all;
    }
    if (!(node instanceof ObjectNode)) {
      throw new InvalidFieldException(field, "is not an object of names");
    }
    node.fieldNames()
        .forEachRemaining(
            name -> {
              JsonNode value = node.get(name);
              if (!value.isTextual()) {
                throw new InvalidFieldException(field, "'" + name + "' is not a text");
              }
              all.put(name, value.asText());
            });
    return all;
  }

  private static InetSocketAddress address(String field, String text) {
    int colon = text.lastIndexOf(':');
    if (colon < 1 || !text.substring(colon + 1).matches("[0-9]{1,5}")) {
      throw new InvalidFieldException(field, "'" + text + "' is not HOST:PORT");
    }
    int port = Integer.parseInt(text.substring(colon + 1));
    if (port > 65_535) {
      throw new InvalidFieldException(field, port + " is not a port; allowed: 0 to 65535");
    }
    return new InetSocketAddress(text.substring(0, colon), port);
  }
}
