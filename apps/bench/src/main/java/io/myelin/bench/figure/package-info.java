/** What a benchmark measured. */
@NullMarked
package io.myelin.bench.figure;

import org.jspecify.annotations.NullMarked;
