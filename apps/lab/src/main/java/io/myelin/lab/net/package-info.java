/** Cables of the embedded fabric, and captures of what they carry. */
@NullMarked
package io.myelin.lab.net;

import org.jspecify.annotations.NullMarked;
