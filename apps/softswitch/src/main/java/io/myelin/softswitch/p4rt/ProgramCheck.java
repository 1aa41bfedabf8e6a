package io.myelin.softswitch.p4rt;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.TextFormat;
import io.myelin.p4.config.v1.P4Info;
import io.myelin.softswitch.engine.InvalidProgramException;
import io.myelin.softswitch.engine.P4Program;
import io.myelin.softswitch.engine.ProgramSummary;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Whether SetForwardingPipelineConfig would take a program, and what it consists of.
 *
 * @param problems what is malformed or not supported, each with its place; none: it loads
 * @param summary what it consists of; null if it could not be compiled
 */
public record ProgramCheck(List<String> problems, @Nullable ProgramSummary summary) {
  public ProgramCheck {
    problems = List.copyOf(problems);
  }

  /** Whether the program, with its P4Info, would be taken. */
  public boolean loads() {
    return problems.isEmpty();
  }

  /**
   * Checks a program.
   *
   * @param bmv2Json what p4c wrote
   * @param p4Info text or binary; null: the program is checked alone
   */
  public static ProgramCheck of(byte[] bmv2Json, byte @Nullable [] p4Info) {
    P4Program program;
    try {
      ByteString config = ByteString.copyFrom(bmv2Json);
      program =
          P4Program.parse(
              config.isEmpty() ? bmv2Json : DeviceConfig.of(config).json().toByteArray());
    } catch (InvalidProgramException e) {
      return new ProgramCheck(e.problems(), null);
    }
    ProgramSummary summary = program.summary();
    if (p4Info == null) {
      return new ProgramCheck(List.of(), summary);
    }
    try {
      P4Info info = parse(p4Info);
      UnknownFields.refuse(info, "");
      PipelineInfo unused = PipelineInfo.of(info, program);
    } catch (Refusal r) {
      return new ProgramCheck(List.of("the P4Info: " + r.reason()), summary);
    }
    return new ProgramCheck(List.of(), summary);
  }

  private static P4Info parse(byte[] p4Info) {
    P4Info.Builder text = P4Info.newBuilder();
    try {
      TextFormat.merge(new String(p4Info, StandardCharsets.UTF_8), text);
      return text.build();
    } catch (TextFormat.ParseException e) {
      try {
        return P4Info.parseFrom(p4Info);
      } catch (InvalidProtocolBufferException x) {
        throw Refusal.invalid(
            "it is neither binary nor text of p4.config.v1.P4Info: see line "
                + e.getLine()
                + ", column "
                + e.getColumn());
      }
    }
  }
}
