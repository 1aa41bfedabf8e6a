package io.myelin.node.northbound;

import io.myelin.core.loop.Loops;
import io.myelin.core.port.DeviceStatus;
import io.myelin.core.port.Telemetry;

/** What of the fabric is not in the replicated state: who controls the switches knows it. */
public interface ControlledFabric extends DeviceStatus, Telemetry, Loops, CounterReader {}
