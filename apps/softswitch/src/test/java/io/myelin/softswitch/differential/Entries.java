package io.myelin.softswitch.differential;

import com.google.protobuf.ByteString;
import io.myelin.p4.config.v1.Action;
import io.myelin.p4.config.v1.ActionProfile;
import io.myelin.p4.config.v1.ActionRef;
import io.myelin.p4.config.v1.MatchField;
import io.myelin.p4.config.v1.Meter;
import io.myelin.p4.config.v1.MeterSpec;
import io.myelin.p4.config.v1.Table;
import io.myelin.p4.v1.ActionProfileAction;
import io.myelin.p4.v1.ActionProfileActionSet;
import io.myelin.p4.v1.ActionProfileGroup;
import io.myelin.p4.v1.ActionProfileMember;
import io.myelin.p4.v1.CloneSessionEntry;
import io.myelin.p4.v1.Entity;
import io.myelin.p4.v1.FieldMatch;
import io.myelin.p4.v1.Index;
import io.myelin.p4.v1.MeterConfig;
import io.myelin.p4.v1.MeterEntry;
import io.myelin.p4.v1.MulticastGroupEntry;
import io.myelin.p4.v1.PacketReplicationEngineEntry;
import io.myelin.p4.v1.Replica;
import io.myelin.p4.v1.TableAction;
import io.myelin.p4.v1.TableEntry;
import io.myelin.p4.v1.Update;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Random entries for any program: every table of the P4Info that takes entries, all match kinds,
 * all actions, members, groups with weights and one-shot groups, direct meters, default actions,
 * multicast groups and clone sessions. Priorities within a table differ: which of two equal ones
 * wins is nobody's promise.
 */
final class Entries {
  private static final int MEMBERS = 12;
  private static final int GROUPS = 8;
  private static final int SMALL_GROUP = 4;
  private static final int REPLICATION_IDS = 8;

  private final Program program;
  private final Hints hints;
  private final List<Update> updates = new ArrayList<>();
  private final Map<Integer, Integer> priorities = new HashMap<>();
  private final Set<Object> keys = new HashSet<>();

  /** Profiles whose tables take one-shot groups instead of members and groups. */
  private final Set<Integer> oneShot = new HashSet<>();

  private Entries(Program program, Hints hints) {
    this.program = program;
    this.hints = hints;
  }

  /** Updates, all inserts or default actions, in an order in which they can be written. */
  static List<Update> generate(Program program, Hints hints) {
    Entries e = new Entries(program, hints);
    for (ActionProfile p : program.info.getActionProfilesList()) {
      if (p.getWithSelector() && isLarge(p) && hints.rarely(3)) {
        e.oneShot.add(p.getPreamble().getId());
      } else {
        e.profile(p);
      }
    }
    hints.skeleton(e);
    program.info.getTablesList().forEach(e::table);
    program.info.getMetersList().forEach(e::meter);
    e.replication();
    return List.copyOf(e.updates);
  }

  private void insert(Entity.Builder entity) {
    updates.add(Update.newBuilder().setType(Update.Type.INSERT).setEntity(entity).build());
  }

  private Table tableOf(ActionProfile p) {
    Table t =
        program.info.getTablesList().stream()
            .filter(x -> p.getTableIdsList().contains(x.getPreamble().getId()))
            .findFirst()
            .orElse(null);
    if (t == null) {
      throw new AssertionError("no table uses " + p.getPreamble().getName());
    }
    return t;
  }

  /** Whether copies for weights and one-shot groups find room: the softswitch counts them. */
  private static boolean isLarge(ActionProfile p) {
    return p.getSize() >= 1000;
  }

  /** All groups together have at most the profile's size (P4Runtime §9.2.2). */
  private static int groups(ActionProfile p) {
    return isLarge(p) ? GROUPS : Math.max(1, (int) p.getSize() / SMALL_GROUP);
  }

  private static int groupSize(ActionProfile p) {
    int most = isLarge(p) ? Integer.MAX_VALUE : SMALL_GROUP;
    return p.getMaxGroupSize() == 0 ? most : Math.min(most, p.getMaxGroupSize());
  }

