package io.myelin.onos.pipeline;

import java.util.List;
import org.onosproject.core.ApplicationId;
import org.onosproject.net.DeviceId;
import org.onosproject.net.behaviour.NextGroup;
import org.onosproject.net.behaviour.Pipeliner;
import org.onosproject.net.behaviour.PipelinerContext;
import org.onosproject.net.driver.AbstractHandlerBehaviour;
import org.onosproject.net.flowobjective.FilteringObjective;
import org.onosproject.net.flowobjective.ForwardingObjective;
import org.onosproject.net.flowobjective.NextObjective;
import org.onosproject.net.flowobjective.Objective;
import org.onosproject.net.flowobjective.ObjectiveError;

/**
 * Refuses flow objectives: every table of this pipeline has one writer, the reconciler, and what
 * another application put there would be taken out again. Saying so is what keeps an application
 * such as fwd from waiting for an answer.
 */
public final class MyelinPipeliner extends AbstractHandlerBehaviour implements Pipeliner {
  @Override
  public void init(DeviceId deviceId, PipelinerContext context) {}

  @Override
  public void filter(FilteringObjective objective) {
    refuse(objective);
  }

  @Override
  public void forward(ForwardingObjective objective) {
    refuse(objective);
  }

  @Override
  public void next(NextObjective objective) {
    refuse(objective);
  }

  @Override
  public void purgeAll(ApplicationId app) {} // no objective was ever taken

  private static void refuse(Objective objective) {
    objective.context().ifPresent(c -> c.onError(objective, ObjectiveError.UNSUPPORTED));
  }

  @Override
  public List<String> getNextMappings(NextGroup next) {
    return List.of();
  }
}
