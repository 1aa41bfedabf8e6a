/** Files that describe a fabric: its own YAML, and published maps to plan with. */
@NullMarked
package io.myelin.node.inventory;

import org.jspecify.annotations.NullMarked;
