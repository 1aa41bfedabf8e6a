/** What the core's drivers need from the outside: a replicated log and switches. */
@NullMarked
package io.myelin.core.port;

import org.jspecify.annotations.NullMarked;
