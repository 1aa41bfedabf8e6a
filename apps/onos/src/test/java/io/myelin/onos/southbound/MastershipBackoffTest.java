package io.myelin.onos.southbound;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class MastershipBackoffTest {
  private final MastershipBackoff bids = new MastershipBackoff();

  @Test
  void theFirstIsAtOnceAndTheRestComeEverMoreRarely() {
    List<Integer> at = new ArrayList<>();
    for (int look = 0; look < 130; look++) {
      if (bids.due()) {
        at.add(look);
      }
      assertFalse(bids.due(), "once a look at most");
      bids.tick(false);
    }
    assertEquals(List.of(0, 2, 6, 14, 30, 62, 94, 126), at);
  }

  @Test
  void mastershipThatLastsIsNewGround() {
    for (int look = 0; look < 100; look++) {
      bids.due();
      bids.tick(false);
    }
    for (int look = 1; look < MastershipBackoff.CALM; look++) {
      bids.tick(true);
    }
    bids.due();
    assertFalse(bids.due(), "it did not last");
    for (int look = 0; look < MastershipBackoff.CALM; look++) {
      bids.tick(true);
    }
    assertTrue(bids.due());
    bids.tick(false);
    bids.tick(false);
    assertTrue(bids.due(), "soon again");
  }
}