  private void profile(ActionProfile p) {
    int id = p.getPreamble().getId();
    Table table = tableOf(p);
    int members = Math.min(MEMBERS, (int) p.getSize() / 2);
    for (int m = 1; m <= members; m++) {
      insert(
          Entity.newBuilder()
              .setActionProfileMember(
                  ActionProfileMember.newBuilder()
                      .setActionProfileId(id)
                      .setMemberId(m)
                      .setAction(action(table))));
    }
    if (!p.getWithSelector()) {
      return;
    }
    for (int g = 1; g <= groups(p); g++) {
      ActionProfileGroup.Builder group =
          ActionProfileGroup.newBuilder()
              .setActionProfileId(id)
              .setGroupId(g)
              .setMaxSize(p.getMaxGroupSize());
      int size = 0;
      for (int m = 1; m <= members; m++) {
        int weight = hints.rarely(3) ? 1 + hints.random.nextInt(isLarge(p) ? 3 : 1) : 0;
        if (weight > 0 && size + weight <= groupSize(p)) {
          group.addMembers(ActionProfileGroup.Member.newBuilder().setMemberId(m).setWeight(weight));
          size += weight;
        }
      }
      if (size == 0) {
        group.addMembers(ActionProfileGroup.Member.newBuilder().setMemberId(1).setWeight(1));
      }
      insert(Entity.newBuilder().setActionProfileGroup(group));
    }
  }

  private void table(Table t) {
    if (t.getIsConstTable() || t.getHasInitialEntries()) {
      return;
    }
    if (t.getMatchFieldsCount() == 0) {
      defaultAction(t);
      return;
    }
    if (t.getConstDefaultActionId() == 0 && t.getImplementationId() == 0 && hints.rarely(3)) {
      defaultAction(t);
    }
    int wanted = (int) Math.min(hints.entries(t), t.getSize() / 2);
    for (int i = 0; i < wanted; i++) {
      List<FieldMatch> match = new ArrayList<>();
      for (MatchField f : t.getMatchFieldsList()) {
        FieldMatch m = match(t, f);
        if (m != null) {
          match.add(m);
        }
      }
      if (!match.isEmpty()) {
        add(t, match, 10 + specificity(match) + hints.random.nextInt(40), tableAction(t));
      }
    }
  }

  /** Bits that must match: what is more specific mostly ranks higher, or would never be hit. */
  private static int specificity(List<FieldMatch> match) {
    return match.stream()
        .mapToInt(
            m ->
                m.hasTernary()
                    ? new BigInteger(1, m.getTernary().getMask().toByteArray()).bitCount()
                    : 16)
        .sum();
  }

  private void defaultAction(Table t) {
    if (t.getConstDefaultActionId() == 0) {
      updates.add(
          Update.newBuilder()
              .setType(Update.Type.MODIFY)
              .setEntity(
                  Entity.newBuilder()
                      .setTableEntry(
                          TableEntry.newBuilder()
                              .setTableId(t.getPreamble().getId())
                              .setIsDefaultAction(true)
                              .setAction(
                                  TableAction.newBuilder()
                                      .setAction(action(t, ActionRef.Scope.TABLE_ONLY)))))
              .build());
    }
  }

  /** Adds an entry unless its match is there already; below 10 is for skeletons. */
  void add(Table t, List<FieldMatch> match, int priority, TableAction action) {
    int id = t.getPreamble().getId();
    if (!keys.add(List.of(id, match))) {
      return;
    }
    TableEntry.Builder e =
        TableEntry.newBuilder().setTableId(id).addAllMatch(match).setAction(action);
    if (ranked(t)) {
      // Unique: the rank counts, and then the number of the entry.
      int n = priorities.merge(id, 1, Integer::sum);
      e.setPriority(priority * 10_000 + n);
    }
    program.info.getDirectMetersList().stream()
        .filter(m -> m.getDirectTableId() == id && hints.random.nextBoolean())
        .forEach(m -> e.setMeterConfig(rates(m.getSpec())));
    insert(Entity.newBuilder().setTableEntry(e));
  }

  /**
   * Rates that make the colour independent of time: green, or, where bytes are metered, red, as no
   * frame fits into the burst.
   */
  private MeterConfig rates(MeterSpec spec) {
    boolean red = spec.getUnit() == MeterSpec.Unit.BYTES && hints.rarely(4);
    long rate = red ? 1 : 1_000_000_000;
    return MeterConfig.newBuilder()
        .setCir(rate)
        .setCburst(rate)
        .setPir(rate)
        .setPburst(rate)
        .build();
  }

