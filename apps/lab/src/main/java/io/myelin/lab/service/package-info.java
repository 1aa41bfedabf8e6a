/** Faults and traffic of a running lab, for other processes of this machine. */
@NullMarked
package io.myelin.lab.service;

import org.jspecify.annotations.NullMarked;
