/** What happens in a member, told to whoever counts it. */
@NullMarked
package io.myelin.node.observe;

import org.jspecify.annotations.NullMarked;
