package io.myelin.sim.trace;

/**
 * A training job: in each step its GPUs compute, then reduce over a ring of all of them.
 *
 * @param id in order of arrival
 * @param arrivalS seconds since the beginning
 * @param gpus how many NICs, one GPU each
 * @param steps until it is done
 * @param computeS seconds of a step without the network
 * @param bytes that each NIC sends in a step
 */
public record TraceJob(
    int id, double arrivalS, int gpus, double steps, double computeS, double bytes) {}
