package io.myelin.node.store;

import static org.junit.jupiter.api.Assertions.assertEquals;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.myelin.core.state.Applied;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** A copy of the state and those who follow it. */
final class ReplicaTest {
  private final Replica replica = new Replica();
  private final List<Applied> told = new ArrayList<>();

  @Test
  void aFollowerThatFailsStopsNeitherTheStateNorTheOthers() {
    Logger logger = (Logger) LoggerFactory.getLogger(Replica.class);
    logger.setLevel(Level.OFF);
    try {
      replica.follow(
          a -> {
            throw new IllegalStateException("a mistake");
          });
      replica.follow(told::add);
      Applied applied = replica.apply(SmallFabric.inventory());
      assertEquals(List.of(applied), told);
      assertEquals(1, replica.index());
    } finally {
      logger.setLevel(null);
    }
  }

  @Test
  void whoFollowsNoMoreIsNotToldAndNotKept() {
    Consumer<Applied> follower = told::add;
    replica.follow(follower);
    replica.unfollow(follower);
    replica.apply(SmallFabric.inventory());
    assertEquals(List.of(), told);
  }
}
