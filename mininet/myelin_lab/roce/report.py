"""Figures of a flow from what its sender and its receiver counted; as JSON and as a line."""
from __future__ import annotations

from collections.abc import Sequence

MS = 1e6  # nanoseconds


def percentile(sorted_values: Sequence[float], share: float) -> float:
    """The smallest value that at least this share of the values do not exceed; 0 of none."""
    if not sorted_values:
        return 0.0
    rank = max(1, -(-round(share * 1_000_000) * len(sorted_values) // 1_000_000))
    return sorted_values[rank - 1]


def _sum(reports: list[dict], key: str) -> int:
    return sum(r[key] for r in reports)


def sender(requesters: list, elapsed_ns: int) -> dict:
    """Figures of a flow's requesters; times ms, rates bits per second."""
    counters = [vars(r.counters) for r in requesters]
    figures = {key: _sum(counters, key) for key in counters[0]}
    times = sorted(t / MS for r in requesters for t in r.completion_ns)
    began = min((r.first_post_ns for r in requesters if r.first_post_ns), default=0)
    ended = max((r.last_completion_ns for r in requesters), default=0)
    figures['posted'] = figures['completed'] + sum(len(r.messages) for r in requesters)
    figures['goodput_bps'] = round(figures['completed_bytes'] * 8e9 / (ended - began)) if ended > began else 0
    figures['duration_ms'] = round((ended - began if ended > began else elapsed_ns) / MS, 3)
    figures['mct_p50_ms'] = round(percentile(times, 0.5), 3)
    figures['mct_p99_ms'] = round(percentile(times, 0.99), 3)
    figures['mct_max_ms'] = round(times[-1], 3) if times else 0.0
    figures['rate_min_bps'] = round(min(r.dcqcn.least_seen_bps for r in requesters))
    figures['rate_now_bps'] = round(sum(r.dcqcn.current_bps for r in requesters))
    return figures


def receiver(responders: list) -> dict:
    """Figures of a flow's responders; delays are one way, ms."""
    if not responders:
        return {}
    counters = [vars(r.counters) for r in responders]
    figures = {key: _sum(counters, key) for key in counters[0]}
    delays = sorted(d / MS for r in responders for d in r.delays_ns)
    figures['missing'] = sum(r.missing() for r in responders)
    figures['delay_min_ms'] = round(delays[0], 3) if delays else 0.0
    figures['delay_p50_ms'] = round(percentile(delays, 0.5), 3)
    figures['delay_p99_ms'] = round(percentile(delays, 0.99), 3)
    figures['delay_max_ms'] = round(delays[-1], 3) if delays else 0.0
    figures['gap_max_ms'] = round(max(r.longest_gap_ns for r in responders) / MS, 3)
    return figures


def merge(sent: dict, received: dict) -> dict:
    """Both sides of a flow; lost_packets: sent, retransmissions included, but never arrived."""
    flow = {**sent, **{k: v for k, v in received.items() if k not in sent}}
    if received:
        flow['lost_packets'] = sent['sent'] - received['arrived']
    return flow


def rate(bps: float) -> str:
    return f'{bps / 1e6:.2f} Mb/s'


def parts(flow: dict) -> list[str]:
    """A flow's figures for people, a line each; what is absent (one side only) is left out."""
    lines = []
    if 'completed' in flow:
        lines += [f'{flow["completed"]}/{flow["posted"]} messages, goodput {rate(flow["goodput_bps"])}, completion '
                  f'p50 {flow["mct_p50_ms"]:.1f} p99 {flow["mct_p99_ms"]:.1f} max {flow["mct_max_ms"]:.1f} ms',
                  f'{flow["sent"]} packets sent, {flow["retransmits"]} of them again, {flow["timeouts"]} timeouts, '
                  f'{flow["naks_received"]} NAKs, {flow["cnps_received"]} CNPs, '
                  f'least rate {rate(flow["rate_min_bps"])}']
    if 'arrived' in flow:
        lost = f'{flow["lost_packets"]} lost, ' if 'lost_packets' in flow else ''
        lines += [f'{flow["arrived"]} arrived, {lost}{flow["reordered"]} reordered, {flow["duplicates"]} '
                  f'duplicates, {flow["ce_marks"]} CE marks, {flow["cnps_sent"]} CNPs sent',
                  f'delay p50 {flow["delay_p50_ms"]:.1f} p99 {flow["delay_p99_ms"]:.1f} max '
                  f'{flow["delay_max_ms"]:.1f} ms, longest silence {flow["gap_max_ms"]:.1f} ms']
    return lines


def line(flow: dict) -> str:
    """The same in one line."""
    return '; '.join(parts(flow))


def text(name: str, flow: dict) -> str:
    """The same under the flow's name."""
    return f'{name}: ' + ('\n' + ' ' * (len(name) + 2)).join(parts(flow))
