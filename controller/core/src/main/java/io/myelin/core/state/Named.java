package io.myelin.core.state;

/** What a request can be about. */
public sealed interface Named permits LeaseName, JobName {}
