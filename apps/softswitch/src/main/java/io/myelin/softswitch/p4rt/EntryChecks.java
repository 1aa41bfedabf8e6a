package io.myelin.softswitch.p4rt;

import com.google.protobuf.ByteString;
import io.myelin.p4.config.v1.ActionRef;
import io.myelin.p4.config.v1.MatchField;
import io.myelin.p4.v1.Action;
import io.myelin.p4.v1.FieldMatch;
import io.myelin.softswitch.engine.ActionCall;
import io.myelin.softswitch.p4rt.PipelineInfo.TableInfo;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Checks matches and actions against the P4Info and turns them into canonical and engine form. */
final class EntryChecks {
  private final PipelineInfo info;

  EntryChecks(PipelineInfo info) {
    this.info = info;
  }

  /** A match in both forms. */
  record Match(List<FieldMatch> canonical, List<io.myelin.softswitch.engine.MatchField> engine) {}

  /** An action in both forms. */
  record Checked(Action canonical, ActionCall engine) {}

  // ---- match (§9.1.1) ------------------------------------------------------------------------

  Match match(TableInfo table, List<FieldMatch> fields) {
    return match("table '" + table.name() + "'", table.table().getMatchFieldsList(), fields);
  }

  Match match(String owner, List<MatchField> declared, List<FieldMatch> given) {
    FieldMatch[] byIndex = new FieldMatch[declared.size()];
    for (FieldMatch m : given) {
      int i = index(owner, declared, m.getFieldId());
      if (byIndex[i] != null) {
        throw RpcException.invalid(
            owner + ": field '" + declared.get(i).getName() + "' is there twice");
      }
      byIndex[i] = m;
    }
    List<FieldMatch> canonical = new ArrayList<>(given.size());
    List<io.myelin.softswitch.engine.MatchField> engine = new ArrayList<>(declared.size());
    for (int i = 0; i < byIndex.length; i++) {
      MatchField f = declared.get(i);
      if (byIndex[i] == null) {
        if (f.getMatchType() == MatchField.MatchType.EXACT) {
          throw RpcException.invalid(owner + ": exact field '" + f.getName() + "' is missing");
        }
        engine.add(new io.myelin.softswitch.engine.MatchField.Any());
      } else {
        field(owner + ": field '" + f.getName() + "'", f, byIndex[i], canonical, engine);
      }
    }
    return new Match(canonical, engine);
  }

  private static int index(String owner, List<MatchField> declared, int id) {
    for (int i = 0; i < declared.size(); i++) {
      if (declared.get(i).getId() == id) {
        return i;
      }
    }
    throw RpcException.invalid(
        owner
            + " has no match field with id "
            + id
            + "; it has: "
            + PipelineInfo.some(
                declared.stream().map(f -> f.getId() + " (" + f.getName() + ")").toList()));
  }

  private static void field(
      String what,
      MatchField f,
      FieldMatch m,
      List<FieldMatch> canonical,
      List<io.myelin.softswitch.engine.MatchField> engine) {
    FieldMatch.Builder out = FieldMatch.newBuilder().setFieldId(f.getId());
    int width = f.getBitwidth();
    switch (f.getMatchType()) {
      case EXACT -> {
        require(what, m, FieldMatch.FieldMatchTypeCase.EXACT);
        ByteString v = Bytestrings.canonical(m.getExact().getValue(), width, what);
        out.setExact(FieldMatch.Exact.newBuilder().setValue(v));
        engine.add(new io.myelin.softswitch.engine.MatchField.Exact(v.toByteArray()));
      }
      case LPM -> {
        require(what, m, FieldMatch.FieldMatchTypeCase.LPM);
        int prefix = m.getLpm().getPrefixLen();
        if (prefix < 1 || prefix > width) {
          throw RpcException.invalid(
              what
                  + ": prefix length "
                  + prefix
                  + " is not allowed; allowed: 1 to "
                  + width
                  + ", and leave the field out to match anything");
        }
        ByteString v = Bytestrings.canonical(m.getLpm().getValue(), width, what);
        if (Bytestrings.hasHostBits(v, width, prefix)) {
          throw RpcException.invalid(
              what + ": the value has bits beyond its prefix length " + prefix);
        }
        out.setLpm(FieldMatch.LPM.newBuilder().setValue(v).setPrefixLen(prefix));
        engine.add(new io.myelin.softswitch.engine.MatchField.Lpm(v.toByteArray(), prefix));
      }
      case TERNARY -> {
        require(what, m, FieldMatch.FieldMatchTypeCase.TERNARY);
        ByteString v = Bytestrings.canonical(m.getTernary().getValue(), width, what);
        ByteString mask = Bytestrings.canonical(m.getTernary().getMask(), width, what + " mask");
        if (Bytestrings.isZero(mask)) {
          throw RpcException.invalid(what + ": a mask of zero is not allowed; leave the field out");
        }
        if (Bytestrings.hasBitsOutside(v, mask)) {
          throw RpcException.invalid(what + ": the value has bits outside its mask");
        }
        out.setTernary(FieldMatch.Ternary.newBuilder().setValue(v).setMask(mask));
        engine.add(
            new io.myelin.softswitch.engine.MatchField.Ternary(
                v.toByteArray(), mask.toByteArray()));
      }
      case RANGE -> {
        require(what, m, FieldMatch.FieldMatchTypeCase.RANGE);
        ByteString low = Bytestrings.canonical(m.getRange().getLow(), width, what + " low");
        ByteString high = Bytestrings.canonical(m.getRange().getHigh(), width, what + " high");
        if (Bytestrings.compare(low, high) > 0) {
          throw RpcException.invalid(what + ": low is above high");
        }
        if (Bytestrings.isZero(low) && isAllOnes(high, width)) {
          throw RpcException.invalid(
              what + ": the whole range is not allowed; leave the field out");
        }
        out.setRange(FieldMatch.Range.newBuilder().setLow(low).setHigh(high));
        engine.add(
            new io.myelin.softswitch.engine.MatchField.Range(
                low.toByteArray(), high.toByteArray()));
      }
      case OPTIONAL -> {
        require(what, m, FieldMatch.FieldMatchTypeCase.OPTIONAL);
        ByteString v = Bytestrings.canonical(m.getOptional().getValue(), width, what);
        out.setOptional(FieldMatch.Optional.newBuilder().setValue(v));
        engine.add(new io.myelin.softswitch.engine.MatchField.OptionalValue(v.toByteArray()));
      }
      case UNSPECIFIED, UNRECOGNIZED ->
          throw RpcException.unimplemented(
              what + ": match type " + f.getOtherMatchType() + " is not supported");
    }
    canonical.add(out.build());
  }

