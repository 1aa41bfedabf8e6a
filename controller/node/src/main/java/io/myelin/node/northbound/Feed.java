package io.myelin.node.northbound;

import com.google.rpc.Code;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.myelin.core.model.Invalid;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Watch streams over a set of things with names: snapshot, SYNCED, then every change, heartbeats.
 *
 * <p>A slow client costs no memory: what is pending for it is the set of names that changed; each
 * is sent once, as it is then.
 *
 * @param <K> name of a thing
 * @param <M> the message of the stream
 */
abstract class Feed<K, M> {
  /** Changes that a resume token may lie behind. */
  private static final int HISTORY = 10_000;

  private record Change<K>(long revision, K key) {}

  private final Object lock = new Object();
  private final Deque<Change<K>> history = new ArrayDeque<>();
  private final List<Watcher> watchers = new CopyOnWriteArrayList<>();
  private long revision;
  private long forgotten; // newest revision that history no longer holds

  /** The message for a thing as it is now, also when it is gone; null: nothing to say. */
  abstract @Nullable M message(K key, String resumeToken);

  abstract M synced(String resumeToken);

  abstract M heartbeat(String resumeToken);

  /** Names of all things there are. */
  abstract List<K> keys();

  /** Tells all watchers that things changed. */
  final void changed(List<K> keys) {
    synchronized (lock) {
      revision++;
      for (K key : keys) {
        history.add(new Change<>(revision, key));
        if (history.size() > HISTORY) {
          forgotten = history.remove().revision();
        }
      }
      for (Watcher w : watchers) {
        w.add(keys, revision);
      }
    }
    watchers.forEach(Watcher::pump);
  }

  /** Sends every watcher a sign of life. */
  final void beat() {
    for (Watcher w : watchers) {
      w.beat();
    }
  }

  /**
   * Starts a stream; a wrong token ends it with an error.
   *
   * @param resumeToken of an earlier message; empty: begin with a snapshot
   */
  final void watch(Predicate<K> wanted, String resumeToken, StreamObserver<M> out) {
    ServerCallStreamObserver<M> stream = (ServerCallStreamObserver<M>) out;
    Watcher watcher = new Watcher(wanted, stream);
    try {
      synchronized (lock) {
        watcher.add(resumeToken.isEmpty() ? keys() : since(parse(resumeToken)), revision);
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

  private long parse(String token) {
    Invalid.unless(
        token.matches("[0-9]{1,18}"),
        "resume_token",
        "'" + token + "' is not a token of this stream");
    long at = Long.parseLong(token);
    if (at < forgotten || at > revision) {
      throw ApiErrors.of(
          Code.OUT_OF_RANGE,
          "RESUME_TOKEN_EXPIRED",
          "resume_token: " + token + " is no longer known; begin without one",
          Map.of("field", "resume_token"));
    }
    return at;
  }

  private List<K> since(long at) {
    List<K> keys = new ArrayList<>();
    for (Change<K> c : history) {
      if (c.revision() > at) {
        keys.add(c.key());
      }
    }
    return keys;
  }

  private final class Watcher {
    private final Predicate<K> wanted;
    private final ServerCallStreamObserver<M> stream;
    private final Set<K> pending = new LinkedHashSet<>();
    private boolean syncedSent;
    private long seen;

    Watcher(Predicate<K> wanted, ServerCallStreamObserver<M> stream) {
      this.wanted = wanted;
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
      while (stream.isReady() && !stream.isCancelled()) {
        Iterator<K> it = pending.iterator();
        if (it.hasNext()) {
          K key = it.next();
          it.remove();
          M m = message(key, token());
          if (m != null) {
            stream.onNext(m);
          }
        } else if (!syncedSent) {
          syncedSent = true;
          stream.onNext(synced(token()));
        } else {
          return;
        }
      }
    }

    synchronized void beat() {
      if (syncedSent && pending.isEmpty() && stream.isReady() && !stream.isCancelled()) {
        stream.onNext(heartbeat(token()));
      }
    }

    /** Only what has nothing pending before it may promise that nothing is missing. */
    private String token() {
      return pending.isEmpty() ? String.valueOf(seen) : "";
    }
  }
}
