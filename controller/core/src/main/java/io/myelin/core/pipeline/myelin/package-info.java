/** The pipeline of p4/myelin.p4, a class for each table. Nobody else knows their names. */
@NullMarked
package io.myelin.core.pipeline.myelin;

import org.jspecify.annotations.NullMarked;
