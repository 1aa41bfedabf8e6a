/** Fabrics for planning: computed from a few numbers, or numbered from somebody's map. */
@NullMarked
package io.myelin.core.topology;

import org.jspecify.annotations.NullMarked;
