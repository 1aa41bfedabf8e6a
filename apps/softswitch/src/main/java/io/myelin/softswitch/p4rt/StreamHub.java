package io.myelin.softswitch.p4rt;

import io.grpc.Status;
import io.myelin.p4.v1.DigestList;
import io.myelin.p4.v1.DigestListAck;
import io.myelin.p4.v1.DigestListAckError;
import io.myelin.p4.v1.IdleTimeoutNotification;
import io.myelin.p4.v1.MasterArbitrationUpdate;
import io.myelin.p4.v1.PacketOut;
import io.myelin.p4.v1.PacketOutError;
import io.myelin.p4.v1.StreamError;
import io.myelin.p4.v1.StreamMessageRequest;
import io.myelin.p4.v1.StreamMessageResponse;
import io.myelin.p4.v1.StreamOtherError;
import io.myelin.softswitch.engine.SwitchControl;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.jspecify.annotations.Nullable;

/** All streams of a server: arbitration, packets and notifications (§5, §16). */
final class StreamHub implements StreamSession.Handler, SwitchControl.Listener {
  private final Object arbitrationLock = new Object();
  private final Arbitration<StreamSession> arbitration;
  private final ReentrantReadWriteLock stateLock;
  private final SwitchControl control;
  private final Pipelines pipelines;
  private final DigestStreamer digests;

  private final AtomicLong packetIns = new AtomicLong();
  private final AtomicLong packetInsDropped = new AtomicLong();
  private final AtomicLong packetOuts = new AtomicLong();
  private final AtomicLong packetOutsRefused = new AtomicLong();
  private final AtomicLong notificationsDropped = new AtomicLong();

  StreamHub(
      long deviceId,
      ReentrantReadWriteLock stateLock,
      SwitchControl control,
      P4RuntimeOptions options,
      java.util.function.Function<StreamHub, Pipelines> pipelines) {
    this.arbitration = new Arbitration<>(deviceId);
    this.stateLock = stateLock;
    this.control = control;
    this.digests = new DigestStreamer(options.scheduler(), options::epochNs, this::sendDigests);
    this.pipelines = pipelines.apply(this);
  }

  Pipelines pipelines() {
    return pipelines;
  }

  DigestStreamer digests() {
    return digests;
  }

  P4RuntimeStats stats() {
    return new P4RuntimeStats(
        packetIns.get(),
        packetInsDropped.get(),
        packetOuts.get(),
        packetOutsRefused.get(),
        notificationsDropped.get());
  }

  /** Refuses whoever is not the primary of the role (§12, checks 1 and 2). */
  void checkPrimary(String role, @Nullable ElectionId id) {
    Arbitration.RolePrimary<StreamSession> p = arbitration.primary(role);
    if (p == null) {
      throw Refusal.notFound(
          "role '" + role + "' is not known; known: " + Options.list(arbitration.roleNames()));
    }
    if (id == null || !id.equals(p.electionId())) {
      throw Refusal.denied(
          (id == null ? "election_id is not set" : "election_id " + id + " is not the primary's")
              + "; "
              + (p.electionId() == null ? "there is no primary" : "that is " + p.electionId()));
    }
  }

  // ---- from clients ----------------------------------------------------------------------------

  @Override
  public void received(StreamSession from, StreamMessageRequest m) {
    if (!m.getUnknownFields().asMap().isEmpty()) {
      from.offer(
          error(Refusal.unimplemented("the stream message has a field that is not known"))
              .setOther(StreamOtherError.getDefaultInstance())
              .toResponse());
      return;
    }
    switch (m.getUpdateCase()) {
      case ARBITRATION -> {
        UnknownFields.refuse(m.getArbitration(), "arbitration");
        arbitrate(from, m.getArbitration());
      }
      case PACKET -> packetOut(from, m.getPacket());
      case DIGEST_ACK -> acknowledge(from, m.getDigestAck());
      case OTHER ->
          from.offer(
              error(Refusal.unimplemented("no other stream message is known"))
                  .setOther(StreamOtherError.newBuilder().setOther(m.getOther()))
                  .toResponse());
      case UPDATE_NOT_SET ->
          from.offer(
              error(Refusal.invalid("the stream message is empty"))
                  .setOther(StreamOtherError.getDefaultInstance())
                  .toResponse());
    }
  }

  private void arbitrate(StreamSession from, MasterArbitrationUpdate m) {
    synchronized (arbitrationLock) {
      if (from.isClosed()) {
        return;
      }
      boolean wasPrimary = arbitration.isPrimary(from);
      Arbitration.Outcome<StreamSession> outcome = arbitration.update(from, m);
      notifyAll(outcome.others());
      if (arbitration.isPrimary(from)) {
        // Writes of the previous primary that have begun end before the new one is told (§5.3).
        awaitWrites();
        if (!wasPrimary) {
          digests.forgetSent();
        }
      }
      notifyAll(List.of(outcome.self()));
    }
  }

