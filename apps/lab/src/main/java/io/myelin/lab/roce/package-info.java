/** GPU NICs that speak RoCEv2 over the embedded fabric. */
@NullMarked
package io.myelin.lab.roce;

import org.jspecify.annotations.NullMarked;
