"""RoCEv2 traffic from a host's command line, or under the lab's control.

In Mininet's command line, with a lease between h1-1 and h2-1 or without one:

    h2-1 mininet/roce.py receive --address 10.2.0.1 --seconds 20 &
    h1-1 mininet/roce.py send --address 10.1.0.1 --to 10.2.0.1 --qps 2 --size 64K --count 50 --rate 4M
"""
from __future__ import annotations

import argparse
import json
import os
import sys

from myelin_lab import quantity
from myelin_lab.roce import report
from myelin_lab.roce.nic import Nic, Options, now_ns


def _options(a: argparse.Namespace) -> Options:
    return Options(a.rate, a.mtu, a.window, a.ack_every, a.timeout, a.psn, a.time_scale)


def send(a: argparse.Namespace) -> int:
    """Sends messages; 0 when all were acknowledged in time."""
    nic = Nic(a.address)
    first = a.qp or 0x1000 + (os.getpid() * 64) % 0xfe0000
    flow = nic.open_sender('flow', a.to, list(range(first, first + a.qps)), _options(a),
                           {'size': a.size, 'depth': a.depth, 'count': a.count})
    until = now_ns() + round(a.seconds * 1e9)
    while not flow.done() and now_ns() < until:
        nic.run_once(0.2)
    figures = report.sender([q.requester for q in flow.queue_pairs], now_ns() - flow.began_ns)
    _print(a, figures, f'QP {first}{f" to {first + a.qps - 1}" if a.qps > 1 else ""} of {a.to}: ')
    return 0 if flow.done() else 1


def receive(a: argparse.Namespace) -> int:
    """Answers whatever queue pairs come; ends after --count messages or --seconds."""
    nic = Nic(a.address, _options(a), passive=True)
    until = now_ns() + round(a.seconds * 1e9)
    messages = 0
    while now_ns() < until and (a.count is None or messages < a.count):
        nic.run_once(0.2)
        messages = sum(q.responder.counters.messages for q in nic.queue_pairs.values())
    linger = now_ns() + 300_000_000  # for the last acknowledgements, should they be asked for again
    while messages and now_ns() < linger:
        nic.run_once(0.1)
    figures = report.receiver([q.responder for q in nic.queue_pairs.values()])
    if not figures:
        print('nothing arrived', file=sys.stderr)
        return 1
    _print(a, {**figures, 'bad_icrc': nic.bad_icrc}, f'{figures["messages"]} messages: ')
    return 0 if a.count is None or messages >= a.count else 1


def _print(a: argparse.Namespace, figures: dict, head: str) -> None:
    if a.json:
        print(json.dumps(figures))
    else:
        print(head + report.line(figures))


def host(a: argparse.Namespace) -> int:
    """Obeys commands, a JSON object a line on standard input, until that ends."""
    nic = Nic(a.address)
    receivers: dict[str, list] = {}
    buffer = b''
    while True:
        if not nic.run_once(0.5, (sys.stdin,)):
            continue
        data = os.read(sys.stdin.fileno(), 65536)
        if not data:
            return 0
        *lines, buffer = (buffer + data).split(b'\n')
        for text in lines:
            print(json.dumps(_obey(nic, receivers, json.loads(text))), flush=True)


def _obey(nic: Nic, receivers: dict[str, list], command: dict) -> dict:
    do = command['do']
    if do == 'receive':
        options = Options(**command['options'])
        receivers[command['flow']] = [
            nic.open_receiver(command['remote'], qp, options) for qp in command['qps']]
    elif do == 'send':
        flow = dict(command['what'])
        seconds = flow.pop('seconds', None)
        flow['until_ns'] = None if seconds is None else now_ns() + round(seconds * 1e9)
        nic.open_sender(command['flow'], command['remote'], command['qps'], Options(**command['options']), flow)
    elif do == 'stop':
        nic.flows[command['flow']].stopped = True
    elif do == 'report':
        return {'bad_icrc': nic.bad_icrc, 'unknown_qp': nic.unknown_qp, 'sending': {
            name: {**report.sender([q.requester for q in f.queue_pairs], now_ns() - f.began_ns),
                   'done': f.done()} for name, f in nic.flows.items()}, 'receiving': {
            name: report.receiver([q.responder for q in pairs]) for name, pairs in receivers.items()}}
    return {}


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog='roce.py', description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest='what', required=True)

    def value(parse):
        def convert(text: str):
            try:
                return parse('value', text)
            except quantity.Bad as e:
                raise argparse.ArgumentTypeError(str(e)) from None
        return convert

    for name, run in (('send', send), ('receive', receive), ('host', host)):
        c = commands.add_parser(name, help=(run.__doc__ or '').split('\n')[0],
                                formatter_class=argparse.ArgumentDefaultsHelpFormatter)
        c.set_defaults(run=run)
        c.add_argument('--address', required=True, help='of the NIC to use')
        if name == 'host':
            continue
        c.add_argument('--json', action='store_true', help='report as JSON')
        c.add_argument('--seconds', type=float, default=60.0, help='end after so long in any case')
        c.add_argument('--psn', type=int, default=0, help='first PSN')
        c.add_argument('--time-scale', type=float, default=200.0,
                       help="DCQCN's times, and the 50 us between CNPs, times this")
        c.add_argument('--rate', type=value(quantity.rate_bps), default=10_000_000,
                       help='line rate of a queue pair; what DCQCN recovers to')
        c.add_argument('--mtu', type=int, default=1024, choices=[256, 512, 1024], help='payload of a packet')
        c.add_argument('--window', type=int, default=64, help='packets under way, per queue pair')
        c.add_argument('--ack-every', type=int, default=4, help='packets that share an acknowledgement')
        c.add_argument('--timeout', type=value(quantity.time_ns), default=200_000_000,
                       help='without progress before going back (ns in defaults)')
        if name == 'receive':
            c.add_argument('--count', type=int, help='end after so many messages')
            continue
        c.add_argument('--to', required=True, help="the receiver's address")
        c.add_argument('--qp', type=int, default=0, help='first queue pair; 0: a new one')
        c.add_argument('--qps', type=int, default=1, help='queue pairs')
        c.add_argument('--size', type=value(quantity.size_bytes), default=65536, help='of a message')
        c.add_argument('--count', type=int, default=10, help='messages in all')
        c.add_argument('--depth', type=int, default=2, help='messages posted at once, per queue pair')
    a = parser.parse_args(arguments)
    return a.run(a)
