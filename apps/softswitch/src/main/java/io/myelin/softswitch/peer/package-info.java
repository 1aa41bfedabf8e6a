/** The other switch that runs our program, p4lang's BMv2, and a client that treats both alike. */
@org.jspecify.annotations.NullMarked
package io.myelin.softswitch.peer;
