@NullMarked
package io.myelin.onos.rest;

import org.jspecify.annotations.NullMarked;
