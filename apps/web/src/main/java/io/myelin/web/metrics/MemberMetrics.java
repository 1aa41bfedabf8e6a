package io.myelin.web.metrics;

import io.myelin.core.port.Leadership;
import io.myelin.core.port.StateLog;
import io.myelin.node.DoorContext;
import io.myelin.node.thread.GuardedExecutor;
import io.prometheus.metrics.model.snapshots.Labels;
import java.io.File;
import java.nio.file.Path;

/** Of the member itself: its log, its clock, its disk, its certificate. */
final class MemberMetrics {
  private final DoorContext member;

  MemberMetrics(DoorContext member) {
    this.member = member;
  }

  void add(Families f) {
    log(f);
    member(f);
  }

  private void log(Families f) {
    Leadership now = member.log().leadership();
    StateLog.Progress p = member.log().progress();
    f.gauge("myelin_log_leader", "1: this member leads.", now.leads() ? 1 : 0);
    f.gauge(
        "myelin_log_leader_known",
        "1: it knows who leads.",
        now.leader().isEmpty() && !now.leads() ? 0 : 1);
    f.gauge("myelin_log_term", "The leadership's number.", now.term());
    f.gauge("myelin_log_applied_index", "Of the last command applied here.", p.index());
    f.gauge(
        "myelin_log_age_seconds",
        "How old what is applied here may be; -1: it has caught up never yet.",
        p.behindMs() < 0 ? -1 : p.behindMs() / 1e3);
  }

  private void member(Families f) {
    f.gauge(
        "myelin_member_serving",
        "1: this member does its work.",
        member.cluster().serving() ? 1 : 0);
    f.gauge(
        "myelin_member_clock_offset_seconds",
        "By how much this machine's clock is ahead of the log's time.",
        (System.currentTimeMillis() - member.cluster().clockMs()) / 1e3);
    f.gauge(
        "myelin_audit_failing",
        "1: the audit log cannot be written, and nothing is changed therefore.",
        member.audit().trouble().isEmpty() ? 0 : 1);
    f.gauge(
        "myelin_control_lag_seconds",
        "How late tasks of the thread that writes switches are, on average.",
        member.lag().meanNs() / 1e9);
    f.counters(
        "myelin_member_task_failures",
        "Tasks that failed; the log says why.",
        c -> c.add(Labels.EMPTY, GuardedExecutor.allFailures()));
    DoorContext.Tls tls = member.tls();
    if (tls != null) {
      f.gauge(
          "myelin_tls_certificate_expiry_timestamp_seconds",
          "When this member's certificate ends, seconds since 1970.",
          tls.endsMs().getAsLong() / 1e3);
    }
    Path data = member.data();
    if (data != null) {
      File disk = data.toFile();
      f.gauge("myelin_disk_free_bytes", "Where the state is kept.", disk.getUsableSpace());
      f.gauge("myelin_disk_size_bytes", "Where the state is kept.", disk.getTotalSpace());
    }
  }
}
