/** Violations of rules, for the tests of the rules. */
@NullMarked
package io.myelin.onos.planted.inner;

import org.jspecify.annotations.NullMarked;
