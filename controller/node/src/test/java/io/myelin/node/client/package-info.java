@NullMarked
package io.myelin.node.client;

import org.jspecify.annotations.NullMarked;
