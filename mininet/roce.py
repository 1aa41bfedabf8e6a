#!/usr/bin/env python3
"""Sends and counts RoCEv2 RDMA WRITE ONLY packets through the kernel's sockets.

    roce.py send --source 10.1.0.1 --destination 10.2.0.1 --count 200
    roce.py receive --count 200
"""
import argparse
import socket
import struct
import sys
import time
import zlib

PORT = 4791
WRITE_ONLY = 0x0a
ONES = 0xff


def bth(qp, psn):
    """InfiniBand base transport header: opcode, default partition, destination QP, PSN."""
    return struct.pack('!BBHII', WRITE_ONLY, 0x40, 0xffff, qp, psn)


def reth(length):
    return struct.pack('!QII', 0, 1, length)


def icrc(source, destination, udp_source_port, packet):
    """Invariant CRC (IBA annex A17.3.3) of what follows the UDP header.

    The kernel writes the IP header, so its identification (0, since we forbid fragments) and its
    other invariant fields are those that Linux uses for such a socket.
    """
    udp_length = 8 + len(packet) + 4
    ip = struct.pack('!BBHHHBBH4s4s', 0x45, ONES, 20 + udp_length, 0, 0x4000, ONES, socket.IPPROTO_UDP,
                     0xffff, socket.inet_aton(source), socket.inet_aton(destination))
    udp = struct.pack('!HHHH', udp_source_port, PORT, udp_length, 0xffff)
    masked = packet[:4] + bytes([ONES]) + packet[5:]
    return struct.pack('<I', zlib.crc32(bytes([ONES] * 8) + ip + udp + masked))


def send(args):
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.setsockopt(socket.IPPROTO_IP, 10, 2)  # IP_MTU_DISCOVER = IP_PMTUDISC_DO: don't fragment
    sock.setsockopt(socket.SOL_SOCKET, 11, 1)  # SO_NO_CHECK: RoCEv2 relies on the ICRC instead
    sock.bind((args.source, args.udp_port))
    for psn in range(args.count):
        payload = bytes(args.size)
        packet = bth(args.qp, psn) + reth(args.size) + payload
        sock.sendto(packet + icrc(args.source, args.destination, args.udp_port, packet),
                    (args.destination, PORT))
        time.sleep(args.gap)
    print(f'sent {args.count} RoCEv2 packets to QP {args.qp} of {args.destination}')
    return 0


def receive(args):
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind(('', PORT))
    sock.settimeout(args.timeout)
    seen = set()
    try:
        while len(seen) < args.count:
            data, _ = sock.recvfrom(9000)
            opcode, _, _, qp, psn = struct.unpack('!BBHII', data[:12])
            if opcode == WRITE_ONLY and qp == args.qp:
                seen.add(psn & 0xffffff)
    except socket.timeout:
        pass
    print(f'received {len(seen)} of {args.count} RoCEv2 packets')
    return 0 if len(seen) == args.count else 1


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('what', choices=['send', 'receive'])
    parser.add_argument('--source', default='0.0.0.0')
    parser.add_argument('--destination', default='127.0.0.1')
    parser.add_argument('--count', type=int, default=100)
    parser.add_argument('--size', type=int, default=1024, help='payload bytes')
    parser.add_argument('--qp', type=int, default=17)
    parser.add_argument('--udp-port', type=int, default=0xc011)
    parser.add_argument('--gap', type=float, default=0.001, help='seconds between packets')
    parser.add_argument('--timeout', type=float, default=10)
    args = parser.parse_args()
    return send(args) if args.what == 'send' else receive(args)


if __name__ == '__main__':
    sys.exit(main())
