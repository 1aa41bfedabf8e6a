package io.myelin.softswitch.engine;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Moves packets through the pipelines as simple_switch does: parser, ingress, replication, and, at
 * dequeue, egress and deparser.
 */
final class Forwarding {
  /** Value of {@code egress_spec} that means drop. */
  static final int DROP_PORT = 511;

  /**
   * A packet that goes round more often is dropped: a program's endless loop must end somewhere.
   */
  static final int MAX_ROUNDS = 1000;

  private static final int INSTANCE_NORMAL = 0;
  private static final int INSTANCE_INGRESS_CLONE = 1;
  private static final int INSTANCE_EGRESS_CLONE = 2;
  private static final int INSTANCE_RECIRCULATED = 4;
  private static final int INSTANCE_REPLICATED = 5;
  private static final int INSTANCE_RESUBMITTED = 6;

  /** Where packets go when a pipeline is done with them. */
  interface Outlet {
    /** Takes over the packet. */
    void enqueue(PacketContext c, int port);

    /** Runs the packet's ingress soon, not now. Takes over the packet. */
    void again(PacketContext c);

    void digest(String name, List<byte[]> fields);

    void droppedByProgram();

    void droppedByLoop();
  }

  private final Outlet outlet;

  Forwarding(Outlet outlet) {
    this.outlet = outlet;
  }

  void receive(SwitchState state, int port, byte[] frame) {
    PacketContext c = state.pool.take();
    c.start(frame, 0, frame.length);
    c.ingressPort = port;
    Intrinsics in = state.program.intrinsics;
    c.f[in.ingressPort] = port;
    Intrinsics.set(c, in.packetLength, frame.length);
    ingress(c);
  }

  /** Runs parser and ingress of a packet whose metadata are set. */
  void ingress(PacketContext c) {
    SwitchState state = c.state;
    P4Program program = state.program;
    Intrinsics in = program.intrinsics;
    state.packetTimeNs = state.clock.nowNs();
    Intrinsics.setMicros(c, in.ingressTimestamp, state.packetTimeNs, 48);
    program.parser.parse(c);
    Intrinsics.set(c, in.parserError, c.parserError);
    Intrinsics.set(c, in.checksumError, c.checksumError ? 1 : 0);
    run(program.ingress, c);

    if (c.cloneSession != PacketContext.NONE) {
      cloneIngress(c);
    }
    if (c.digest != PacketContext.NONE) {
      P4Program.Digest digest = program.digests.get(c.digest);
      if (digest != null) {
        outlet.digest(digest.name(), digest.values(c.f));
      }
    }
    if (c.assertionFailed) {
      drop(c);
    } else if (c.resubmitFields != PacketContext.NONE) {
      resubmit(c);
    } else if (Intrinsics.get(c, in.multicastGroup) != 0) {
      Intrinsics.set(c, in.instanceType, INSTANCE_REPLICATED);
      replicate(c, state.multicastGroups.get((int) c.f[in.multicastGroup]));
    } else if (c.f[in.egressSpec] == DROP_PORT) {
      drop(c);
    } else {
      Intrinsics.set(c, in.instanceType, INSTANCE_NORMAL);
      outlet.enqueue(c, (int) c.f[in.egressSpec]);
    }
  }

  private static void run(@Nullable ControlNode first, PacketContext c) {
    ControlNode n = first;
    while (n != null && !c.exit) {
      n = n.run(c);
    }
    c.exit = false;
  }

  private void drop(PacketContext c) {
    outlet.droppedByProgram();
    c.state.pool.give(c);
  }

  private void cloneIngress(PacketContext c) {
    ReplicationList session = c.state.cloneSessions.get(c.cloneSession);
    if (session == null) {
      return;
    }
    // The clone is the packet as it came: parsed again, metadata 0 but for the preserved fields.
    P4Program program = c.state.program;
    PacketContext copy = c.state.pool.take();
    copy.start(c.in, 0, c.length);
    copy.ingressPort = c.ingressPort;
    copy.ingressLength = c.ingressLength;
    copy.rounds = c.rounds;
    copy.f[program.intrinsics.ingressPort] = c.f[program.intrinsics.ingressPort];
    program.parser.parse(copy);
    program.clearMetadata(copy);
    program.copyFields(c.cloneFields, c, copy);
    Intrinsics.set(copy, program.intrinsics.instanceType, INSTANCE_INGRESS_CLONE);
    copy.truncateBytes = session.truncateBytes();
    replicate(copy, session);
  }

