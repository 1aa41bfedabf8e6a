package io.myelin.core.loop;

import io.myelin.core.port.Telemetry.Flow;
import org.jspecify.annotations.Nullable;

/**
 * A link that is too hot.
 *
 * @param link by number
 * @param queue that told; -1: counters did
 * @param flow of the packet that met the queue; null: not known
 */
public record CongestedLink(int link, int queue, @Nullable Flow flow, Estimate estimate) {}
