package io.myelin.lab.roce;

/**
 * The receiving half of a queue pair (IBA Vol. 1 §9.7): takes packets in order only, acknowledges
 * when asked, reports each gap once.
 */
final class Responder {
  private final RoceHost host;
  private final QueuePair qp;
  private final HostCounters counters;
  private long expected;
  private int messages;
  private boolean gapReported;
  private final long cnpIntervalNs;
  private long lastCnpNs = Long.MIN_VALUE / 2;
  private long receivedBytes;

  Responder(RoceHost host, QueuePair qp, int initialPsn) {
    this.host = host;
    this.qp = qp;
    counters = host.counters();
    cnpIntervalNs = host.dcqcn().cnpIntervalNs();
    expected = initialPsn;
  }

  long receivedBytes() {
    return receivedBytes;
  }

  int messages() {
    return messages;
  }

  void receive(int opcode, int wirePsn, boolean ackRequest, int payload) {
    long psn = Requester.unwrap(wirePsn, expected);
    if (psn == expected) {
      accept(opcode, ackRequest, payload);
    } else if (psn > expected) {
      counters.outOfOrder++;
      if (!gapReported) {
        gapReported = true;
        counters.naksSent++;
        answer(QpFrames.SYNDROME_NAK_SEQUENCE, expected);
      }
    } else {
      counters.duplicates++;
      if (ackRequest) {
        answer(QpFrames.SYNDROME_ACK, expected - 1); // ours was lost
      }
    }
  }

  private void accept(int opcode, boolean ackRequest, int payload) {
    gapReported = false;
    receivedBytes += payload;
    counters.goodputBytes += payload;
    if (Opcode.endsMessage(opcode)) {
      messages = (messages + 1) & Requester.PSN_MASK;
      counters.messagesReceived++;
    }
    expected++;
    if (ackRequest) {
      answer(QpFrames.SYNDROME_ACK, expected - 1);
    }
  }

  private void answer(int syndrome, long psn) {
    qp.sendControl(qp.frames().acknowledge(syndrome, (int) psn & Requester.PSN_MASK, messages));
  }

  /** A data packet that the fabric marked came: at most one CNP an interval. */
  void congestionMarked() {
    long nowNs = host.nowNs();
    counters.markedReceived++;
    if (nowNs - lastCnpNs >= cnpIntervalNs) {
      lastCnpNs = nowNs;
      counters.cnpsSent++;
      qp.sendControl(qp.frames().cnp());
    }
  }
}
