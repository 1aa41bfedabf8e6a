/** What the fabric is: devices, links, endpoints, tenants. Immutable values. */
@NullMarked
package io.myelin.core.model;

import org.jspecify.annotations.NullMarked;
