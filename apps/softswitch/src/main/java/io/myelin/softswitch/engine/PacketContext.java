package io.myelin.softswitch.engine;

import java.util.Arrays;

/** One packet on its way through the switch. Pooled: {@link #start} makes it fresh. */
final class PacketContext {
  static final int NONE = -1;
  static final int NO_LIMIT = Integer.MAX_VALUE;
  private static final long[] NO_ARGS = {};

  /** Fields, validity bits and stack indices; see {@link Layout}. */
  final long[] f;

  /** The workspace's {@link Workspace#scratch} and how much of it is in use. */
  final long[] scratch;

  int top;

  /** Data of the action being executed. */
  long[] args = NO_ARGS;

  final Workspace workspace;
  final SwitchState state;

  /** The frame as it came in, at least {@link Bits#SLACK} bytes longer than {@link #length}. */
  byte[] in = new byte[2048];

  int length;

  /** First byte that the parser did not consume. */
  int payload;

  int ingressPort;

  /** Bytes when the packet entered; what counters and meters count. */
  int ingressLength;

  /**
   * What {@code packet_length} says at egress: bytes as received, plus headers made valid, less
   * headers made invalid. Pushes and pops do not count.
   */
  int packetLength;

  /** What the extern being executed has computed. */
  long result;

  /** An assertion failed: the packet is lost whatever the program decides. */
  boolean assertionFailed;

  int parserError;
  boolean checksumError;
  boolean exit;
  int cloneSession;
  int cloneFields;
  int resubmitFields;
  int recirculateFields;
  int digest;

  /** Longest frame. */
  int truncateBytes;

  int egressPort;
  int queue;

  /** Bytes for which the packet stands in its queue. */
  int queuedBytes;

  long enqueuedNs;
  long queueBytesAtEnqueue;

  /** How often the packet went round: resubmitted, recirculated or cloned at egress. */
  int rounds;

  PacketContext(SwitchState state) {
    this.state = state;
    f = new long[state.program.layout.slots()];
    workspace = state.workspace;
    scratch = workspace.scratch;
  }

  /** Forgets everything and takes a frame. */
  void start(byte[] frame, int from, int bytes) {
    Arrays.fill(f, 0);
    forgetDecisions();
    if (in.length < bytes + Bits.SLACK) {
      in = new byte[bytes + Bits.SLACK + 512];
    }
    System.arraycopy(frame, from, in, 0, bytes);
    length = bytes;
    payload = 0;
    ingressLength = bytes;
    packetLength = bytes;
    truncateBytes = NO_LIMIT;
    rounds = 0;
    egressPort = NONE;
  }

  void forgetDecisions() {
    exit = false;
    assertionFailed = false;
    parserError = 0;
    checksumError = false;
    cloneSession = NONE;
    cloneFields = NONE;
    resubmitFields = NONE;
    recirculateFields = NONE;
    digest = NONE;
    args = NO_ARGS;
    top = 0;
  }

  /** Becomes a copy of another packet of the same program, decisions excepted. */
  void copyOf(PacketContext other) {
    start(other.in, 0, other.length);
    System.arraycopy(other.f, 0, f, 0, f.length);
    payload = other.payload;
    ingressPort = other.ingressPort;
    ingressLength = other.ingressLength;
    packetLength = other.packetLength;
    truncateBytes = other.truncateBytes;
    rounds = other.rounds;
  }
}