  private void meter(Meter m) {
    for (int i = 0; i < Math.min(8, m.getSize()); i++) {
      updates.add(
          Update.newBuilder()
              .setType(Update.Type.MODIFY)
              .setEntity(
                  Entity.newBuilder()
                      .setMeterEntry(
                          MeterEntry.newBuilder()
                              .setMeterId(m.getPreamble().getId())
                              .setIndex(Index.newBuilder().setIndex(i))
                              .setConfig(rates(m.getSpec()))))
              .build());
    }
  }

  private static boolean ranked(Table t) {
    return t.getMatchFieldsList().stream()
        .anyMatch(
            f ->
                f.getMatchType() == MatchField.MatchType.TERNARY
                    || f.getMatchType() == MatchField.MatchType.RANGE
                    || f.getMatchType() == MatchField.MatchType.OPTIONAL);
  }

  // ---- matches ----------------------------------------------------------------------------------

  private BigInteger value(Table t, MatchField f) {
    return hints.value(t.getPreamble().getAlias(), f.getName(), f.getBitwidth());
  }

  private @Nullable FieldMatch match(Table t, MatchField f) {
    boolean omit = hints.omit(t, f.getName());
    BigInteger v = value(t, f);
    return switch (f.getMatchType()) {
      case EXACT -> exact(f, v);
      case LPM -> {
        int length = omit ? 0 : prefixLength(f.getBitwidth());
        yield length == 0 ? null : lpm(f, v, length);
      }
      case TERNARY -> omit ? null : ternary(f, v, mask(f.getBitwidth()));
      case RANGE -> omit ? null : range(f, v, value(t, f));
      case OPTIONAL ->
          omit
              ? null
              : FieldMatch.newBuilder()
                  .setFieldId(f.getId())
                  .setOptional(FieldMatch.Optional.newBuilder().setValue(bytes(v)))
                  .build();
      default -> throw new AssertionError("match kind " + f.getMatchType());
    };
  }

  private int prefixLength(int width) {
    return switch (hints.random.nextInt(4)) {
      case 0 -> width;
      case 1 -> 1 + hints.random.nextInt(width);
      default -> Math.max(1, width - 8 * hints.random.nextInt(4));
    };
  }

  private BigInteger mask(int width) {
    BigInteger ones = ones(width);
    return switch (hints.random.nextInt(6)) {
      case 0 -> new BigInteger(width, hints.random).setBit(0);
      case 1, 2 -> ones.andNot(ones(width - prefixLength(width)));
      default -> ones;
    };
  }

  static FieldMatch exact(MatchField f, BigInteger v) {
    return FieldMatch.newBuilder()
        .setFieldId(f.getId())
        .setExact(FieldMatch.Exact.newBuilder().setValue(bytes(v)))
        .build();
  }

  static FieldMatch lpm(MatchField f, BigInteger v, int length) {
    return FieldMatch.newBuilder()
        .setFieldId(f.getId())
        .setLpm(
            FieldMatch.LPM
                .newBuilder()
                .setValue(bytes(v.andNot(ones(f.getBitwidth() - length))))
                .setPrefixLen(length))
        .build();
  }

  static FieldMatch ternary(MatchField f, BigInteger v, BigInteger mask) {
    return FieldMatch.newBuilder()
        .setFieldId(f.getId())
        .setTernary(
            FieldMatch.Ternary.newBuilder().setValue(bytes(v.and(mask))).setMask(bytes(mask)))
        .build();
  }

  private static @Nullable FieldMatch range(MatchField f, BigInteger a, BigInteger b) {
    if (a.min(b).signum() == 0 && a.max(b).equals(ones(f.getBitwidth()))) {
      return null; // "any" is to be omitted
    }
    return FieldMatch.newBuilder()
        .setFieldId(f.getId())
        .setRange(FieldMatch.Range.newBuilder().setLow(bytes(a.min(b))).setHigh(bytes(a.max(b))))
        .build();
  }

  static BigInteger ones(int width) {
    return BigInteger.ONE.shiftLeft(width).subtract(BigInteger.ONE);
  }

