package io.myelin.node.northbound;

import com.google.rpc.Code;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.myelin.core.collect.ChangeHistory;
import io.myelin.core.model.Invalid;
import io.myelin.node.northbound.error.ApiErrors;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Watch streams over a set of things with names: snapshot, SYNCED, then every change, heartbeats.
 *
 * <p>A slow client costs little memory: what is pending for it is the set of names that changed;
 * each is sent once, as it is then. One that takes nothing for {@link #PATIENCE_BEATS} heartbeats
 * is dropped, with the token to go on from.
 *
 * @param <K> name of a thing
 * @param <M> the message of the stream
 */
abstract class Feed<K, M> {
  /** Heartbeats for which a client may take nothing while something waits for it: 30 s. */
  private static final int PATIENCE_BEATS = 3;

  private static final Logger log = LoggerFactory.getLogger(Feed.class);

  private final Object lock = new Object();
  private final ChangeHistory<K> history;
  private final List<Watcher> watchers = new CopyOnWriteArrayList<>();

  /**
   * @param history empty; what resume tokens are tokens of
   */
  Feed(ChangeHistory<K> history) {
    this.history = history;
  }

  /** The message for a thing as it is now, also when it is gone; null: nothing to say. */
  abstract @Nullable M message(K key, String resumeToken);

  abstract M synced(String resumeToken);

  abstract M heartbeat(String resumeToken);

  /** Names of all things there are. */
  abstract List<K> keys();

  /** Tells all watchers that things changed which this process counts for itself. */
  final void changed(List<K> keys) {
    synchronized (lock) {
      add(history.next(), keys);
    }
    each(Watcher::pump);
  }

  /** Tells all watchers that things changed with the log. */
  final void changed(long index, List<K> keys) {
    synchronized (lock) {
      add(index, keys);
    }
    each(Watcher::pump);
  }

  private void add(long position, List<K> keys) {
    history.add(position, keys);
    for (Watcher w : watchers) {
      w.add(keys, position);
    }
  }

  /** A stream that cannot be served ends; the others go on. */
  private void each(Consumer<Watcher> action) {
    for (Watcher w : watchers) {
      try {
        action.accept(w);
      } catch (RuntimeException e) {
        log.error("a stream is ended: it cannot be served", e);
        w.fail();
      }
    }
  }

  /** Sends every watcher a sign of life. */
  final void beat() {
    each(Watcher::beat);
  }

  /**
   * Starts a stream; a wrong token ends it with an error.
   *
   * @param resumeToken of an earlier message; empty: begin with a snapshot
   */
  final void watch(Predicate<K> wanted, String resumeToken, StreamObserver<M> out) {
    watch(wanted, UnaryOperator.identity(), resumeToken, out);
  }

  /**
   * As the other.
   *
   * @param view what of a message this client may see
   */
  final void watch(
      Predicate<K> wanted, UnaryOperator<M> view, String resumeToken, StreamObserver<M> out) {
    ServerCallStreamObserver<M> stream = (ServerCallStreamObserver<M>) out;
    Watcher watcher = new Watcher(wanted, view, stream);
    try {
      synchronized (lock) {
        watcher.add(resumeToken.isEmpty() ? keys() : since(resumeToken), history.position());
        watchers.add(watcher);
      }
    } catch (Invalid e) {
      out.onError(ApiErrors.invalid(e));
      return;
    } catch (StatusRuntimeException e) {
      out.onError(e);
      return;
    }
    stream.setOnCancelHandler(() -> watchers.remove(watcher));
    stream.setOnReadyHandler(watcher::pump);
    watcher.pump();
  }

  private List<K> since(String token) {
    Invalid.unless(
        ChangeHistory.isToken(token), "resume_token", "'" + token + "' is not a token of a stream");
    return history
        .since(token)
        .orElseThrow(
            () ->
                ApiErrors.of(
                    Code.OUT_OF_RANGE,
                    "RESUME_TOKEN_EXPIRED",
                    "resume_token: "
                        + token
                        + " is too old, or of another member that counts for itself; begin without"
                        + " one",
                    Map.of("field", "resume_token")));
  }

  private final class Watcher {
    private final Predicate<K> wanted;
    private final UnaryOperator<M> view;
    private final ServerCallStreamObserver<M> stream;
    private final Set<K> pending = new LinkedHashSet<>();
    private boolean syncedSent;
    private long seen;
    private String lastToken = "";
    private int stuckBeats;
    private boolean dropped;

    Watcher(Predicate<K> wanted, UnaryOperator<M> view, ServerCallStreamObserver<M> stream) {
      this.wanted = wanted;
      this.view = view;
      this.stream = stream;
    }

    synchronized void add(List<K> keys, long upTo) {
      seen = upTo;
      for (K key : keys) {
        if (wanted.test(key)) {
          pending.add(key);
        }
      }
    }

    synchronized void pump() {
      while (!dropped && stream.isReady() && !stream.isCancelled()) {
        stuckBeats = 0;
        Iterator<K> it = pending.iterator();
        if (it.hasNext()) {
          K key = it.next();
          it.remove();
          M m = message(key, token());
          if (m != null) {
            send(view.apply(m));
          }
        } else if (!syncedSent) {
          syncedSent = true;
          send(synced(token()));
        } else {
          return;
        }
      }
    }

    private void send(M message) {
      lastToken = pending.isEmpty() ? token() : lastToken;
      stream.onNext(message);
    }

    synchronized void beat() {
      if (!pending.isEmpty() && !stream.isReady() && !stream.isCancelled() && !dropped) {
        if (++stuckBeats >= PATIENCE_BEATS) {
          drop();
        }
        return;
      }
      if (!dropped
          && syncedSent
          && pending.isEmpty()
          && stream.isReady()
          && !stream.isCancelled()) {
        send(heartbeat(token()));
      }
    }

    synchronized void fail() {
      if (dropped) {
        return;
      }
      dropped = true;
      watchers.remove(this);
      pending.clear();
      try {
        stream.onError(
            ApiErrors.of(
                Code.INTERNAL,
                "STREAM_FAILED",
                "this stream cannot be served; the node's log says why; begin anew",
                Map.of()));
      } catch (RuntimeException over) {
        log.debug("the stream is over already", over);
      }
    }

    private void drop() {
      dropped = true;
      watchers.remove(this);
      pending.clear();
      stream.onError(
          ApiErrors.of(
              Code.RESOURCE_EXHAUSTED,
              "SLOW_CONSUMER",
              "this client took nothing for a while; go on with the resume token, or begin anew",
              Map.of("resume_token", lastToken)));
    }

    /** Only what has nothing pending before it may promise that nothing is missing. */
    private String token() {
      return pending.isEmpty() ? history.token(seen) : "";
    }
  }
}
