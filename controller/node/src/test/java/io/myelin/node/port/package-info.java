@NullMarked
package io.myelin.node.port;

import org.jspecify.annotations.NullMarked;
