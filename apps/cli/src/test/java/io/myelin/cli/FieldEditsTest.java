package io.myelin.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.myelin.v1.Degradation;
import io.myelin.v1.Lease;
import java.util.List;
import org.junit.jupiter.api.Test;

final class FieldEditsTest {
  private final Lease.Builder lease = Lease.newBuilder();
  private final FieldEdits edits = new FieldEdits(lease);

  @Test
  void fieldsThatAreSetAreInTheMask() {
    assertTrue(edits.isEmpty());
    edits.set("bandwidth_bps", 5L);
    edits.set("degradation", Degradation.DEGRADATION_FIXED);
    edits.clear("expire_time");
    assertEquals(
        Lease.newBuilder().setBandwidthBps(5).setDegradation(Degradation.DEGRADATION_FIXED).build(),
        lease.build());
    assertEquals(
        List.of("bandwidth_bps", "degradation", "expire_time"), edits.mask().getPathsList());
  }

  @Test
  void aFieldThatIsNotThereIsNamed() {
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> edits.set("bandwith_bps", 5L));
    assertEquals("myelin.v1.Lease has no field 'bandwith_bps'", e.getMessage());
  }
}
