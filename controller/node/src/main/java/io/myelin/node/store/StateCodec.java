package io.myelin.node.store;

import com.fasterxml.jackson.annotation.JsonAutoDetect.Visibility;
import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.annotation.PropertyAccessor;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.annotation.JsonDeserialize;
import com.fasterxml.jackson.databind.annotation.JsonSerialize;
import com.fasterxml.jackson.databind.jsontype.NamedType;
import com.fasterxml.jackson.databind.util.StdConverter;
import com.fasterxml.jackson.dataformat.smile.databind.SmileMapper;
import io.myelin.core.collect.PersistentMap;
import io.myelin.core.collect.PersistentVector;
import io.myelin.core.model.Device;
import io.myelin.core.model.DeviceId;
import io.myelin.core.model.Endpoint;
import io.myelin.core.model.EndpointId;
import io.myelin.core.model.Inventory;
import io.myelin.core.model.Link;
import io.myelin.core.model.LinkId;
import io.myelin.core.model.PuntLimits;
import io.myelin.core.model.QosProfile;
import io.myelin.core.model.Quota;
import io.myelin.core.model.Tenant;
import io.myelin.core.model.TenantId;
import io.myelin.core.path.Topology;
import io.myelin.core.pipeline.EntryKey;
import io.myelin.core.pipeline.FieldMatch;
import io.myelin.core.pipeline.Table;
import io.myelin.core.state.Backups;
import io.myelin.core.state.Calendar;
import io.myelin.core.state.Command;
import io.myelin.core.state.FabricState;
import io.myelin.core.state.Job;
import io.myelin.core.state.JobName;
import io.myelin.core.state.Lease;
import io.myelin.core.state.LeaseIndices;
import io.myelin.core.state.LeaseName;
import io.myelin.core.state.LeaseShare;
import io.myelin.core.state.LeaseSpec;
import io.myelin.core.state.LeaseVersion;
import io.myelin.core.state.LinkBookings;
import io.myelin.core.state.LinkHealth;
import io.myelin.core.state.LinkState;
import io.myelin.core.state.LoopRecords;
import io.myelin.core.state.Named;
import io.myelin.core.state.PastDecision;
import io.myelin.core.state.QuotaUsage;
import io.myelin.core.state.RequestKey;
import io.myelin.core.state.RequestLog;
import io.myelin.core.state.RequestRecord;
import io.myelin.core.state.Route;
import io.myelin.core.state.RoutePair;
import io.myelin.core.state.RouteWeights;
import io.myelin.core.state.SteeredFlow;
import io.myelin.core.state.TenantRecords;
import io.myelin.core.state.Usage;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Commands and states as bytes: Smile, the binary form of JSON, with the core's records as they
 * are. The same state always gives the same bytes: everything in it has an order of its own.
 *
 * <p>A field that this version does not know is an error, never ignored: a member that skipped it
 * would hold another state than the others (invariant 7).
 */
final class StateCodec {

  /**
   * What this version writes; it reads every one from 1. Raise it with each change of a record.
   *
   * <p>2: tenants have quotas, the state has their accounts and the order in which leases ended.
   *
   * <p>3: what follows from the leases is not written any more.
   *
   * <p>4: removals that a switch refuses, and releases that an operator forces, are commands; the
   * state has the devices of which the leader cannot say what they hold; what is not known of a
   * link is not zero, and paths say on how many links they do not know it.
   *
   * <p>5: inventories are seeded and applied under a version; links remember when they failed, the
   * state what the loops decided; cables and NICs may have an MTU.
   *
   * <p>6: changes of leases and jobs say when room that they give up is free.
   *
   * <p>7: leases may burst.
   *
   * <p>8: counters of use name their entry by its text; what follows from leases and requests is
   * not written any more.
   */
  static final int FORMAT = 8;

  /** Kinds of commands that are written under another name than they have today. */
  private static final Map<Class<?>, String> FORMER_NAMES =
      Map.of(Command.SteerFlow.class, "GuideFlow");

  private static final ObjectMapper MAPPER = mapper();

