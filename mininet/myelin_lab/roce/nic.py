"""A NIC that speaks RoCEv2: queue pairs over one raw socket. Needs CAP_NET_RAW."""
from __future__ import annotations

import select
import socket
import struct
import time
from collections import deque
from dataclasses import dataclass, field

from myelin_lab.roce import psn as psns
from myelin_lab.roce import wire
from myelin_lab.roce.dcqcn import CNP_INTERVAL_NS, Dcqcn, Parameters
from myelin_lab.roce.requester import Requester
from myelin_lab.roce.responder import Responder

_SO_RCVBUFFORCE = 33
_SO_ATTACH_FILTER = 26
_RECEIVE_BUFFER = 8 << 20  # bytes: a second of everything that BMv2 can send
_BATCH = 64  # packets between two looks at the clock


def now_ns() -> int:
    return time.monotonic_ns()


@dataclass(frozen=True)
class Options:
    """What the queue pairs of a flow have in common; rate_bps is a queue pair's line rate."""
    rate_bps: int = 10_000_000
    mtu: int = 1024
    window: int = 64
    ack_every: int = 4
    timeout_ns: int = 200_000_000
    first_psn: int = 0
    time_scale: float = 200.0

    def requester(self) -> Requester:
        dcqcn = Dcqcn(self.rate_bps, Parameters.scaled(self.rate_bps, self.time_scale))
        return Requester(dcqcn, self.mtu, self.window, self.ack_every, self.timeout_ns, self.first_psn)

    def responder(self) -> Responder:
        return Responder(self.first_psn, round(CNP_INTERVAL_NS * self.time_scale))


@dataclass
class QueuePair:
    builder: wire.Builder
    requester: Requester | None = None
    responder: Responder | None = None
    transmissions: int = 0


@dataclass
class SendingFlow:
    """Queue pairs that keep `depth` messages posted each, until `count` in all or until a time."""
    queue_pairs: list[QueuePair]
    size: int
    depth: int = 2
    count: int | None = None
    until_ns: int | None = None
    posted: int = 0
    began_ns: int = field(default_factory=now_ns)
    stopped: bool = False

    def fill(self, now: int) -> None:
        if self.until_ns is not None and now >= self.until_ns:
            self.stopped = True
        while not self.stopped and (self.count is None or self.posted < self.count):
            free = min(self.queue_pairs, key=lambda q: len(q.requester.messages))
            if len(free.requester.messages) >= self.depth:
                return
            free.requester.post(self.size, now)
            self.posted += 1

    def done(self) -> bool:
        ended = self.stopped or (self.count is not None and self.posted >= self.count)
        return ended and not any(q.requester.messages for q in self.queue_pairs)


