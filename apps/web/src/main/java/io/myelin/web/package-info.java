/**
 * HTTP for scripts, Prometheus and browsers: one server beside gRPC, the same services behind it.
 */
@NullMarked
package io.myelin.web;

import org.jspecify.annotations.NullMarked;
