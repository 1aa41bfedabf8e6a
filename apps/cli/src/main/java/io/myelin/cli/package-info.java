/** The {@code myelin} command: a client of the northbound API, and the way to start everything. */
@NullMarked
package io.myelin.cli;

import org.jspecify.annotations.NullMarked;
