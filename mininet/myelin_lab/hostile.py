"""Frames that a host may send if it wants what it must not have; the switches are to drop them.

In Mininet's command line:

    h1-2 mininet/hostile.py spoofed_source --interface eth0 --mac 02:00:00:00:00:02 --address 10.1.0.2 \\
        --to 10.2.0.1 --to-mac 02:00:00:00:00:03 --count 100
"""
from __future__ import annotations

import argparse
import random
import socket
import struct
import time
from collections.abc import Callable

ROCE_PORT = 4791
CONTROLLER_LABEL = 16 + 255
FIRST_LABEL = 16  # of port 0: labels are this and the port, on every switch

# What is sent: the reason for which switches drop it (DROP_* of p4/include/headers.p4).
KINDS = {
    'cross_tenant': 'ISOLATION',         # own address, to another tenant's endpoint
    'spoofed_source': 'UNKNOWN_SOURCE',  # another's address, or nobody's
    'labels': 'HOST_LABELS',             # a path of its own choice, down to the other's port
    'labelled_probe': 'HOST_LABELS',     # a probe under the label that leads to the controller
    'lldp': 'CONTROL_FRAME',             # as if it came out of a port of the fabric
    'probe': 'CONTROL_FRAME',            # as it comes home
    'arp_address': 'UNKNOWN_SOURCE',     # a request with another's address
    'arp_mac': 'SOURCE_MAC',             # a request with another's MAC address
    'arp_flood': 'PUNT_RATE',            # right requests, too many
}


def mac_bytes(text: str) -> bytes:
    return bytes.fromhex(text.replace(':', ''))


def checksum(header: bytes) -> int:
    total = sum(struct.unpack(f'!{len(header) // 2}H', header))
    total = (total & 0xffff) + (total >> 16)
    return ~((total & 0xffff) + (total >> 16)) & 0xffff


class Frames:
    """Builds them for one sender and one victim; labels: a way from the sender's switch to it."""

    def __init__(self, mac: str, address: str, to_mac: str, to: str, labels: list[int], seed: int = 1):
        self.mac, self.address = mac_bytes(mac), socket.inet_aton(address)
        self.to_mac, self.to = mac_bytes(to_mac), socket.inet_aton(to)
        self.way = labels
        self.random = random.Random(seed)

    def build(self, kind: str) -> bytes:
        make: Callable[[], bytes] = getattr(self, kind)
        return make().ljust(60, b'\0')

    def ethernet(self, ether_type: int, payload: bytes, to: bytes = b'', source: bytes = b'') -> bytes:
        return (to or self.to_mac) + (source or self.mac) + struct.pack('!H', ether_type) + payload

    def roce(self, source: bytes) -> bytes:
        """A SEND ONLY of a reliable connection."""
        bth = struct.pack('!BBHII', 4, 0, 0xffff, self.random.getrandbits(24), self.random.getrandbits(24))
        udp = struct.pack('!HHHH', 0xc000 | self.random.getrandbits(14), ROCE_PORT, 8 + 12 + 64, 0) + bth + bytes(64)
        head = struct.pack('!BBHHHBBH', 0x45, 2, 20 + len(udp), self.random.getrandbits(16), 0, 64, 17, 0)
        head += source + self.to
        return head[:10] + struct.pack('!H', checksum(head)) + head[12:] + udp

    def stack(self, labels: list[int], payload: bytes) -> bytes:
        last = len(labels) - 1
        return b''.join(struct.pack('!I', label << 12 | (i == last) << 8 | 64)
                        for i, label in enumerate(labels)) + payload

    def stamp(self) -> bytes:
        """Where the controller's tag would be, by somebody who does not have its key."""
        return self.random.randbytes(28)

    def cross_tenant(self) -> bytes:
        return self.ethernet(0x0800, self.roce(self.address))

    def spoofed_source(self) -> bytes:
        source = self.to if self.random.random() < 0.5 else self.random.randbytes(4)
        return self.ethernet(0x0800, self.roce(source if source != self.address else self.to))

    def labels(self) -> bytes:
        source = self.address if self.random.random() < 0.5 else self.to
        return self.ethernet(0x8847, self.stack(self.way, self.roce(source)))

    def probe_bytes(self) -> bytes:
        return struct.pack('!IIBB', 0x10007ff8, self.random.getrandbits(32), 0, 0) + self.stamp()

    def labelled_probe(self) -> bytes:
        return self.ethernet(0x8847, self.stack([CONTROLLER_LABEL], self.probe_bytes()))

    def probe(self) -> bytes:
        return self.ethernet(0x88b5, self.probe_bytes())

    def lldp(self) -> bytes:
        def tlv(kind: int, value: bytes) -> bytes:
            return struct.pack('!H', kind << 9 | len(value)) + value
        frame = (tlv(1, b'\x07spine1') + tlv(2, b'\x071') + tlv(3, b'\0\x0a')
                 + tlv(127, b'Myl\x02' + self.stamp()) + b'\0\0')
        return self.ethernet(0x88cc, frame, bytes.fromhex('0180c200000e'))

    def arp(self, mac: bytes, address: bytes) -> bytes:
        request = struct.pack('!HHBBH', 1, 0x0800, 6, 4, 1) + mac + address + bytes(6) + self.to
        return self.ethernet(0x0806, request, b'\xff' * 6)

    def arp_address(self) -> bytes:
        return self.arp(self.mac, self.to)

    def arp_mac(self) -> bytes:
        return self.arp(self.to_mac, self.address)

    def arp_flood(self) -> bytes:
        return self.arp(self.mac, self.address)


def send(interface: str, frames: Frames, kind: str, count: int, per_second: int) -> int:
    """Sends that many; how many the kernel took."""
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as raw:
        raw.bind((interface, 0))
        began = time.monotonic()
        for i in range(count):
            raw.send(frames.build(kind))
            time.sleep(max(0.0, began + (i + 1) / per_second - time.monotonic()))
    return count


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog='hostile.py', description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('kind', choices=sorted(KINDS))
    parser.add_argument('--interface', required=True, help='to send by')
    parser.add_argument('--mac', required=True, help="the sender's")
    parser.add_argument('--address', required=True, help="the sender's")
    parser.add_argument('--to', required=True, help="the victim's address")
    parser.add_argument('--to-mac', required=True, help="the victim's MAC address")
    parser.add_argument('--labels', default='', help='labels of a way to the victim, e.g. 17,18,19')
    parser.add_argument('--count', type=int, default=100, help='frames')
    parser.add_argument('--rate', type=int, default=500, help='frames a second')
    a = parser.parse_args(arguments)
    labels = [int(l) for l in a.labels.split(',') if l] or [FIRST_LABEL + 1]
    frames = Frames(a.mac, a.address, a.to_mac, a.to, labels)
    print(send(a.interface, frames, a.kind, a.count, a.rate))
    return 0
