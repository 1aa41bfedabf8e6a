/** The description of the HTTP API, made of the protos. */
@NullMarked
package io.myelin.web.openapi;

import org.jspecify.annotations.NullMarked;
