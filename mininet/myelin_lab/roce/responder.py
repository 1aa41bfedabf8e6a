"""The receiving half of a queue pair: in order only, each gap reported once, CNPs for marks."""
from __future__ import annotations

from array import array
from dataclasses import dataclass

from myelin_lab.roce import psn as psns
from myelin_lab.roce import wire
from myelin_lab.roce.wire import Received


@dataclass
class Counters:
    """Of a receiver. Packets, unless the name says otherwise."""
    arrived: int = 0          # all data packets, whatever became of them
    goodput_bytes: int = 0    # payload taken in order
    messages: int = 0
    out_of_order: int = 0     # ahead of the expected PSN, for whatever reason
    duplicates: int = 0       # PSN taken before
    reordered: int = 0        # overtaken on the way: sent before a packet that is already here
    ce_marks: int = 0
    cnps_sent: int = 0
    naks_sent: int = 0


class Responder:
    """Returns what is to be answered: ('ack'|'nak', PSN, messages) or ('cnp',)."""

    def __init__(self, first_psn: int = 0, cnp_interval_ns: int = 50_000):
        self.expected = first_psn
        self.cnp_interval_ns = cnp_interval_ns
        self.counters = Counters()
        self.delays_ns = array('q')
        self.first_ns = self.last_ns = 0
        self.newest = -1  # transmission
        self.longest_gap_ns = 0
        self._gap_reported = False
        self._last_cnp_ns: int | None = None

    def missing(self) -> int:
        """Packets sent before the newest one here that did not arrive."""
        return max(0, self.newest + 1 - self.counters.arrived)

    def receive(self, p: Received, now_ns: int) -> list[tuple]:
        c = self.counters
        c.arrived += 1
        if self.last_ns:
            self.longest_gap_ns = max(self.longest_gap_ns, now_ns - self.last_ns)
        else:
            self.first_ns = now_ns
        self.last_ns = now_ns
        if p.transmission >= 0:
            if p.transmission < self.newest:
                c.reordered += 1
            self.newest = max(self.newest, p.transmission)
            self.delays_ns.append(now_ns - p.sent_ns)
        answers = self._marked(now_ns) if p.marked else []
        psn = psns.unwrap(p.psn, self.expected)
        if psn == self.expected:
            self._gap_reported = False
            self.expected += 1
            c.goodput_bytes += p.payload
            if wire.ends(p.opcode):
                c.messages += 1
            if p.ack_request:
                answers.append(('ack', psn & psns.MASK, c.messages))
        elif psn > self.expected:
            c.out_of_order += 1
            if not self._gap_reported:
                self._gap_reported = True
                c.naks_sent += 1
                answers.append(('nak', self.expected & psns.MASK, c.messages))
        else:
            c.duplicates += 1
            if p.ack_request:  # ours was lost
                answers.append(('ack', (self.expected - 1) & psns.MASK, c.messages))
        return answers

    def _marked(self, now_ns: int) -> list[tuple]:
        """At most one CNP an interval."""
        self.counters.ce_marks += 1
        if self._last_cnp_ns is not None and now_ns - self._last_cnp_ns < self.cnp_interval_ns:
            return []
        self._last_cnp_ns = now_ns
        self.counters.cnps_sent += 1
        return [('cnp',)]