class Nic:
    """All queue pairs of one address.

    passive: data for an unknown queue pair opens it, with the same number at both ends.
    """

    def __init__(self, address: str, options: Options = Options(), passive: bool = False):
        self.address, self.options, self.passive = address, options, passive
        self.queue_pairs: dict[int, QueuePair] = {}
        self.flows: dict[str, SendingFlow] = {}
        self.bad_icrc = 0
        self.unknown_qp = 0
        self._order: deque[QueuePair] = deque()
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_UDP)
        self.socket.setsockopt(socket.IPPROTO_IP, socket.IP_HDRINCL, 1)
        self.socket.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, _RECEIVE_BUFFER)
        self.socket.bind((address, 0))
        self.socket.setblocking(False)
        # Its kernel would answer "port unreachable" if nobody had the port; this one reads nothing.
        self.port = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.port.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        self._drop_all(self.port)
        self.port.bind((address, wire.PORT))

    @staticmethod
    def _drop_all(sock: socket.socket) -> None:
        import ctypes
        program = ctypes.create_string_buffer(struct.pack('HBBI', 0x06, 0, 0, 0))  # ret 0
        sock.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER,
                        struct.pack('HL', 1, ctypes.addressof(program)))

    def close(self) -> None:
        self.socket.close()
        self.port.close()

    def open_sender(self, name: str, remote: str, qps: list[int], options: Options, flow: dict) -> SendingFlow:
        """Queue pairs that send; flow: size, depth, count and until_ns of SendingFlow."""
        pairs = []
        for qp in qps:
            pair = QueuePair(wire.Builder(self.address, qp, remote, qp), requester=options.requester())
            self.queue_pairs[qp] = pair
            self._order.append(pair)
            pairs.append(pair)
        self.flows[name] = SendingFlow(pairs, **flow)
        return self.flows[name]

    def open_receiver(self, remote: str, qp: int, options: Options) -> QueuePair:
        pair = QueuePair(wire.Builder(self.address, qp, remote, qp), responder=options.responder())
        self.queue_pairs[qp] = pair
        return pair

    def run_once(self, most_seconds: float, readers: tuple = ()) -> list:
        """Sends what is due, waits for packets or for what is due next; returns ready readers."""
        now = now_ns()
        wake = now + round(most_seconds * 1e9)
        for flow in self.flows.values():
            flow.fill(now)
            if flow.until_ns is not None and not flow.stopped:
                wake = min(wake, flow.until_ns)
        wake = min(wake, self._send_due(now))
        wait = max(0.0, (wake - now_ns()) / 1e9)
        ready = select.select([self.socket, *readers], [], [], wait)[0]
        if self.socket in ready:
            ready.remove(self.socket)
            self._receive()
        return ready

    def _send_due(self, now: int) -> int:
        """One packet of every queue pair that may send; when there may be more to do."""
        wake = now + 1_000_000_000
        for _ in range(len(self._order)):
            pair = self._order[0]
            self._order.rotate(-1)
            requester = pair.requester
            requester.expire(now)
            at = requester.send_at()
            if at is not None and at <= now:
                self._transmit(pair, now)
                at = requester.send_at()
            for due in (at, requester.deadline()):
                if due is not None:
                    wake = min(wake, due)
        return wake

    def _transmit(self, pair: QueuePair, now: int) -> None:
        opcode, psn, ack, size, payload = pair.requester.take(now)
        packet = pair.builder.data(opcode, psn, ack, size, payload, pair.transmissions, now_ns())
        pair.transmissions += 1
        self._output(packet)

    def _output(self, packet: bytes) -> None:
        try:
            self.socket.sendto(packet, (socket.inet_ntoa(packet[16:20]), 0))
        except (BlockingIOError, OSError):
            pass  # as if lost on the way: the protocol repairs it

    def _receive(self) -> None:
        for _ in range(_BATCH):
            try:
                data = self.socket.recv(65535)
            except BlockingIOError:
                return
            try:
                packet = wire.parse(data)
            except ValueError:
                self.bad_icrc += 1
                continue
            if packet is not None:
                self._handle(packet)

    def _handle(self, p: wire.Received) -> None:
        pair = self.queue_pairs.get(p.qp)
        if pair is None and self.passive and wire.is_data(p.opcode) and self._begins(p):
            pair = self.open_receiver(p.source, p.qp, self.options)
        if pair is None:
            self.unknown_qp += 1
        elif wire.is_data(p.opcode):
            if pair.responder:
                for kind, *details in pair.responder.receive(p, now_ns()):
                    self._answer(pair, kind, details)
        elif pair.requester:
            if p.opcode == wire.CNP:
                pair.requester.notified(now_ns())
            else:
                pair.requester.acknowledged(p.psn, p.syndrome, now_ns())

    def _begins(self, p: wire.Received) -> bool:
        """Whether a queue pair begins here; one in the middle of its life is somebody else's."""
        return 0 <= psns.unwrap(p.psn, self.options.first_psn) - self.options.first_psn < self.options.window

    def _answer(self, pair: QueuePair, kind: str, details: list[int]) -> None:
        if kind == 'cnp':
            self._output(pair.builder.cnp())
        else:
            syndrome = wire.SYNDROME_ACK if kind == 'ack' else wire.SYNDROME_NAK_SEQUENCE
            self._output(pair.builder.acknowledge(syndrome, *details))
