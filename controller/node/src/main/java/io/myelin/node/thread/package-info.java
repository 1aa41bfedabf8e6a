/** Threads whose tasks may fail without taking anything along. */
@NullMarked
package io.myelin.node.thread;

import org.jspecify.annotations.NullMarked;
