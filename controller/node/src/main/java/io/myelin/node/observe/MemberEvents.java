package io.myelin.node.observe;

import io.grpc.Status;
import io.myelin.core.model.DeviceId;
import io.myelin.core.port.WriteOutcome;
import java.util.Map;

/**
 * Told of what happens in a member. Any thread, also the one that writes switches and the one that
 * applies the log: whoever is told returns at once.
 */
public interface MemberEvents {
  /**
   * A call was answered; of a stream, it ended.
   *
   * @param method its full name, as {@code myelin.v1.LeaseService/CreateLease}
   */
  default void called(String method, Status.Code code, long ns) {}

  /** What a call proposed is committed and applied here. */
  default void committed(long ns) {}

  /** A switch answered a write. */
  default void written(DeviceId device, Map<WriteOutcome.Kind, Integer> outcomes, long ns) {}

  /** A switch did not answer a write: its session broke. */
  default void unanswered(DeviceId device) {}
}
