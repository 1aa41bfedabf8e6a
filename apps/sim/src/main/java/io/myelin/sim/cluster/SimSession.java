package io.myelin.sim.cluster;

import io.myelin.core.model.DeviceId;
import io.myelin.core.model.U128;
import io.myelin.core.pipeline.Entry;
import io.myelin.core.pipeline.EntryKey;
import io.myelin.core.port.Southbound;
import io.myelin.core.port.WriteOutcome;
import io.myelin.core.reconcile.TableUpdate;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** What one leadership of a member has with one switch: P4Runtime's stream and its calls. */
final class SimSession {
  private static final long RETRY_NS = 200 * World.MS;
  private static final long TIMEOUT_NS = 1_000 * World.MS;

  private final World world;
  private final Member member;
  private final SimSwitch to;
  private final U128 electionId;
  private final Southbound.Listener listener;
  private final DeviceId device;
  private final long order;
  private boolean ready;
  private boolean closed;
  private long attempt;
  private int pending;

  SimSession(
      World world,
      Member member,
      SimSwitch to,
      U128 electionId,
      long order,
      Southbound.Listener listener) {
    this.world = world;
    this.member = member;
    this.to = to;
    this.electionId = electionId;
    this.listener = listener;
    this.order = order;
    device = to.device.id();
  }

  U128 electionId() {
    return electionId;
  }

  /**
   * How many leaderships controlled the switches before, and this one: what the election id should
   * say.
   */
  long order() {
    return order;
  }

  Member member() {
    return member;
  }

  void connect() {
    long mine = ++attempt;
    if (closed || member.isDead()) {
      return;
    }
    world.send(
        member.id(),
        to.name(),
        () -> {
          if (!closed && mine == attempt && !member.isDead() && to.arbitrate(this)) {
            world.send(to.name(), member.id(), () -> opened(mine));
          }
        });
    world.after(
        RETRY_NS,
        () -> {
          if (mine == attempt && !ready) {
            connect();
          }
        });
  }

  private void opened(long mine) {
    if (mine == attempt && !closed && !ready) {
      ready = true;
      listener.ready(device);
    }
  }

  /** The switch, or the network, ended it. */
  void broken(String why) {
    if (closed) {
      return;
    }
    boolean was = ready;
    ready = false;
    attempt++;
    world.after(
        world.delayNs(),
        () -> {
          if (was && !member.isDead()) {
            listener.lost(device, why);
          }
          if (!ready) {
            world.after(RETRY_NS, this::connect);
          }
        });
  }

  void close() {
    closed = true;
    ready = false;
    // A process that ends, or a leader that is deposed, closes its connections.
    world.send(member.id(), to.name(), () -> to.gone(this));
  }

  /** A process that died: its connections break. */
  void died() {
    closed = true;
    to.gone(this);
  }

  CompletableFuture<List<WriteOutcome>> write(List<TableUpdate> updates) {
    return call(s -> s.write(this, updates));
  }

  CompletableFuture<Map<EntryKey, Entry>> read() {
    return call(s -> s.read(this));
  }

  /** A call that may be lost on its way, or its answer: then nobody knows. */
  <T> CompletableFuture<T> call(Function<SimSwitch, @Nullable T> what) {
    CompletableFuture<T> result = new CompletableFuture<>();
    if (!ready) {
      result.completeExceptionally(new IllegalStateException("no session with " + device));
      return result;
    }
    pending++;
    result.whenComplete((answer, t) -> pending--);
    long mine = attempt;
    world.send(
        member.id(),
        to.name(),
        () -> {
          T answer = what.apply(to);
          if (to.late()) {
            return; // its answer comes when nobody waits any more
          }
          world.send(
              to.name(),
              member.id(),
              () -> {
                if (answer == null) {
                  result.completeExceptionally(new IllegalStateException("not primary"));
                  fail(mine, "not primary");
                } else {
                  result.complete(answer);
                }
              });
        });
    world.after(
        TIMEOUT_NS,
        () -> {
          if (!result.isDone()) {
            result.completeExceptionally(new IllegalStateException("no answer"));
            fail(mine, "no answer");
          }
        });
    return result;
  }

  private void fail(long mine, String why) {
    if (mine == attempt && ready) {
      to.gone(this);
      broken(why);
    }
  }

  /** Whether no call waits for its answer. */
  boolean isIdle() {
    return pending == 0;
  }

  boolean isReady() {
    return ready;
  }

  Southbound.Listener listener() {
    return listener;
  }
}
