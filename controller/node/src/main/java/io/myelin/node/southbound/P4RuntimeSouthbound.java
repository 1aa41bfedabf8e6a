package io.myelin.node.southbound;

import io.grpc.ManagedChannel;
import io.myelin.core.model.Device;
import io.myelin.core.model.DeviceId;
import io.myelin.core.model.NameList;
import io.myelin.core.pipeline.Entry;
import io.myelin.core.pipeline.EntryKey;
import io.myelin.core.pipeline.Pipeline;
import io.myelin.core.pipeline.Table;
import io.myelin.core.port.Southbound;
import io.myelin.core.port.WriteOutcome;
import io.myelin.core.reconcile.TableUpdate;
import io.myelin.node.thread.GuardedExecutor;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * {@link Southbound} over P4Runtime: one session a device. Once it is closed no session begins, and
 * calls fail without an exception: the control thread may still be in its last task.
 */
public final class P4RuntimeSouthbound implements Southbound {
  private static final String OVER = "the sessions with switches are closed";

  private final ProgramCodecs codecs;
  private final Claim claim;
  private final GuardedExecutor timer;
  private final Function<Device, ManagedChannel> channels;
  private final Map<DeviceId, DeviceSession> sessions = new ConcurrentSkipListMap<>();

  /** No session begins while this ends, or afterwards: nobody would close it. */
  private final Object lifetime = new Object();

  private volatile boolean closed;

  /**
   * @param claim of our leadership, the same on every device
   * @param timer for reconnection
   * @param switches how they are reached; stays open
   */
  public P4RuntimeSouthbound(
      CompiledProgram program, Claim claim, GuardedExecutor timer, SwitchChannels switches) {
    this(claim, timer, switches::to, program);
  }

  /** Over channels that others make. */
  P4RuntimeSouthbound(
      Claim claim,
      GuardedExecutor timer,
      Function<Device, ManagedChannel> channels,
      CompiledProgram program) {
    codecs = ProgramCodecs.of(program);
    this.claim = claim;
    this.timer = timer;
    this.channels = channels;
  }

  @Override
  public Pipeline pipeline() {
    return codecs.program().pipeline();
  }

  @Override
  public void connect(Device device, Listener listener) {
    DeviceSession session;
    synchronized (lifetime) {
      if (closed) {
        return;
      }
      session = new DeviceSession(device, codecs, claim, timer, channels, listener);
      DeviceSession other = sessions.putIfAbsent(device.id(), session);
      if (other != null) {
        throw new IllegalStateException("there is already a session with " + device.id());
      }
    }
    session.start();
  }

  @Override
  public void disconnect(DeviceId device) {
    DeviceSession session = sessions.remove(device);
    if (session != null) {
      session.close();
    }
  }

  @Override
  public CompletableFuture<List<WriteOutcome>> write(DeviceId device, List<TableUpdate> updates) {
    DeviceSession session = session(device);
    return session == null
        ? CompletableFuture.completedFuture(
            Collections.nCopies(updates.size(), WriteOutcome.unknown(OVER)))
        : session.write(updates);
  }

  @Override
  public CompletableFuture<Map<EntryKey, Entry>> readTables(DeviceId device) {
    return read(device, DeviceReads::tables);
  }

  @Override
  public CompletableFuture<List<List<Count>>> readCounters(DeviceId device, List<String> counters) {
    return read(device, reads -> reads.counters(counters));
  }

  @Override
  public CompletableFuture<Map<EntryKey, Count>> readDirect(DeviceId device, Table table) {
    return read(device, reads -> reads.direct(table));
  }

  private <T> CompletableFuture<T> read(
      DeviceId device, Function<DeviceReads, CompletableFuture<T>> what) {
    DeviceSession session = session(device);
    return session == null
        ? CompletableFuture.failedFuture(new CancellationException(OVER))
        : what.apply(session.reads());
  }

  @Override
  public void packetOut(DeviceId device, int port, byte[] frame) {
    DeviceSession session = sessions.get(device);
    if (session != null) {
      session.packetOut(port, frame);
    }
  }

  @Override
  public void submitPacket(DeviceId device, byte[] frame) {
    DeviceSession session = sessions.get(device);
    if (session != null) {
      session.submitPacket(frame);
    }
  }

  /** Null: this is closed. */
  private @Nullable DeviceSession session(DeviceId device) {
    DeviceSession session = sessions.get(device);
    if (session == null && !closed) {
      throw new IllegalArgumentException(
          "no session with '"
              + device
              + "'; there is one with: "
              + NameList.some(sessions.keySet()));
    }
    return session;
  }

  @Override
  public void close() {
    synchronized (lifetime) {
      closed = true;
    }
    sessions.values().forEach(DeviceSession::close);
    sessions.clear();
  }
}
