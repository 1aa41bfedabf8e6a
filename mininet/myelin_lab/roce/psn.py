"""Packet sequence numbers: 24 bits on the wire (IBA Vol. 1 §9.7.1), unbounded here."""
from __future__ import annotations

MASK = 0xff_ffff


def unwrap(wire: int, near: int) -> int:
    """The number nearest to `near` that has these 24 bits; half the space tells old from new."""
    ahead = (wire - near) & MASK
    return near + (ahead - MASK - 1 if ahead > MASK // 2 else ahead)
