package io.myelin.softswitch.p4rt;

import com.google.protobuf.ByteString;
import io.myelin.p4.v1.Action;
import io.myelin.softswitch.engine.ActionCall;
import java.util.ArrayList;
import java.util.List;

/** An action with its parameters. */
final class ActionSpec {
  private final int id;
  private final String name;
  private final String engineName;
  private final List<Param> params;

  /** A parameter; {@code what} names it in refusals. */
  record Param(int id, String name, int bitwidth, String what) {}

  /** A checked action: for the engine and, with canonical strings, for readers. */
  record Resolved(ActionCall call, Action canonical) {}

  ActionSpec(io.myelin.p4.config.v1.Action a) {
    id = a.getPreamble().getId();
    engineName = a.getPreamble().getName();
    name = PipelineInfo.shortName(a.getPreamble());
    List<Param> list = new ArrayList<>();
    for (io.myelin.p4.config.v1.Action.Param p : a.getParamsList()) {
      String what = "parameter '" + p.getName() + "' of action '" + name + "'";
      KeySpec.checkWidth(p.getBitwidth(), p.getTypeName(), what);
      if (p.getId() == 0 || list.stream().anyMatch(q -> q.id == p.getId())) {
        throw Refusal.invalid(what + " has id " + p.getId() + ", which is zero or not unique");
      }
      list.add(new Param(p.getId(), p.getName(), p.getBitwidth(), what));
    }
    params = List.copyOf(list);
  }

  int id() {
    return id;
  }

  String name() {
    return name;
  }

  String engineName() {
    return engineName;
  }

  boolean hasParams() {
    return !params.isEmpty();
  }

  /** Checks the arguments (§9.1.2). */
  Resolved resolve(Action action) {
    int n = params.size();
    byte[][] args = new byte[n][];
    boolean canonical = true;
    for (int i = 0; i < action.getParamsCount(); i++) {
      Action.Param given = action.getParams(i);
      int index = indexOf(given.getParamId());
      if (args[index] != null) {
        throw Refusal.invalid(params.get(index).what + " is given twice");
      }
      Param p = params.get(index);
      args[index] = Bytestrings.canonical(given.getValue(), p.bitwidth, p.what).toByteArray();
      canonical &= Bytestrings.isCanonical(given.getValue());
    }
    for (int i = 0; i < n; i++) {
      if (args[i] == null) {
        throw Refusal.invalid(params.get(i).what + " is missing");
      }
    }
    ActionCall call = new ActionCall(engineName, List.of(args));
    return new Resolved(call, canonical ? action : toProto(call));
  }

  private int indexOf(int paramId) {
    // Compilers number parameters from 1 in order.
    if (paramId > 0 && paramId <= params.size() && params.get(paramId - 1).id == paramId) {
      return paramId - 1;
    }
    for (int i = 0; i < params.size(); i++) {
      if (params.get(i).id == paramId) {
        return i;
      }
    }
    throw Refusal.invalid(
        "action '"
            + name
            + "' has no parameter id "
            + Integer.toUnsignedString(paramId)
            + "; valid: "
            + Options.list(params.stream().map(p -> p.id + " (" + p.name + ")").toList()));
  }

  Action toProto(ActionCall call) {
    Action.Builder out = Action.newBuilder().setActionId(id);
    for (int i = 0; i < params.size(); i++) {
      ByteString value = Bytestrings.canonical(call.args().get(i));
      out.addParamsBuilder().setParamId(params.get(i).id).setValue(value);
    }
    return out.build();
  }
}
