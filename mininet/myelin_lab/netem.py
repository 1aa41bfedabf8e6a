"""Delay, jitter and loss of an interface's egress, by tc and netem."""
from __future__ import annotations

import subprocess

from myelin_lab.topology import Link

# netem keeps packets in order when it has a rate: each waits behind the one before. Far above any
# rate that BMv2 reaches, it changes nothing else.
_ORDERING_RATE = '4gbit'
_LIMIT_PACKETS = 20_000  # under way at once: 1 s at more than BMv2 forwards


def available() -> bool:
    """Whether this kernel has netem; tried in a namespace of its own."""
    return subprocess.run(['unshare', '--net', 'tc', 'qdisc', 'add', 'dev', 'lo', 'root', 'netem', 'delay',
                           '1ms'], check=False, capture_output=True).returncode == 0


def arguments(interface: str, link: Link) -> list[str] | None:
    """The tc command that makes an interface behave like the link; None: nothing to emulate."""
    if not (link.delay_ns or link.jitter_ns or link.loss_percent):
        return None
    command = ['tc', 'qdisc', 'replace', 'dev', interface, 'root', 'netem', 'limit', str(_LIMIT_PACKETS),
               'delay', f'{link.delay_ns / 1000:g}us']
    if link.jitter_ns:
        command.append(f'{link.jitter_ns / 1000:g}us')
    if link.loss_percent:
        command += ['loss', f'{link.loss_percent:g}%']
    if link.jitter_ns:
        command += ['rate', _ORDERING_RATE]
    return command


def removal(interface: str) -> list[str]:
    """The tc command that ends all emulation; it fails where there is none."""
    return ['tc', 'qdisc', 'del', 'dev', interface, 'root']


def apply(interface: str, link: Link) -> None:
    """Makes an interface of this namespace behave like the link."""
    command = arguments(interface, link)
    if command is None:
        subprocess.run(removal(interface), check=False, capture_output=True)
    else:
        subprocess.run(command, check=True)