  private static boolean isAllOnes(ByteString v, int width) {
    return new java.math.BigInteger(1, v.toByteArray()).bitCount() == width;
  }

  private static void require(String what, FieldMatch m, FieldMatch.FieldMatchTypeCase wanted) {
    if (m.getFieldMatchTypeCase() != wanted) {
      throw RpcException.invalid(
          what + " is given as " + m.getFieldMatchTypeCase() + "; allowed: " + wanted);
    }
  }

  // ---- actions -------------------------------------------------------------------------------

  /** Where an action stands: decides which scopes allow it. */
  enum Place {
    ENTRY,
    DEFAULT
  }

  Checked action(TableInfo table, Action a, Place place) {
    ActionRef ref = table.actions().get(a.getActionId());
    ActionRef.Scope barred =
        place == Place.ENTRY ? ActionRef.Scope.DEFAULT_ONLY : ActionRef.Scope.TABLE_ONLY;
    if (ref == null || ref.getScope() == barred) {
      throw RpcException.invalid(
          "table '"
              + table.name()
              + "' does not take action "
              + describe(a.getActionId())
              + (place == Place.ENTRY ? " in entries" : " as default")
              + "; it takes: "
              + PipelineInfo.some(
                  table.actions().values().stream()
                      .filter(r -> r.getScope() != barred)
                      .map(r -> describe(r.getId()))
                      .toList()));
    }
    return call(a);
  }

  private String describe(int actionId) {
    var action = info.actionOrNull(actionId);
    return action == null ? actionId + " (unknown)" : "'" + action.getPreamble().getName() + "'";
  }

  io.myelin.p4.config.v1.@Nullable Action declared(int actionId) {
    return info.actionOrNull(actionId);
  }

  /** An action with its parameters checked. */
  Checked call(Action a) {
    var declared = info.actionOrNull(a.getActionId());
    if (declared == null) {
      throw RpcException.invalid("there is no action with id " + a.getActionId());
    }
    String name = declared.getPreamble().getName();
    int count = declared.getParamsCount();
    ByteString[] values = new ByteString[count];
    for (Action.Param p : a.getParamsList()) {
      int i = paramIndex(declared, p.getParamId());
      if (values[i] != null) {
        throw RpcException.invalid(
            "action '"
                + name
                + "': parameter '"
                + declared.getParams(i).getName()
                + "' is there twice");
      }
      values[i] =
          Bytestrings.canonical(
              p.getValue(),
              declared.getParams(i).getBitwidth(),
              "action '" + name + "' parameter '" + declared.getParams(i).getName() + "'");
    }
    Action.Builder canonical = Action.newBuilder().setActionId(a.getActionId());
    List<byte[]> args = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      if (values[i] == null) {
        throw RpcException.invalid(
            "action '"
                + name
                + "': parameter '"
                + declared.getParams(i).getName()
                + "' is missing");
      }
      canonical.addParams(
          Action.Param.newBuilder().setParamId(declared.getParams(i).getId()).setValue(values[i]));
      args.add(values[i].toByteArray());
    }
    return new Checked(canonical.build(), new ActionCall(name, args));
  }

  private static int paramIndex(io.myelin.p4.config.v1.Action declared, int id) {
    for (int i = 0; i < declared.getParamsCount(); i++) {
      if (declared.getParams(i).getId() == id) {
        return i;
      }
    }
    throw RpcException.invalid(
        "action '"
            + declared.getPreamble().getName()
            + "' has no parameter with id "
            + id
            + "; it has: "
            + PipelineInfo.some(
                declared.getParamsList().stream()
                    .map(p -> p.getId() + " (" + p.getName() + ")")
                    .toList()));
  }
}
