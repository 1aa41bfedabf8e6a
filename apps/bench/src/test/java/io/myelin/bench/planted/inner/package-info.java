/** Violations of rules, for the tests of the rules. */
@org.jspecify.annotations.NullMarked
package io.myelin.bench.planted.inner;
