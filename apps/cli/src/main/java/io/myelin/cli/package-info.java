@NullMarked
package io.myelin.cli;

import org.jspecify.annotations.NullMarked;
