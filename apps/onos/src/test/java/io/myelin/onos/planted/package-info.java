/** Violations of rules, for the tests of the rules. */
@NullMarked
package io.myelin.onos.planted;

import org.jspecify.annotations.NullMarked;
