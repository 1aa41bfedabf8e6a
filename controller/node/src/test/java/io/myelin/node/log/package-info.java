@NullMarked
package io.myelin.node.log;

import org.jspecify.annotations.NullMarked;
