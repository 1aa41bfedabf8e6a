package io.myelin.node.northbound;

import io.grpc.stub.StreamObserver;
import io.myelin.core.collect.ChangeHistory;
import io.myelin.core.model.Invalid;
import io.myelin.core.model.TenantId;
import io.myelin.core.port.StateLog;
import io.myelin.core.state.Applied;
import io.myelin.core.state.FabricState;
import io.myelin.core.state.Named;
import io.myelin.node.northbound.error.ApiErrors;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Watch streams over a kind of {@link Resource}.
 *
 * @param <W> the message of the stream
 */
abstract class ResourceFeed<N extends Named & Comparable<N>, R, M, W> extends Feed<N, W> {
  private final Resource<N, R, M> resource;
  private final StateLog stateLog;

  /** What a message of a stream tells. */
  enum Event {
    CHANGED,
    REMOVED,
    SYNCED,
    HEARTBEAT
  }

  ResourceFeed(Resource<N, R, M> resource, StateLog stateLog) {
    super(ChangeHistory.ofLog(() -> stateLog.progress().index()));
    this.resource = resource;
    this.stateLog = stateLog;
  }

  /** Adds the names of those that a command changed. */
  abstract void changed(Applied a, Collection<N> names);

  /**
   * A message of the stream.
   *
   * @param about what changed, or the name of what is gone; null: the event is about none
   */
  abstract W message(Event event, @Nullable M about, String resumeToken);

  /**
   * A command was applied.
   *
   * @param index of it in the log
   */
  final void applied(Applied a, long index) {
    Set<N> names = new LinkedHashSet<>();
    changed(a, names);
    if (!names.isEmpty()) {
      changed(index, new ArrayList<>(names));
    }
  }

  /**
   * Starts a stream.
   *
   * @param parent of those that are watched
   */
  final void watch(String parent, String resumeToken, StreamObserver<W> out) {
    try {
      TenantId tenant = ListPage.tenant(parent);
      watch(name -> tenant == null || name.tenant().equals(tenant), resumeToken, out);
    } catch (Invalid e) {
      out.onError(ApiErrors.invalid(e));
    }
  }

  @Override
  final W message(N key, String resumeToken) {
    FabricState s = stateLog.state();
    R now = resource.in(s).get(key);
    return now == null
        ? message(Event.REMOVED, resource.gone(key), resumeToken)
        : message(Event.CHANGED, resource.message(s, now), resumeToken);
  }

  @Override
  final W synced(String resumeToken) {
    return message(Event.SYNCED, null, resumeToken);
  }

  @Override
  final W heartbeat(String resumeToken) {
    return message(Event.HEARTBEAT, null, resumeToken);
  }

  @Override
  final List<N> keys() {
    List<N> names = new ArrayList<>();
    resource.in(stateLog.state()).forEach((name, r) -> names.add(name));
    return names;
  }
}
