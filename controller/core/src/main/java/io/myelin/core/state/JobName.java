package io.myelin.core.state;

import io.myelin.core.model.Invalid;
import io.myelin.core.model.TenantId;

/** {@code tenants/{tenant}/jobs/{job}}; as {@link LeaseName}, with {@code ~}, of what has ended. */
public record JobName(TenantId tenant, String job) implements Named, Comparable<JobName> {
  /** Leases of a job are called {@code {job}-{number}}: room for it. */
  private static final int MAX_LENGTH = 54;

  public JobName {
    Invalid.unless(
        job.matches("[a-z0-9]([a-z0-9-]{0,52}[a-z0-9])?" + LeaseName.ASIDE),
        "job_id",
        "'" + job + "' is not allowed; allowed: 1 to " + MAX_LENGTH + " of a-z, 0-9 and '-'");
  }

  /**
   * A name for a new job.
   *
   * @throws Invalid naming {@code job_id} also when it is one that jobs only get
   */
  public static JobName chosen(TenantId tenant, String job) {
    LeaseName.requireChosen("job_id", job, MAX_LENGTH);
    return new JobName(tenant, job);
  }

  /** What a job that has ended is called once its name is used again. */
  JobName aside(long revision) {
    return new JobName(tenant, job + "~" + revision);
  }

  /**
   * Reads a name.
   *
   * @throws Invalid naming the field
   */
  public static JobName parse(String field, String name) {
    String[] parts = name.split("/", -1);
    Invalid.unless(
        parts.length == 4 && parts[0].equals("tenants") && parts[2].equals("jobs"),
        field,
        "'" + name + "' is not a job; allowed: tenants/{tenant}/jobs/{job}");
    try {
      return new JobName(new TenantId(parts[1]), parts[3]);
    } catch (Invalid e) {
      throw e.under(field);
    }
  }

  /** The name of one of its leases. */
  LeaseName lease(int number) {
    return new LeaseName(tenant, job + "-" + number);
  }

  @Override
  public int compareTo(JobName o) {
    int c = tenant.compareTo(o.tenant);
    return c != 0 ? c : job.compareTo(o.job);
  }

  @Override
  public String toString() {
    return "tenants/" + tenant + "/jobs/" + job;
  }
}
