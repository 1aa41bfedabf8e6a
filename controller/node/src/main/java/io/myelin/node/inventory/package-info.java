/** The fabric's YAML file. */
@NullMarked
package io.myelin.node.inventory;

import org.jspecify.annotations.NullMarked;
