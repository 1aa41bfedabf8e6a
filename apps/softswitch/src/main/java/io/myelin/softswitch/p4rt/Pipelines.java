package io.myelin.softswitch.p4rt;

import io.myelin.p4.v1.DigestEntry;
import io.myelin.p4.v1.ForwardingPipelineConfig;
import io.myelin.p4.v1.SetForwardingPipelineConfigRequest;
import io.myelin.softswitch.engine.InvalidProgramException;
import io.myelin.softswitch.engine.P4Program;
import io.myelin.softswitch.engine.SwitchControl;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The pipeline in force and the one saved for later (§14). Mutators run under the write lock;
 * {@link #committed} may be read from anywhere.
 */
final class Pipelines {
  private static final Logger log = LoggerFactory.getLogger(Pipelines.class);

  private final SwitchControl control;
  private final Supplier<IdleTimeouts> idle;
  private final BiConsumer<DigestSpec, DigestEntry.@Nullable Config> digests;
  private final Runnable onReplaced;
  private volatile @Nullable Pipeline committed;
  private volatile @Nullable Pipeline saved;
  private boolean warnedOfWrapping;

  /** A verified configuration with the state written under it. */
  record Pipeline(ForwardingPipelineConfig config, P4Program program, ForwardingState state) {}

  private record Verified(ForwardingPipelineConfig config, P4Program program, PipelineInfo info) {}

  /**
   * @param onReplaced called when forwarding state is about to be reset
   */
  Pipelines(
      SwitchControl control,
      Supplier<IdleTimeouts> idle,
      BiConsumer<DigestSpec, DigestEntry.@Nullable Config> digests,
      Runnable onReplaced) {
    this.control = control;
    this.idle = idle;
    this.digests = digests;
    this.onReplaced = onReplaced;
  }

  /** What packets run through. */
  @Nullable Pipeline committed() {
    return committed;
  }

  /** What reads and writes refer to: the saved pipeline if there is one. */
  ForwardingState state() {
    Pipeline p = saved != null ? saved : committed;
    if (p == null) {
      throw Refusal.precondition("no forwarding pipeline config has been set");
    }
    return p.state;
  }

  void set(SetForwardingPipelineConfigRequest.Action action, @Nullable ForwardingPipelineConfig c) {
    switch (action) {
      case VERIFY -> verify(c);
      case VERIFY_AND_SAVE -> {
        Verified v = verify(c);
        saved = new Pipeline(v.config, v.program, ForwardingState.shadow(v.info));
      }
      case VERIFY_AND_COMMIT -> {
        Verified v = verify(c);
        install(v);
        saved = null;
      }
      case COMMIT -> commit(c);
      case RECONCILE_AND_COMMIT -> reconcile(verify(c));
      case UNSPECIFIED, UNRECOGNIZED ->
          throw Refusal.invalid(
              "the action is not set; valid: VERIFY, VERIFY_AND_SAVE, VERIFY_AND_COMMIT, COMMIT,"
                  + " RECONCILE_AND_COMMIT");
    }
  }

  private Verified verify(@Nullable ForwardingPipelineConfig c) {
    if (c == null) {
      throw Refusal.invalid("config is not set");
    }
    if (!c.hasP4Info()) {
      throw Refusal.invalid("config.p4info is not set");
    }
    if (c.getP4DeviceConfig().isEmpty()) {
      throw Refusal.invalid("config.p4_device_config is empty; it is the compiled BMv2 JSON");
    }
    DeviceConfig device = DeviceConfig.of(c.getP4DeviceConfig());
    if (device.form() == DeviceConfig.Form.WRAPPED && !warnedOfWrapping) {
      warnedOfWrapping = true;
      log.warn(
          "a client wraps its program in p4.tmp.P4DeviceConfig, which is deprecated: the BMv2 JSON"
              + " alone is what p4_device_config takes");
    }
    P4Program program;
    try {
      program = P4Program.parse(device.json().toByteArray());
    } catch (InvalidProgramException e) {
      throw Refusal.invalid("config.p4_device_config cannot be realized: " + e.getMessage());
    }
    return new Verified(c, program, PipelineInfo.of(c.getP4Info(), program));
  }

  /** Loads the program: state and digests start afresh. */
  private Pipeline install(Verified v) {
    onReplaced.run();
    control.load(v.program);
    Pipeline p =
        new Pipeline(
            v.config, v.program, new ForwardingState(v.info, control, idle.get(), digests));
    committed = p;
    return p;
  }

  private void commit(@Nullable ForwardingPipelineConfig c) {
    if (c != null) {
      throw Refusal.invalid("COMMIT takes no config: it commits the saved one");
    }
    Pipeline s = saved;
    if (s == null) {
      throw Refusal.notFound("no config has been saved by VERIFY_AND_SAVE");
    }
    StateTransfer written = StateTransfer.of(s.state);
    Pipeline p = install(new Verified(s.config, s.program, s.state.info));
    saved = null;
    written.replayOn(p.state);
  }

  private void reconcile(Verified v) {
    Pipeline old = committed;
    if (old == null) {
      install(v);
      saved = null;
      return;
    }
    if (v.config.getP4Info().equals(old.config.getP4Info())
        && v.config.getP4DeviceConfig().equals(old.config.getP4DeviceConfig())) {
      committed = new Pipeline(v.config, old.program, old.state);
      saved = null;
      return;
    }
    StateTransfer kept = StateTransfer.of(old.state);
    try {
      kept.replayOn(ForwardingState.shadow(v.info));
    } catch (Refusal r) {
      throw Refusal.invalid("the forwarding state does not fit the config: " + r.reason());
    }
    try {
      kept.restoreIn(install(v).state);
    } catch (RuntimeException e) {
      Refusal r = Errors.refusal(e);
      kept.restoreIn(install(new Verified(old.config, old.program, old.state.info)).state);
      throw Refusal.invalid("the switch does not take the forwarding state: " + r.reason());
    }
    saved = null;
  }
}
