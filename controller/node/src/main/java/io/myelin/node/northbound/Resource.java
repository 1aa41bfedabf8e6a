package io.myelin.node.northbound;

import io.myelin.core.collect.PersistentMap;
import io.myelin.core.model.TenantId;
import io.myelin.core.port.Proposals;
import io.myelin.core.state.Command;
import io.myelin.core.state.FabricState;
import io.myelin.core.state.Named;
import io.myelin.core.state.Outcome;
import org.jspecify.annotations.Nullable;

/**
 * What differs between the kinds of things that clients create, watch and release: leases, jobs.
 * {@link ResourceCalls} has the steps that are the same for all.
 *
 * @param <N> its name
 * @param <R> it, in the state
 * @param <M> its message
 */
interface Resource<N extends Named & Comparable<N>, R, M> {
  /** What it is called in errors, and as a field of requests: {@code lease}. */
  String noun();

  // ---- names -----------------------------------------------------------------------------------

  /**
   * @throws io.myelin.core.model.Invalid naming the field
   */
  N parse(String field, String name);

  /**
   * A name for a new one.
   *
   * @throws io.myelin.core.model.Invalid naming the field of the id
   */
  N chosen(TenantId tenant, String id);

  /** Before or at the first name of a tenant. */
  N first(TenantId tenant);

  /** The name, if it is one of this kind; null: it is another's. */
  @Nullable N own(Named name);

  // ---- in the state ----------------------------------------------------------------------------

  /** All of them. */
  PersistentMap<N, R> in(FabricState s);

  N name(R resource);

  long createTimeMs(R resource);

  /** Counts its changes up. */
  long version(R resource);

  /** Whether it may be changed and released. */
  boolean lives(R resource);

  /** Whether lists leave it out unless they are asked for what ended. */
  boolean ended(R resource);

  /** Whether nothing is under way for it. */
  boolean isQuiet(R resource);

  /** Whether it failed before it ever was what was asked for. */
  boolean failed(R began, R now);

  /** What is answered of one that has been waited for: as it was seen, or as it is by now. */
  R answered(FabricState s, R seen);

  // ---- commands --------------------------------------------------------------------------------

  /**
   * What a command made of it.
   *
   * @throws io.grpc.StatusRuntimeException when it was refused
   */
  R granted(Outcome outcome);

  /** The one that a command was refused for, because it has ended; null: for something else. */
  @Nullable R endedBefore(FabricState s, Outcome outcome);

  Command release(N name, long etag, Command.@Nullable Request request, long nowMs);

  Outcome notFound(N name);

  Outcome hasEnded(R resource);

  /**
   * One that may be changed.
   *
   * @throws io.grpc.StatusRuntimeException when there is none of that name, or it has ended
   */
  default R living(Proposals proposals, N name) {
    R resource = in(proposals.state()).get(name);
    if (resource == null) {
      throw Refusals.of(notFound(name));
    }
    if (!lives(resource)) {
      throw Refusals.of(hasEnded(resource));
    }
    return resource;
  }

  // ---- messages --------------------------------------------------------------------------------

  M message(FabricState s, R resource);

  /** As it would be: without what only one has that is there. */
  M preview(FabricState s, R resource);

  /** The message of one that is gone: its name, and nothing else. */
  M gone(N name);

  /** Why it is in its state, as the message says it. */
  String reason(M message);
}
