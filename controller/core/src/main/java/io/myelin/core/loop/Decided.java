package io.myelin.core.loop;

/**
 * A decision as it went.
 *
 * @param id rises
 * @param timeMs milliseconds since 1970
 * @param reactionUs from hearing of it until the switches had acknowledged; 0: not yet, or nothing
 *     was to be done
 */
public record Decided(long id, long timeMs, Decision decision, long reactionUs) {}
