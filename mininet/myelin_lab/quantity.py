"""Numbers with units as people write them: 10M, 25ms, 64K."""
from __future__ import annotations

import re

_RATE_UNITS = {'': 1, 'k': 10**3, 'K': 10**3, 'M': 10**6, 'G': 10**9, 'T': 10**12}
_TIME_UNITS = {'ns': 1, 'us': 10**3, 'µs': 10**3, 'ms': 10**6, 's': 10**9, 'm': 60 * 10**9}
_SIZE_UNITS = {'': 1, 'K': 2**10, 'M': 2**20, 'G': 2**30}


class Bad(ValueError):
    """A value that is not allowed; says where it stands, what it is and what is allowed."""

    def __init__(self, where: str, value: object, allowed: str):
        super().__init__(f'{where}: {value!r} is not allowed; allowed: {allowed}')


def _parse(where: str, text: object, pattern: str, units: dict[str, int], allowed: str) -> int:
    match = re.fullmatch(r'([0-9]+(?:\.[0-9]+)?) ?(' + pattern + ')', str(text).strip())
    if isinstance(text, bool) or match is None:
        raise Bad(where, text, allowed)
    return round(float(match[1]) * units[match[2]])


def rate_bps(where: str, text: object) -> int:
    """Bits per second from 10M, 2.5G or 1000000; where: the name of the value in messages."""
    value = _parse(where, re.sub('bps$', '', str(text)), '[kKMGT]?', _RATE_UNITS,
                   'a rate above 0, e.g. 10M, 2.5G or 400kbps')
    if value <= 0:
        raise Bad(where, text, 'a rate above 0')
    return value


def time_ns(where: str, text: object) -> int:
    """Nanoseconds from 500ns, 1.5us, 25ms, 2s or 1m; 0 needs no unit."""
    if str(text) == '0':
        return 0
    return _parse(where, text, 'ns|us|µs|ms|s|m', _TIME_UNITS, 'a time, e.g. 50us, 25ms or 2s')


def size_bytes(where: str, text: object) -> int:
    """Bytes from 64K (65536), 1M or 1500."""
    value = _parse(where, text, '[KMG]?', _SIZE_UNITS, 'a size in bytes above 0, e.g. 64K, 1M or 1500')
    if value <= 0:
        raise Bad(where, text, 'a size above 0')
    return value


def percent(where: str, text: object) -> float:
    """A share in percent from 1.5, 1.5% or 0."""
    match = re.fullmatch(r'([0-9]+(?:\.[0-9]+)?) ?%?', str(text).strip())
    if isinstance(text, bool) or match is None or float(match[1]) > 100:
        raise Bad(where, text, 'a share in percent from 0 to 100, e.g. 1.5%')
    return float(match[1])


def whole(where: str, text: object, least: int, most: int) -> int:
    """A whole number within bounds, both included."""
    match = re.fullmatch(r'[0-9]+', str(text).strip())
    if isinstance(text, bool) or match is None or not least <= int(match[0]) <= most:
        raise Bad(where, text, f'a whole number from {least} to {most}')
    return int(match[0])


def rate_text(bps: int) -> str:
    """The shortest exact way to write a rate: 10M, 2500k."""
    for unit in 'TGMk':
        if bps % _RATE_UNITS[unit] == 0 and bps:
            return f'{bps // _RATE_UNITS[unit]}{unit}'
    return str(bps)


def time_text(ns: int) -> str:
    """The shortest exact way to write a time: 25ms, 1500us."""
    for unit in ('s', 'ms', 'us'):
        if ns and ns % _TIME_UNITS[unit] == 0:
            return f'{ns // _TIME_UNITS[unit]}{unit}'
    return f'{ns}ns'
