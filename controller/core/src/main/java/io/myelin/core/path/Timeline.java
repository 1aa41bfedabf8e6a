package io.myelin.core.path;

import io.myelin.core.model.TimeWindow;

/** Link conditions of which other times can be asked for. */
public interface Timeline extends LinkConditions {

  /** The same links during another window. */
  LinkConditions during(TimeWindow window);

  /**
   * The first moment from which a link is there and has room for so long; {@link
   * TimeWindow#FOREVER}: there is none.
   *
   * @param durationMs {@link TimeWindow#FOREVER}: for ever
   */
  long nextFit(int link, long fromMs, long durationMs, long bandwidthBps);
}