  /** The shortest form, which P4Runtime calls canonical. */
  static ByteString bytes(BigInteger v) {
    byte[] b = v.toByteArray();
    int from = b.length > 1 && b[0] == 0 ? 1 : 0;
    return ByteString.copyFrom(b, from, b.length - from);
  }

  // ---- actions ----------------------------------------------------------------------------------

  /** What an entry of this table may do: an action, or something of the table's profile. */
  TableAction tableAction(Table t) {
    int profileId = t.getImplementationId();
    if (profileId == 0) {
      return TableAction.newBuilder().setAction(action(t)).build();
    }
    ActionProfile p =
        program.info.getActionProfilesList().stream()
            .filter(x -> x.getPreamble().getId() == profileId)
            .findFirst()
            .orElseThrow();
    if (oneShot.contains(profileId)) {
      ActionProfileActionSet.Builder set = ActionProfileActionSet.newBuilder();
      for (int n = 1 + hints.random.nextInt(4); n > 0; n--) {
        set.addActionProfileActions(
            ActionProfileAction.newBuilder()
                .setAction(action(t))
                .setWeight(1 + hints.random.nextInt(3)));
      }
      return TableAction.newBuilder().setActionProfileActionSet(set).build();
    }
    if (p.getWithSelector() && hints.random.nextInt(3) > 0) {
      return TableAction.newBuilder()
          .setActionProfileGroupId(1 + hints.random.nextInt(groups(p)))
          .build();
    }
    int members = Math.min(MEMBERS, (int) p.getSize() / 2);
    return TableAction.newBuilder()
        .setActionProfileMemberId(1 + hints.random.nextInt(members))
        .build();
  }

  private io.myelin.p4.v1.Action action(Table t) {
    return action(t, ActionRef.Scope.DEFAULT_ONLY);
  }

  /** Any of the table's actions but those of the given scope. */
  private io.myelin.p4.v1.Action action(Table t, ActionRef.Scope except) {
    List<Action> choices = new ArrayList<>();
    for (ActionRef ref : t.getActionRefsList()) {
      if (ref.getScope() != except) {
        Action a = program.action(ref.getId());
        for (int w = hints.weight(t, a.getPreamble().getAlias()); w > 0; w--) {
          choices.add(a);
        }
      }
    }
    return action(hints.pick(choices));
  }

  /** An action with random arguments. */
  io.myelin.p4.v1.Action action(Action a) {
    io.myelin.p4.v1.Action.Builder out =
        io.myelin.p4.v1.Action.newBuilder().setActionId(a.getPreamble().getId());
    for (Action.Param p : a.getParamsList()) {
      out.addParams(
          io.myelin.p4.v1.Action.Param.newBuilder()
              .setParamId(p.getId())
              .setValue(
                  bytes(hints.value(a.getPreamble().getAlias(), p.getName(), p.getBitwidth()))));
    }
    return out.build();
  }

  Program program() {
    return program;
  }

  // ---- replication ------------------------------------------------------------------------------

  private void replication() {
    for (int id = 1; id <= REPLICATION_IDS; id++) {
      List<Replica> replicas = new ArrayList<>();
      // One copy a port: PI keeps a group's nodes in hash order, so copies have none.
      for (int n = 1 + hints.random.nextInt(3); n > 0; n--) {
        replicas.add(
            Replica.newBuilder()
                .setPort(bytes(BigInteger.valueOf(3 * n - hints.random.nextInt(3))))
                .setInstance(100 * n + hints.random.nextInt(100))
                .build());
      }
      insert(
          Entity.newBuilder()
              .setPacketReplicationEngineEntry(
                  PacketReplicationEngineEntry.newBuilder()
                      .setMulticastGroupEntry(
                          MulticastGroupEntry.newBuilder()
                              .setMulticastGroupId(id)
                              .addAllReplicas(replicas))));
      insert(
          Entity.newBuilder()
              .setPacketReplicationEngineEntry(
                  PacketReplicationEngineEntry.newBuilder()
                      .setCloneSessionEntry(
                          CloneSessionEntry.newBuilder()
                              .setSessionId(id)
                              .addReplicas(replicas.get(0)))));
    }
  }
}
