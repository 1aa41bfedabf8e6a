/** What Prometheus scrapes: events as they happen, the state as it is. */
@NullMarked
package io.myelin.web.metrics;

import org.jspecify.annotations.NullMarked;
