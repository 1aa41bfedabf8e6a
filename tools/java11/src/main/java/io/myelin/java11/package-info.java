/**
 * Makes Java 11 run what was compiled for Java 17: the class-file version, records, sealed types,
 * and the calls of newer JDK methods that our code makes (docs/adr/0030-onos-java11.md).
 */
@NullMarked
package io.myelin.java11;

import org.jspecify.annotations.NullMarked;
