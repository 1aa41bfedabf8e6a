/** What rewritten classes call in place of JDK methods that Java 11 does not have. */
@NullMarked
package io.myelin.java11.runtime;

import org.jspecify.annotations.NullMarked;