  private void awaitWrites() {
    stateLock.writeLock().lock();
    try {
      // Having had the lock is all that is asked for.
    } finally {
      stateLock.writeLock().unlock();
    }
  }

  private static void notifyAll(List<Arbitration.Notice<StreamSession>> notices) {
    for (Arbitration.Notice<StreamSession> n : notices) {
      n.stream().send(StreamMessageResponse.newBuilder().setArbitration(n.update()).build());
    }
  }

  @Override
  public void disconnected(StreamSession session) {
    synchronized (arbitrationLock) {
      notifyAll(arbitration.disconnect(session));
    }
  }

  private void requirePrimary(StreamSession from, String what) {
    if (!arbitration.isPrimary(from)) {
      throw Refusal.denied(
          "only a primary may send " + what + "; arbitration makes this stream one");
    }
  }

  private void packetOut(StreamSession from, PacketOut p) {
    try {
      requirePrimary(from, "packet-outs");
      UnknownFields.refuse(p, "packet");
      Pipelines.Pipeline pipeline = pipelines.committed();
      if (pipeline == null) {
        throw Refusal.precondition("no forwarding pipeline config has been set");
      }
      control.packetOut(pipeline.state().info.packetOut.pack(p));
      packetOuts.incrementAndGet();
    } catch (RuntimeException e) {
      packetOutsRefused.incrementAndGet();
      from.offer(
          error(Errors.refusal(e))
              .setPacketOut(PacketOutError.newBuilder().setPacketOut(p))
              .toResponse());
    }
  }

  private void acknowledge(StreamSession from, DigestListAck ack) {
    try {
      requirePrimary(from, "digest acknowledgements");
      UnknownFields.refuse(ack, "digest_ack");
      Pipelines.Pipeline pipeline = pipelines.committed();
      if (pipeline == null) {
        throw Refusal.precondition("no forwarding pipeline config has been set");
      }
      pipeline.state().info.digests.get(ack.getDigestId());
      digests.ack(ack);
    } catch (RuntimeException e) {
      from.offer(
          error(Errors.refusal(e))
              .setDigestListAck(DigestListAckError.newBuilder().setDigestListAck(ack))
              .toResponse());
    }
  }

  /** A stream error in the making. */
  private record ErrorBuilder(StreamError.Builder b) {
    ErrorBuilder setPacketOut(PacketOutError.Builder e) {
      b.setPacketOut(e);
      return this;
    }

    ErrorBuilder setDigestListAck(DigestListAckError.Builder e) {
      b.setDigestListAck(e);
      return this;
    }

    ErrorBuilder setOther(StreamOtherError e) {
      b.setOther(e);
      return this;
    }

    ErrorBuilder setOther(StreamOtherError.Builder e) {
      return setOther(e.build());
    }

    StreamMessageResponse toResponse() {
      return StreamMessageResponse.newBuilder().setError(b).build();
    }
  }

  private static ErrorBuilder error(Refusal r) {
    Status.Code code = r.code();
    return new ErrorBuilder(
        StreamError.newBuilder()
            .setCanonicalCode(code.value())
            .setMessage(r.reason())
            .setSpace("myelin-softswitch"));
  }

  // ---- from the switch -------------------------------------------------------------------------

  @Override
  public void packetIn(byte[] frame) {
    Pipelines.Pipeline pipeline = pipelines.committed();
    List<StreamSession> primaries = arbitration.primaries();
    if (pipeline == null || primaries.isEmpty()) {
      packetInsDropped.incrementAndGet();
      return;
    }
    StreamMessageResponse m;
    try {
      m =
          StreamMessageResponse.newBuilder()
              .setPacket(pipeline.state().info.packetIn.unpack(frame))
              .build();
    } catch (Refusal r) {
      packetInsDropped.incrementAndGet();
      return;
    }
    for (StreamSession s : primaries) {
      (s.offer(m) ? packetIns : packetInsDropped).incrementAndGet();
    }
  }

  @Override
  public void digest(String digest, List<byte[]> fields) {
    digests.digest(digest, fields);
  }

  private void sendDigests(DigestList list) {
    toPrimaries(StreamMessageResponse.newBuilder().setDigest(list).build());
  }

  void sendIdle(IdleTimeoutNotification n) {
    toPrimaries(StreamMessageResponse.newBuilder().setIdleTimeoutNotification(n).build());
  }

  private void toPrimaries(StreamMessageResponse m) {
    List<StreamSession> primaries = arbitration.primaries();
    if (primaries.isEmpty()) {
      notificationsDropped.incrementAndGet();
    }
    for (StreamSession s : primaries) {
      if (!s.offer(m)) {
        notificationsDropped.incrementAndGet();
      }
    }
  }
}
