/** Who did what, when, and why it was refused: a log whose changes show. */
@NullMarked
package io.myelin.node.northbound.audit;

import org.jspecify.annotations.NullMarked;
