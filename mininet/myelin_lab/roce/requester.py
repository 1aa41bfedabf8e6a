"""The sending half of a queue pair (IBA Vol. 1 §9.7): messages in order, go-back-N, paced."""
from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from myelin_lab.roce import psn as psns
from myelin_lab.roce import wire
from myelin_lab.roce.dcqcn import Dcqcn

MAX_DOUBLINGS = 6  # of the timeout: up to 64 times the configured one, for ever
PACING_BURST_NS = 2_000_000  # what a sender that woke late may make good


@dataclass
class Message:
    first: int
    packets: int
    size: int
    posted_ns: int

    @property
    def end(self) -> int:
        return self.first + self.packets


@dataclass
class Counters:
    """Of a sender. Packets, unless the name says otherwise."""
    sent: int = 0
    sent_bytes: int = 0  # payload, retransmissions included
    retransmits: int = 0
    timeouts: int = 0
    naks_received: int = 0
    cnps_received: int = 0
    completed: int = 0  # messages
    completed_bytes: int = 0


class Requester:
    """acked <= next <= highest <= posted: below acked all is acknowledged, from next on it is to be
    sent, from highest on it never was, from posted on it belongs to no message."""

    def __init__(self, dcqcn: Dcqcn, mtu: int = 1024, window: int = 64, ack_every: int = 4,
                 timeout_ns: int = 200_000_000, first_psn: int = 0):
        self.dcqcn = dcqcn
        self.mtu, self.window, self.ack_every, self.timeout_ns = mtu, window, ack_every, timeout_ns
        self.messages: deque[Message] = deque()
        self.posted = self.next = self.acked = self.highest = first_psn
        self.counters = Counters()
        self.completion_ns: list[int] = []
        self.first_post_ns = self.last_completion_ns = 0
        self._deadline: int | None = None
        self._doublings = 0
        self._not_before = 0

    def post(self, size: int, now_ns: int) -> None:
        packets = -(-size // self.mtu)
        if not self.first_post_ns:
            self.first_post_ns = now_ns
        self.messages.append(Message(self.posted, packets, size, now_ns))
        self.posted += packets

    def send_at(self) -> int | None:
        """When the next packet may go; None: nothing to send, or the window is full."""
        if self.next >= self.posted or self.next - self.acked >= self.window:
            return None
        return self._not_before

    def take(self, now_ns: int) -> tuple[int, int, bool, int, int]:
        """The next packet: opcode, PSN on the wire, ack request, message bytes, payload bytes."""
        message = next(m for m in self.messages if self.next < m.end)
        index = self.next - message.first
        opcode = wire.data_opcode(index, message.packets)
        payload = min(self.mtu, message.size - index * self.mtu)
        ack = (wire.ends(opcode) or (self.next + 1) % self.ack_every == 0
               or self.next - self.acked == self.window - 1)
        number = self.next & psns.MASK
        self.counters.sent += 1
        self.counters.sent_bytes += payload
        if self.next < self.highest:
            self.counters.retransmits += 1
        if self.next == self.acked:
            self._deadline = now_ns + (self.timeout_ns << self._doublings)
        self.next += 1
        self.highest = max(self.highest, self.next)
        frame = (wire.ETHERNET + wire.IP + wire.UDP + wire.BTH + wire.ICRC + payload
                 + (wire.RETH if wire.starts(opcode) else 0))
        self.dcqcn.advance(now_ns)
        self._not_before = (max(self._not_before, now_ns - PACING_BURST_NS)
                            + round(frame * 8e9 / self.dcqcn.current_bps))
        self.dcqcn.sent(frame)
        return opcode, number, ack, message.size, payload

    def deadline(self) -> int | None:
        """When to go back for lack of acknowledgements; None: nothing is under way."""
        return self._deadline if self.next > self.acked else None

    def expire(self, now_ns: int) -> None:
        deadline = self.deadline()
        if deadline is not None and now_ns >= deadline:
            self.counters.timeouts += 1
            self._doublings = min(self._doublings + 1, MAX_DOUBLINGS)
            self.next = self.acked

    def acknowledged(self, number: int, syndrome: int, now_ns: int) -> None:
        """An ACK (everything up to the PSN arrived) or a NAK (everything before it did)."""
        nak = syndrome == wire.SYNDROME_NAK_SEQUENCE
        up_to = psns.unwrap(number, self.acked) + (0 if nak else 1)
        if up_to < self.acked or up_to > self.highest:
            return  # late, or about packets that were never sent
        if up_to > self.acked:
            self.acked = up_to
            self.next = max(self.next, up_to)
            self._doublings = 0
            self._deadline = now_ns + self.timeout_ns
            while self.messages and self.messages[0].end <= up_to:
                done = self.messages.popleft()
                self.counters.completed += 1
                self.counters.completed_bytes += done.size
                self.completion_ns.append(now_ns - done.posted_ns)
                self.last_completion_ns = now_ns
        if nak:
            self.counters.naks_received += 1
            self.next = self.acked

    def notified(self, now_ns: int) -> None:
        """A CNP came."""
        self.counters.cnps_received += 1
        self.dcqcn.cnp(now_ns)
