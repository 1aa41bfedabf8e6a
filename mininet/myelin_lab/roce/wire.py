"""RoCEv2 packets over IPv4: headers, invariant CRC (IBA Annex A17), and what our payload carries.

A data packet's payload begins with 16 bytes for measuring: the number of the transmission (every
packet sent by a queue pair counts, retransmissions too) and the time of sending, nanoseconds of
CLOCK_MONOTONIC, which all hosts of a lab share.
"""
from __future__ import annotations

import socket
import struct
import zlib
from dataclasses import dataclass

PORT = 4791
WRITE_FIRST, WRITE_MIDDLE, WRITE_LAST, WRITE_ONLY = 0x06, 0x07, 0x08, 0x0a
ACKNOWLEDGE, CNP = 0x11, 0x81
SYNDROME_ACK, SYNDROME_NAK_SEQUENCE = 0x1f, 0x60
ECN_CE = 3
TOS_DATA = 26 << 2 | 2      # AF31, ECN-capable (ECT(0))
TOS_CONTROL = 48 << 2       # CS6, not ECN-capable
IP, UDP, BTH, RETH, AETH, ICRC, STAMP = 20, 8, 12, 16, 4, 4, 16
ETHERNET = 14
_ONES = b'\xff'
_LRH = _ONES * 8
_STAMP = struct.Struct('!QQ')
_IP_UDP = struct.Struct('!BBHHHBBH4s4sHHHH')
_BTH = struct.Struct('!BBHII')


def data_opcode(index: int, packets: int) -> int:
    """Of the packet at an index of an RDMA WRITE of so many packets."""
    if packets == 1:
        return WRITE_ONLY
    if index == 0:
        return WRITE_FIRST
    return WRITE_LAST if index == packets - 1 else WRITE_MIDDLE


def starts(opcode: int) -> bool:
    return opcode in (WRITE_FIRST, WRITE_ONLY)


def ends(opcode: int) -> bool:
    return opcode in (WRITE_LAST, WRITE_ONLY)


def is_data(opcode: int) -> bool:
    return opcode in (WRITE_FIRST, WRITE_MIDDLE, WRITE_LAST, WRITE_ONLY)


def icrc(packet: bytes) -> bytes:
    """The invariant CRC of an IPv4 packet whose last four bytes are its place.

    CRC-32 of Ethernet over 64 ones, the headers with all that routers may change set to ones (TOS,
    TTL, both checksums, resv8a of the BTH), and the rest; least significant byte first.
    """
    masked = b''.join((_LRH, packet[:1], _ONES, packet[2:8], _ONES, packet[9:10], _ONES, _ONES,
                       packet[12:26], _ONES, _ONES, packet[28:32], _ONES, packet[33:-ICRC]))
    return zlib.crc32(masked).to_bytes(4, 'little')


def source_port(local_qp: int, remote_qp: int) -> int:
    """Spreads queue pairs over source ports 0xc000 to 0xffff, for switches that do not hash the BTH."""
    h = (local_qp * 0x9e3779b1 ^ remote_qp * 0x85ebca6b) & 0xffffffff
    h ^= h >> 16
    h = h * 0xc2b2ae35 & 0xffffffff
    return 0xc000 | (h ^ h >> 13) & 0x3fff


class Builder:
    """Packets from a queue pair to its peer."""

    def __init__(self, local_ip: str, local_qp: int, remote_ip: str, remote_qp: int):
        self.addresses = socket.inet_aton(local_ip), socket.inet_aton(remote_ip)
        self.remote_qp = remote_qp
        self.source_port = source_port(local_qp, remote_qp)
        self.identification = 0

    def _packet(self, tos: int, body: bytes) -> bytes:
        # Not 0: the kernel would replace it, and the ICRC covers it.
        self.identification = self.identification % 0xffff + 1
        length = IP + UDP + len(body) + ICRC
        packet = _IP_UDP.pack(0x45, tos, length, self.identification, 0x4000, 64, socket.IPPROTO_UDP, 0,
                              *self.addresses, self.source_port, PORT, length - IP, 0) + body + bytes(ICRC)
        return packet[:-ICRC] + icrc(packet)

    def data(self, opcode: int, psn: int, ack_request: bool, message: int, payload: int,
             transmission: int, now_ns: int) -> bytes:
        """A packet of an RDMA WRITE of `message` bytes; `payload` bytes of it are in this packet."""
        pad = -payload & 3
        body = _BTH.pack(opcode, 0x40 | pad << 4, 0xffff, self.remote_qp, ack_request << 31 | psn)
        if starts(opcode):
            body += struct.pack('!QII', 0, self.remote_qp, message)
        stamp = _STAMP.pack(transmission, now_ns)[:payload]
        return self._packet(TOS_DATA, body + stamp + bytes(payload + pad - len(stamp)))

    def acknowledge(self, syndrome: int, psn: int, messages: int) -> bytes:
        """An ACK of everything up to a PSN, or a NAK that asks for it."""
        return self._packet(TOS_CONTROL, _BTH.pack(ACKNOWLEDGE, 0x40, 0xffff, self.remote_qp, psn)
                            + struct.pack('!I', syndrome << 24 | messages & 0xffffff))

    def cnp(self) -> bytes:
        """A congestion notification packet (IBA A17.9.3): BECN set, 16 reserved bytes."""
        return self._packet(TOS_CONTROL, _BTH.pack(CNP, 0, 0xffff, 1 << 30 | self.remote_qp, 0) + bytes(16))


@dataclass(frozen=True)
class Received:
    """A packet taken apart."""
    source: str
    tos: int
    opcode: int
    qp: int
    psn: int
    ack_request: bool
    payload: int = 0         # bytes, without padding
    transmission: int = -1   # -1: too short to say
    sent_ns: int = 0
    syndrome: int = 0

    @property
    def marked(self) -> bool:
        return self.tos & 3 == ECN_CE


def parse(packet: bytes) -> Received | None:
    """An IPv4 packet taken apart; None: not RoCEv2 to us. Raises ValueError where the ICRC is wrong."""
    if len(packet) < IP + UDP + BTH + ICRC or packet[0] != 0x45 or packet[9] != socket.IPPROTO_UDP \
            or packet[22:24] != b'\x12\xb7':
        return None
    packet = packet[:int.from_bytes(packet[2:4], 'big')]
    if icrc(packet) != packet[-ICRC:]:
        raise ValueError('the ICRC is wrong')
    opcode, flags, _, qp, psn = _BTH.unpack_from(packet, IP + UDP)
    source, at = socket.inet_ntoa(packet[12:16]), IP + UDP + BTH
    common = (source, packet[1], opcode, qp & 0xffffff, psn & 0xffffff, bool(psn >> 31))
    if is_data(opcode):
        at += RETH if starts(opcode) else 0
        payload = len(packet) - at - ICRC - (flags >> 4 & 3)
        stamp = _STAMP.unpack_from(packet, at) if payload >= STAMP else (-1, 0)
        return Received(*common, payload, *stamp)
    if opcode == ACKNOWLEDGE:
        return Received(*common, syndrome=packet[at])
    return Received(*common)