  /** Enqueues a copy per replica and frees the packet. */
  private void replicate(PacketContext c, @Nullable ReplicationList list) {
    if (list == null || list.replicas().isEmpty()) {
      drop(c);
      return;
    }
    Intrinsics in = c.state.program.intrinsics;
    List<SwitchControl.Replica> replicas = list.replicas();
    for (int i = 0; i < replicas.size(); i++) {
      boolean last = i == replicas.size() - 1;
      PacketContext copy = last ? c : c.state.pool.take();
      if (!last) {
        copy.copyOf(c);
      }
      SwitchControl.Replica to = live(replicas.get(i), copy.state);
      Intrinsics.set(copy, in.egressRid, to.instance());
      outlet.enqueue(copy, to.port());
    }
  }

  /** The replica, or the first of its backups whose port is up (P4Runtime §9.5.1). */
  private static SwitchControl.Replica live(SwitchControl.Replica r, SwitchState state) {
    if (r.backups().isEmpty() || state.isUp(r.port())) {
      return r;
    }
    for (SwitchControl.Replica backup : r.backups()) {
      if (state.isUp(backup.port())) {
        return backup;
      }
    }
    return r;
  }

  private void resubmit(PacketContext c) {
    P4Program program = c.state.program;
    PacketContext copy = c.state.pool.take();
    copy.start(c.in, 0, c.length);
    copy.ingressPort = c.ingressPort;
    program.copyFields(c.resubmitFields, c, copy);
    Intrinsics.set(copy, program.intrinsics.instanceType, INSTANCE_RESUBMITTED);
    Intrinsics.set(copy, program.intrinsics.packetLength, c.length);
    copy.rounds = c.rounds + 1;
    goRound(c, copy);
  }

  private void goRound(PacketContext done, PacketContext next) {
    done.state.pool.give(done);
    if (next.rounds > MAX_ROUNDS) {
      outlet.droppedByLoop();
      next.state.pool.give(next);
    } else {
      outlet.again(next);
    }
  }

  /** Bytes that the packet would have on the wire now. */
  static int wireBytes(PacketContext c) {
    int bytes = c.length - c.payload;
    for (HeaderRef h : c.state.program.emitted) {
      if (c.f[h.base] != 0) {
        bytes += h.wireBytes(c.f);
      }
    }
    return Math.min(bytes, c.truncateBytes);
  }

  /**
   * Runs egress and deparser.
   *
   * @return the frame, or null if the program dropped or recirculated it. The packet is freed.
   */
  byte @Nullable [] egress(PacketContext c) {
    SwitchState state = c.state;
    P4Program program = state.program;
    Intrinsics in = program.intrinsics;
    state.packetTimeNs = state.clock.nowNs();
    c.forgetDecisions();
    Intrinsics.setMicros(c, in.egressTimestamp, state.packetTimeNs, 48);
    c.f[in.egressPort] = c.egressPort;
    in.clearEgressSpec(c);
    Intrinsics.set(c, in.packetLength, c.packetLength);
    run(program.egress, c);

    if (c.cloneSession != PacketContext.NONE) {
      cloneEgress(c);
    }
    if (c.f[in.egressSpec] == DROP_PORT || c.assertionFailed) {
      drop(c);
      return null;
    }
    byte[] frame = program.deparser.deparse(c);
    if (c.recirculateFields != PacketContext.NONE) {
      recirculate(c, frame);
      return null;
    }
    state.pool.give(c);
    return frame;
  }

  private void cloneEgress(PacketContext c) {
    ReplicationList session = c.state.cloneSessions.get(c.cloneSession);
    if (session == null) {
      return;
    }
    // The clone carries the headers as they are now, and the payload.
    P4Program program = c.state.program;
    PacketContext copy = c.state.pool.take();
    copy.copyOf(c);
    program.clearMetadata(copy);
    program.copyFields(c.cloneFields, c, copy);
    Intrinsics.set(copy, program.intrinsics.instanceType, INSTANCE_EGRESS_CLONE);
    copy.truncateBytes = session.truncateBytes();
    copy.rounds = c.rounds + 1;
    if (copy.rounds > MAX_ROUNDS) {
      outlet.droppedByLoop();
      copy.state.pool.give(copy);
    } else {
      replicate(copy, session);
    }
  }

  private void recirculate(PacketContext c, byte[] frame) {
    P4Program program = c.state.program;
    PacketContext copy = c.state.pool.take();
    copy.start(frame, 0, frame.length);
    copy.ingressPort = c.ingressPort;
    program.copyFields(c.recirculateFields, c, copy);
    Intrinsics.set(copy, program.intrinsics.instanceType, INSTANCE_RECIRCULATED);
    Intrinsics.set(copy, program.intrinsics.packetLength, frame.length);
    copy.rounds = c.rounds + 1;
    goRound(c, copy);
  }
}
