"""Delay, jitter and loss where the kernel has no netem: cables that lead through a process.

    python3 -m myelin_lab.relay, with a JSON object a line on standard input:
    {"a": "w1a", "b": "w1b", "delay_ns": 25000000, "jitter_ns": 2000000, "loss_percent": 0}

joins two interfaces, or changes how they are joined. Both directions are alike, and keep their order.
Jitter is even between -jitter and +jitter, as netem's without a distribution.
"""
from __future__ import annotations

import heapq
import json
import os
import random
import select
import socket
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

_ETH_P_ALL = 3
_FRAME = 65535
_PACKET_OUTGOING = 4
_BATCH = 64
LIMIT = 20_000  # frames under way in one direction


@dataclass
class Direction:
    """Frames from one interface to the other."""
    source: socket.socket
    sink: socket.socket
    delay_ns: int = 0
    jitter_ns: int = 0
    loss_percent: float = 0.0
    last_ns: int = 0
    under_way: int = 0
    random: random.Random = field(default_factory=random.Random)

    def release_ns(self, now_ns: int) -> int | None:
        """When a frame that comes now goes out again; None: it is lost."""
        if self.random.random() * 100 < self.loss_percent or self.under_way >= LIMIT:
            return None
        jitter = self.random.uniform(-self.jitter_ns, self.jitter_ns) if self.jitter_ns else 0
        self.last_ns = max(self.last_ns, now_ns + max(0, round(self.delay_ns + jitter)))
        return self.last_ns


def _open(interface: str) -> socket.socket:
    s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(_ETH_P_ALL))
    s.setsockopt(socket.SOL_SOCKET, 33, 8 << 20)  # SO_RCVBUFFORCE
    s.bind((interface, _ETH_P_ALL))
    s.setblocking(False)
    return s


class Relay:
    """All cables of a lab."""

    def __init__(self) -> None:
        self.cables: dict[str, tuple[Direction, Direction]] = {}
        self.by_socket: dict[socket.socket, Direction] = {}
        self.queue: list[tuple[int, int, Direction, bytes]] = []
        self.count = 0

    def join(self, a: str, b: str, delay_ns: int, jitter_ns: int, loss_percent: float) -> None:
        if a not in self.cables:
            one, other = _open(a), _open(b)
            self.cables[a] = Direction(one, other), Direction(other, one)
            self.by_socket[one], self.by_socket[other] = self.cables[a]
        for d in self.cables[a]:
            d.delay_ns, d.jitter_ns, d.loss_percent = delay_ns, jitter_ns, loss_percent

    def run(self, control) -> None:
        """Until the control stream ends."""
        buffer = b''
        while True:
            wait = max(0.0, (self.queue[0][0] - time.monotonic_ns()) / 1e9) if self.queue else None
            ready = select.select([control, *self.by_socket], [], [], wait)[0]
            for s in ready:
                if s is not control:
                    self._take(s)
            self._release()
            if control in ready:
                data = os.read(control.fileno(), 65536)
                if not data:
                    return
                *lines, buffer = (buffer + data).split(b'\n')
                for line in lines:
                    self.join(**json.loads(line))
                    print('{}', flush=True)

    def _take(self, s: socket.socket) -> None:
        direction = self.by_socket[s]
        for _ in range(_BATCH):
            try:
                frame, address = s.recvfrom(_FRAME)
            except BlockingIOError:
                return
            except OSError:
                return  # the interface is down
            if address[2] == _PACKET_OUTGOING:
                continue
            at = direction.release_ns(time.monotonic_ns())
            if at is not None:
                direction.under_way += 1
                self.count += 1
                heapq.heappush(self.queue, (at, self.count, direction, frame))

    def _release(self) -> None:
        now = time.monotonic_ns()
        while self.queue and self.queue[0][0] <= now:
            _, _, direction, frame = heapq.heappop(self.queue)
            direction.under_way -= 1
            try:
                direction.sink.send(frame)
            except OSError:
                pass  # the interface is down


if __name__ == '__main__':
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
    try:
        Relay().run(sys.stdin)
    except KeyboardInterrupt:
        pass
