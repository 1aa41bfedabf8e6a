/** The replicated state machine: commands in, state and changes out. Deterministic. */
@NullMarked
package io.myelin.core.state;

import org.jspecify.annotations.NullMarked;
