"""The reaction point of DCQCN: Zhu et al., "Congestion Control for Large-Scale RDMA Deployments",
SIGCOMM 2015, section 3, with the parameters of its section 5 and figure 14.

BMv2 is some thousand times slower than the 40 Gb/s of the paper. `Parameters.scaled` keeps the
algorithm and scales with two factors that are stated in every report: rates by line rate / 40 Gb/s,
times by `time_scale`; the byte counter by both, so that it expires as often, counted in timers, as in the
paper. With time_scale = 40 Gb/s / line rate, all would be exact, and take as much longer.
"""
from __future__ import annotations

from dataclasses import dataclass

PAPER_RATE_BPS = 40_000_000_000
CNP_INTERVAL_NS = 50_000  # of the notification point, per queue pair; scaled by time_scale


@dataclass(frozen=True)
class Parameters:
    """Rates bits per second, times nanoseconds. R_HAI is not in the paper: ten times R_AI."""
    g: float = 1 / 256
    alpha_timer_ns: int = 55_000
    increase_timer_ns: int = 55_000
    byte_counter: int = 10_000_000
    fast_recoveries: int = 5
    additive_bps: float = 40_000_000
    hyper_bps: float = 400_000_000
    least_bps: float = 40_000_000  # rates do not fall below a thousandth of the line's

    @classmethod
    def scaled(cls, line_bps: int, time_scale: float) -> 'Parameters':
        rate = line_bps / PAPER_RATE_BPS
        return cls(alpha_timer_ns=round(55_000 * time_scale), increase_timer_ns=round(55_000 * time_scale),
                   byte_counter=max(1, round(10_000_000 * rate * time_scale)),
                   additive_bps=40_000_000 * rate, hyper_bps=400_000_000 * rate,
                   least_bps=40_000_000 * rate)


class Dcqcn:
    """The rate of one queue pair; it starts at line rate, and timers run from the first CNP on."""

    def __init__(self, line_bps: int, parameters: Parameters):
        self.line_bps = float(line_bps)
        self.p = parameters
        self.current_bps = self.target_bps = self.line_bps
        self.alpha = 1.0
        self.cnps = 0
        self.least_seen_bps = self.line_bps
        self._timer_rounds = self._byte_rounds = 0
        self._bytes = 0
        self._alpha_due: int | None = None
        self._increase_due: int | None = None

    def cnp(self, now_ns: int) -> None:
        """Cuts the rate (equation 1) and starts recovery anew."""
        self.advance(now_ns)
        self.cnps += 1
        self.target_bps = self.current_bps
        self.current_bps = max(self.p.least_bps, self.current_bps * (1 - self.alpha / 2))
        self.alpha = (1 - self.p.g) * self.alpha + self.p.g
        self.least_seen_bps = min(self.least_seen_bps, self.current_bps)
        self._timer_rounds = self._byte_rounds = self._bytes = 0
        self._alpha_due = now_ns + self.p.alpha_timer_ns
        self._increase_due = now_ns + self.p.increase_timer_ns

    def sent(self, size: int) -> None:
        """Counts bytes; every `byte_counter` of them are an occasion to increase."""
        if self._increase_due is None:
            return
        self._bytes += size
        if self._bytes >= self.p.byte_counter:
            self._bytes -= self.p.byte_counter
            self._byte_rounds += 1
            self._increase()

    def advance(self, now_ns: int) -> None:
        """Lets the timers expire that are due (equation 2; increase)."""
        while self._alpha_due is not None and self._alpha_due <= now_ns:
            self.alpha *= 1 - self.p.g
            self._alpha_due += self.p.alpha_timer_ns
        while self._increase_due is not None and self._increase_due <= now_ns:
            self._increase_due += self.p.increase_timer_ns
            self._timer_rounds += 1
            self._increase()
        if self.current_bps >= self.line_bps * 0.999 and self.alpha < 1e-3:
            self._increase_due = None  # recovered: nothing to count until the next CNP

    def _increase(self) -> None:
        # Figure 7: both counts beyond F, one of them, neither
        if min(self._timer_rounds, self._byte_rounds) > self.p.fast_recoveries:
            self.target_bps += self.p.hyper_bps
        elif max(self._timer_rounds, self._byte_rounds) >= self.p.fast_recoveries:
            self.target_bps += self.p.additive_bps
        # else fast recovery: the target stays, half the distance to it is made good
        self.target_bps = min(self.target_bps, self.line_bps)
        self.current_bps = min((self.target_bps + self.current_bps) / 2, self.line_bps)
