/** What a release has beside the jars. */
@NullMarked
package io.myelin.dist;

import org.jspecify.annotations.NullMarked;
