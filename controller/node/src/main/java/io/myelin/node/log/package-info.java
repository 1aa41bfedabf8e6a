/** What libraries say, in the words and at the rate of a log that people read. */
@NullMarked
package io.myelin.node.log;

import org.jspecify.annotations.NullMarked;
