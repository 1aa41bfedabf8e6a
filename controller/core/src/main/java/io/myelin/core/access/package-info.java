/** Who may do what: roles, callers and the policy that names them. */
@NullMarked
package io.myelin.core.access;

import org.jspecify.annotations.NullMarked;
