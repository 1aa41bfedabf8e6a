/**
 * Executes compiled BMv2 JSON: parser, match-action pipelines, externs, traffic manager, deparser.
 *
 * <p>{@link io.myelin.softswitch.engine.SwitchControl} is the only way in for a control plane.
 */
@NullMarked
package io.myelin.softswitch.engine;

import org.jspecify.annotations.NullMarked;
