/** Self-contained HTML reports with plots. */
@NullMarked
package io.myelin.sim.report;

import org.jspecify.annotations.NullMarked;
