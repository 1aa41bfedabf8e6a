/** Experiments in virtual time with stated expectations: {@code myelin lab --scenario NAME}. */
@org.jspecify.annotations.NullMarked
package io.myelin.lab.scenario;
