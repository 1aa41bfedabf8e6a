/** What stands before every request: hosts, origins, headers. */
@NullMarked
package io.myelin.web.http;

import org.jspecify.annotations.NullMarked;
