/** GPU NICs of the embedded fabric: RoCEv2 over one port, ARP and neighbour discovery. */
@NullMarked
package io.myelin.lab.roce;

import org.jspecify.annotations.NullMarked;
