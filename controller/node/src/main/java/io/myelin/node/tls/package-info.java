/** Certificates and keys of this process, read again when their files change. */
@NullMarked
package io.myelin.node.tls;

import org.jspecify.annotations.NullMarked;
