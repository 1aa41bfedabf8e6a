package io.myelin.core.loop;

import io.myelin.core.state.FabricState;
import io.myelin.core.state.Lease;
import io.myelin.core.state.LeaseConditions.Now;
import java.util.function.IntPredicate;
import java.util.function.IntToDoubleFunction;
import java.util.function.ToDoubleFunction;

/**
 * The fabric at the moment of a decision.
 *
 * @param known by number of a link: whether what it carries was measured a moment ago
 * @param loadBps by number of a link: what it carries, as measured and as just decided
 * @param highestBps by number of a link: the most that it carried in any of its last readings; what
 *     is led there has to find room beside this
 * @param leaseBps what a lease carries: as measured, else what it booked
 */
public record LoopSnapshot(
    FabricState state,
    Now now,
    IntPredicate known,
    IntToDoubleFunction loadBps,
    IntToDoubleFunction highestBps,
    ToDoubleFunction<Lease> leaseBps) {}
