package io.myelin.softswitch.p4rt;

import com.google.protobuf.ByteString;
import io.myelin.p4.v1.Action;
import io.myelin.p4.v1.FieldMatch;
import io.myelin.softswitch.engine.ActionCall;
import io.myelin.softswitch.engine.MatchField;
import io.myelin.softswitch.p4rt.PipelineInfo.TableInfo;
import org.jspecify.annotations.Nullable;

/** Entries that the program declares, as the wire shows them (§9.1.4, §9.1.5). */
final class InitialEntries {
  private InitialEntries() {}

  /** Null: matches anything. */
  static @Nullable FieldMatch match(io.myelin.p4.config.v1.MatchField declared, MatchField m) {
    FieldMatch.Builder b = FieldMatch.newBuilder().setFieldId(declared.getId());
    if (m instanceof MatchField.Exact x) {
      b.setExact(FieldMatch.Exact.newBuilder().setValue(Bytestrings.of(x.value())));
    } else if (m instanceof MatchField.Lpm x) {
      if (x.prefixLength() == 0) {
        return null;
      }
      b.setLpm(
          FieldMatch.LPM
              .newBuilder()
              .setValue(Bytestrings.of(x.value()))
              .setPrefixLen(x.prefixLength()));
    } else if (m instanceof MatchField.Ternary x) {
      ByteString mask = Bytestrings.of(x.mask());
      if (Bytestrings.isZero(mask)) {
        return null;
      }
      b.setTernary(
          FieldMatch.Ternary.newBuilder().setValue(Bytestrings.of(x.value())).setMask(mask));
    } else if (m instanceof MatchField.Range x) {
      b.setRange(
          FieldMatch.Range.newBuilder()
              .setLow(Bytestrings.of(x.low()))
              .setHigh(Bytestrings.of(x.high())));
    } else if (m instanceof MatchField.OptionalValue x) {
      b.setOptional(FieldMatch.Optional.newBuilder().setValue(Bytestrings.of(x.value())));
    } else {
      return null;
    }
    return b.build();
  }

  static @Nullable Action action(EntryChecks checks, TableInfo table, ActionCall call) {
    for (int id : table.actions().keySet()) {
      var declared = checks.declared(id);
      if (declared != null && declared.getPreamble().getName().equals(call.action())) {
        Action.Builder b = Action.newBuilder().setActionId(id);
        for (int i = 0; i < call.args().size(); i++) {
          b.addParams(
              Action.Param.newBuilder()
                  .setParamId(declared.getParams(i).getId())
                  .setValue(Bytestrings.of(call.args().get(i))));
        }
        return b.build();
      }
    }
    return null;
  }
}
