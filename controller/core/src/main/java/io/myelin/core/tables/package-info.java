/** The desired content of every P4 table as a pure function of state. */
@NullMarked
package io.myelin.core.tables;

import org.jspecify.annotations.NullMarked;
