package io.myelin.softswitch.engine;

import com.fasterxml.jackson.databind.JsonNode;

/** A {@code verify_checksum} or {@code update_checksum}. */
record Checksum(FieldRef target, Calculation calculation, Bool condition, boolean verify) {

  static Checksum compile(
      JsonNode json, P4Program.Names<Calculation> calculations, ExpressionCompiler expressions) {
    JsonNode condition = json.get("if_cond");
    boolean always = condition == null || condition.isNull();
    return new Checksum(
        expressions.layout().field(Bmv2Json.get(json, "target")),
        calculations.get(Bmv2Json.text(json, "calculation")),
        always ? c -> true : expressions.bool(condition, ActionParameters.NONE),
        Bmv2Json.flag(json, "verify", true));
  }

  /** Whether the packet passes. An invalid target header passes, as in BMv2. */
  boolean passes(PacketContext c) {
    return !(target.header().metadata || target.header().valid(c.f))
        || !condition.eval(c)
        || (calculation.of(c) & Bits.mask(target.width())) == c.f[target.slot()];
  }

  void update(PacketContext c) {
    if (condition.eval(c)) {
      c.f[target.slot()] = calculation.of(c) & Bits.mask(target.width());
    }
  }
}
