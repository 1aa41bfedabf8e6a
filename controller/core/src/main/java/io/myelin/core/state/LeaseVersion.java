package io.myelin.core.state;

/**
 * Which of a lease's versions it is.
 *
 * @param generation counts the changes of what the switches must hold; an acknowledgement of an
 *     older generation says nothing about this one
 * @param revision of the last change of any kind; the etag
 * @param createTimeMs milliseconds since 1970
 * @param updateTimeMs of the last change, milliseconds since 1970
 */
public record LeaseVersion(long generation, long revision, long createTimeMs, long updateTimeMs) {
  /** Of a lease that is new. */
  static LeaseVersion first(long generation, long revision, long timeMs) {
    return new LeaseVersion(generation, revision, timeMs, timeMs);
  }

  /** Changed, but not in what the switches must hold. */
  LeaseVersion changed(long rev, long timeMs) {
    return new LeaseVersion(generation, rev, createTimeMs, timeMs);
  }

  /** Changed in what the switches must hold. */
  LeaseVersion next(long rev, long timeMs) {
    return new LeaseVersion(generation + 1, rev, createTimeMs, timeMs);
  }
}
