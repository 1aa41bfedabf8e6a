/** Our P4Runtime client. */
@NullMarked
package io.myelin.node.southbound;

import org.jspecify.annotations.NullMarked;
