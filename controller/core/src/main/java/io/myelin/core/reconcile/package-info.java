/** Desired tables minus actual tables: ordered, batched updates. */
@NullMarked
package io.myelin.core.reconcile;

import org.jspecify.annotations.NullMarked;
