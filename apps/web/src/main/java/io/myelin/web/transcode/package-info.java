/** HTTP/JSON and events as calls of gRPC services, by their {@code google.api.http} annotations. */
@NullMarked
package io.myelin.web.transcode;

import org.jspecify.annotations.NullMarked;
