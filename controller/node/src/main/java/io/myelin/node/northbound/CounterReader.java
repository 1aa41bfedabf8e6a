package io.myelin.node.northbound;

import io.myelin.core.model.DeviceId;
import io.myelin.core.port.SwitchCounters;
import java.util.concurrent.CompletableFuture;

/** Asks a switch for its counters. */
@FunctionalInterface
public interface CounterReader {
  CompletableFuture<SwitchCounters> read(DeviceId device);
}