  private StateCodec() {}

  static byte[] encode(Command command) {
    try {
      return MAPPER.writerFor(Command.class).writeValueAsBytes(command);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a command that cannot be written: " + command, e);
    }
  }

  /**
   * @throws IOException naming what cannot be read
   */
  static Command decodeCommand(int format, byte[] bytes) throws IOException {
    require(format);
    return MAPPER.readerFor(Command.class).readValue(bytes);
  }

  /** Leaves the stream open. */
  static void encode(FabricState state, OutputStream out) throws IOException {
    MAPPER.writerFor(Image.class).writeValue(out, Image.of(state));
  }

  /**
   * @throws IOException naming what cannot be read
   */
  static FabricState decodeState(int format, InputStream in) throws IOException {
    require(format);
    Image image = MAPPER.readerFor(Image.class).readValue(in);
    return image.state();
  }

  private static void require(int format) throws IOException {
    if (format < 1 || format > FORMAT) {
      throw new IOException(
          "state format "
              + format
              + " is not known to this version, which reads 1 to "
              + FORMAT
              + "; upgrade this member");
    }
  }

  /**
   * A state without what follows from the rest of it. The names of its components are those of the
   * format.
   *
   * @param guided flows that are steered
   */
  @JsonIgnoreProperties({"leasesByPair", "keptApart", "agenda", "requestAges", "ended"}) // till 7
  record Image(
      long revision,
      Inventory inventory,
      List<NumberedLink> links,
      PersistentMap<LeaseName, Lease> leases,
      PersistentMap<JobName, Job> jobs,
      PersistentMap<RequestKey, RequestRecord> requests,
      PersistentMap<TenantId, Integer> tenantNumbers,
      PersistentMap<RoutePair, RouteWeights> weights,
      PersistentMap<SteeredFlow.Key, SteeredFlow> guided,
      PersistentMap<LeaseName, Usage> usage,
      @Nullable PersistentMap<TenantId, QuotaUsage> accounts,
      @Nullable PersistentMap<DeviceId, String> lost,
      long inventoryVersion,
      @Nullable PersistentMap<Long, PastDecision> decisions) {

    /** What is so of a link, unless it is nothing in particular. */
    record NumberedLink(int number, LinkState state) {}

    static Image of(FabricState s) {
      List<NumberedLink> links = new ArrayList<>();
      for (int l = 0; l < s.links().size(); l++) {
        LinkState link = s.links().get(l);
        if (!link.equals(LinkState.INITIAL)) {
          links.add(new NumberedLink(l, link));
        }
      }
      return new Image(
          s.revision(),
          s.inventory(),
          links,
          s.leases(),
          s.jobs(),
          s.requestLog().records(),
          s.tenants().numbers(),
          s.loops().weights(),
          s.loops().steered(),
          s.usage(),
          s.tenants().usage(),
          s.lost(),
          s.inventoryVersion(),
          s.loops().decisions());
    }

    FabricState state() {
      Topology topology = new Topology(inventory);
      PersistentVector<LinkState> all =
          PersistentVector.filled(topology.links(), LinkState.INITIAL);
      for (NumberedLink l : links) {
        all = all.with(l.number, l.state);
      }
      return new FabricState(
          revision,
          topology,
          inventoryVersion,
          all,
          lost == null ? PersistentMap.empty() : lost,
          leases,
          LeaseIndices.of(leases),
          usage,
          jobs,
          RequestLog.of(requests),
          new TenantRecords(tenantNumbers, accounts == null ? QuotaUsage.of(leases) : accounts),
          new LoopRecords(weights, guided, decisions == null ? PersistentMap.empty() : decisions));
    }
  }

  // ---- how the core's types are written --------------------------------------------------------

