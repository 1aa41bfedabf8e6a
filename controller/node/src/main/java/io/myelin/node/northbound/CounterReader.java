package io.myelin.node.northbound;

import io.myelin.core.model.DeviceId;
import io.myelin.core.port.Southbound.Count;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Asks a switch for its counters: see {@link io.myelin.core.port.Southbound#readCounters}. */
@FunctionalInterface
public interface CounterReader {
  CompletableFuture<List<List<Count>>> read(DeviceId device, List<String> counters);
}
