/**
 * What stands between the core, which knows leases, routes and queues, and a target, which knows
 * tables: {@link io.myelin.core.pipeline.Pipeline}. No table or field has a name here.
 */
@NullMarked
package io.myelin.core.pipeline;

import org.jspecify.annotations.NullMarked;