  private static ObjectMapper mapper() {
    SmileMapper mapper =
        SmileMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
            .disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET)
            .visibility(PropertyAccessor.GETTER, Visibility.NONE)
            .visibility(PropertyAccessor.IS_GETTER, Visibility.NONE)
            .visibility(PropertyAccessor.FIELD, Visibility.ANY)
            .addMixIn(Command.class, Tagged.class)
            .addMixIn(RequestRecord.class, RequestRecordMixin.class)
            .addMixIn(Inventory.class, InventoryMixin.class)
            .addMixIn(Tenant.class, TenantMixin.class)
            .addMixIn(Calendar.class, CalendarMixin.class)
            .addMixIn(Lease.class, LeaseMixin.class)
            .addMixIn(LinkState.class, LinkStateMixin.class)
            .addMixIn(Usage.Counter.class, CounterMixin.class)
            .build();
    for (Class<?> kind : Command.class.getPermittedSubclasses()) {
      mapper.registerSubtypes(
          new NamedType(kind, FORMER_NAMES.getOrDefault(kind, kind.getSimpleName())));
    }
    mapper.registerSubtypes(
        new NamedType(LeaseName.class, "lease"), new NamedType(JobName.class, "job"));
    mapper.registerModule(
        new CollectModule()
            .amounts()
            .id(DeviceId.class, DeviceId::value, DeviceId::new)
            .id(LinkId.class, LinkId::value, LinkId::new)
            .id(EndpointId.class, EndpointId::value, EndpointId::new)
            .id(TenantId.class, TenantId::value, TenantId::new));
    return mapper;
  }

  @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "@")
  private interface Tagged {}

  interface RequestRecordMixin {
    @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "@")
    Named about();
  }

  @JsonSerialize(converter = InventoryOut.class)
  @JsonDeserialize(converter = InventoryIn.class)
  private interface InventoryMixin {}

  @JsonDeserialize(converter = TenantIn.class)
  private interface TenantMixin {}

  /** A tenant as any version wrote it; quota null: it had none yet. */
  record TenantImage(TenantId id, List<TenantId> mayReach, @Nullable Quota quota) {}

  static final class TenantIn extends StdConverter<TenantImage, Tenant> {
    @Override
    public Tenant convert(TenantImage t) {
      return new Tenant(t.id, t.mayReach, t.quota == null ? Quota.NONE : t.quota);
    }
  }

  @JsonSerialize(converter = LeaseOut.class)
  @JsonDeserialize(converter = LeaseIn.class)
  private interface LeaseMixin {}

  /** A lease with all that it consists of side by side. */
  record LeaseImage(
      LeaseName name,
      LeaseSpec spec,
      Lease.LeaseState state,
      Lease.LeaseState endsAs,
      Route route,
      String reason,
      long generation,
      long revision,
      long createTimeMs,
      long updateTimeMs,
      long heldBps,
      long shortBps,
      long extraBps,
      @Nullable JobName job) {}

  static final class LeaseOut extends StdConverter<Lease, LeaseImage> {
    @Override
    public LeaseImage convert(Lease l) {
      return new LeaseImage(
          l.name(),
          l.spec(),
          l.state(),
          l.endsAs(),
          l.route(),
          l.reason(),
          l.generation(),
          l.revision(),
          l.createTimeMs(),
          l.updateTimeMs(),
          l.heldBps(),
          l.shortBps(),
          l.extraBps(),
          l.job());
    }
  }

  static final class LeaseIn extends StdConverter<LeaseImage, Lease> {
    @Override
    public Lease convert(LeaseImage l) {
      return new Lease(
          l.name,
          l.spec,
          l.state,
          l.endsAs,
          l.route,
          l.reason,
          new LeaseVersion(l.generation, l.revision, l.createTimeMs, l.updateTimeMs),
          new LeaseShare(l.heldBps, l.shortBps, l.extraBps),
          l.job);
    }
  }

  @JsonSerialize(converter = LinkStateOut.class)
  @JsonDeserialize(converter = LinkStateIn.class)
  private interface LinkStateMixin {}

  /**
   * A link with all that is so of it side by side.
   *
   * @param failuresMs null: written before format 5
   */
  record LinkStateImage(
      boolean observed,
      boolean up,
      long measuredLatencyNs,
      long heldBps,
      Calendar booked,
      Backups backups,
      PersistentMap<LeaseName, Boolean> leases,
      boolean drained,
      boolean slowed,
      @Nullable List<Long> failuresMs) {}

  static final class LinkStateOut extends StdConverter<LinkState, LinkStateImage> {
    @Override
    public LinkStateImage convert(LinkState l) {
      return new LinkStateImage(
          l.observed(),
          l.up(),
          l.measuredLatencyNs(),
          l.heldBps(),
          l.booked(),
          l.backups(),
          l.leases(),
          l.drained(),
          l.slowed(),
          l.failuresMs());
    }
  }

  static final class LinkStateIn extends StdConverter<LinkStateImage, LinkState> {
    @Override
    public LinkState convert(LinkStateImage l) {
      return new LinkState(
          new LinkHealth(
              l.observed,
              l.up,
              l.measuredLatencyNs,
              l.failuresMs == null ? List.of() : l.failuresMs),
          new LinkBookings(l.heldBps, l.booked, l.backups, l.leases),
          l.drained,
          l.slowed);
    }
  }

  @JsonDeserialize(converter = CounterIn.class)
  private interface CounterMixin {}

  /**
   * A counter of use as any version wrote it.
   *
   * @param key of formats 1 to 7: its entry by table and fields
   */
  record CounterImage(DeviceId device, @Nullable KeyImage key, @Nullable String entry) {}

  /** What an entry was called before it had a text; its table by the name of a constant. */
  record KeyImage(String table, List<FieldMatch> match, int priority) {
    String text() {
      String name = table.toLowerCase(Locale.ROOT);
      return new EntryKey(new FormerTable(name), match, priority).text();
    }
  }

  /** Only its name is asked for. */
  private record FormerTable(String p4Name) implements Table {
    @Override
    public int stage() {
      return 0;
    }
  }

  static final class CounterIn extends StdConverter<CounterImage, Usage.Counter> {
    @Override
    public Usage.Counter convert(CounterImage c) {
      return new Usage.Counter(
          c.device, c.key != null ? c.key.text() : Objects.requireNonNull(c.entry, "entry"));
    }
  }

  @JsonSerialize(converter = CalendarOut.class)
  @JsonDeserialize(converter = CalendarIn.class)
  private interface CalendarMixin {}

  /**
   * An inventory without its indices.
   *
   * @param puntLimits null: written before there were any
   */
  record InventoryImage(
      String name,
      double reservableShare,
      QosProfile qos,
      @Nullable PuntLimits puntLimits,
      List<Device> devices,
      List<Link> links,
      List<Endpoint> endpoints,
      List<Tenant> tenants) {}

  static final class InventoryOut extends StdConverter<Inventory, InventoryImage> {
    @Override
    public InventoryImage convert(Inventory i) {
      return new InventoryImage(
          i.name(),
          i.reservableShare(),
          i.qos(),
          i.puntLimits(),
          values(i.devices()),
          values(i.links()),
          values(i.endpoints()),
          values(i.tenants()));
    }

    private static <K extends Comparable<? super K>, V> List<V> values(PersistentMap<K, V> map) {
      List<V> all = new ArrayList<>();
      for (Map.Entry<K, V> e : map) {
        all.add(e.getValue());
      }
      return all;
    }
  }

  static final class InventoryIn extends StdConverter<InventoryImage, Inventory> {
    @Override
    public Inventory convert(InventoryImage i) {
      return new Inventory(
          i.name,
          i.reservableShare,
          i.qos,
          i.puntLimits == null ? PuntLimits.DEFAULT : i.puntLimits,
          i.devices,
          i.links,
          i.endpoints,
          i.tenants);
    }
  }

  static final class CalendarOut extends StdConverter<Calendar, Calendar.Steps> {
    @Override
    public Calendar.Steps convert(Calendar c) {
      return c.steps();
    }
  }

  static final class CalendarIn extends StdConverter<Calendar.Steps, Calendar> {
    @Override
    public Calendar convert(Calendar.Steps s) {
      return Calendar.of(s);
    }
  }
}
