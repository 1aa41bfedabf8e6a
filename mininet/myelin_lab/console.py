"""Mininet's command line with faults, traffic and the node's commands."""
from __future__ import annotations

import shlex
from cmd import Cmd

from mininet.cli import CLI

from myelin_lab import quantity
from myelin_lab.agents import Traffic
from myelin_lab.network import Network
from myelin_lab.node import MyelinNode, NodeError
from myelin_lab.roce import report
from myelin_lab.scenario import Parser


def allow_hyphens() -> None:
    """Lets names such as h1-1 begin a command: cmd takes a hyphen for the end of a word."""
    CLI.identchars = Cmd.identchars + '-'


class Console(CLI):
    """`help` lists the commands; `help cut` tells about one."""

    prompt = 'myelin> '

    def __init__(self, network: Network, node: MyelinNode, traffic: Traffic, **kwargs):
        allow_hyphens()
        self.network, self.node, self.traffic = network, node, traffic
        self.flow_number = 0
        super().__init__(network.net, **kwargs)

    def _try(self, line: str, usage: str, least: int, most: int, run) -> None:
        words = shlex.split(line)
        if not least <= len(words) <= most:
            print('usage: ' + usage)
            return
        try:
            run(*words)
        except (quantity.Bad, NodeError, RuntimeError, OSError) as e:
            print(e)

    def do_cut(self, line: str) -> None:
        """cut A B: cuts the cable between two switches (NAME or NAME/PORT)"""
        self._try(line, 'cut A B', 2, 2, lambda a, b: self.network.set_cable(
            self.network.topology.cable(a, b), up=False))

    def do_mend(self, line: str) -> None:
        """mend A B: mends a cut cable"""
        self._try(line, 'mend A B', 2, 2, lambda a, b: self.network.set_cable(
            self.network.topology.cable(a, b), up=True))

    def do_kill(self, line: str) -> None:
        """kill SWITCH: a power cut; its process is gone and its cables are dark"""
        self._try(line, 'kill SWITCH', 1, 1, self.network.kill_switch)

    def do_restart(self, line: str) -> None:
        """restart SWITCH: it comes back with an empty pipeline, for the node to program"""
        self._try(line, 'restart SWITCH', 1, 1, self.network.restart_switch)

    def do_loss(self, line: str) -> None:
        """loss A B PERCENT: of the packets on a cable, each way; 0: none"""
        self._try(line, 'loss A B PERCENT', 3, 3, lambda a, b, p: self.network.set_emulation(
            self.network.topology.cable(a, b), loss_percent=quantity.percent('loss', p)))

    def do_delay(self, line: str) -> None:
        """delay A B TIME [JITTER]: of a cable, one way; e.g. delay ams-border kir-border 40ms 5ms"""
        self._try(line, 'delay A B TIME [JITTER]', 3, 4, lambda a, b, d, j='0': self.network.set_emulation(
            self.network.topology.cable(a, b), delay_ns=quantity.time_ns('delay', d),
            jitter_ns=quantity.time_ns('jitter', j)))

    def do_myelin(self, line: str) -> None:
        """myelin ARGUMENTS: the node's command line, e.g. myelin lease list -t blue"""
        self._try(line, 'myelin ARGUMENTS', 1, 99, lambda *a: print(self.node.myelin(*a), end=''))

    def do_flow(self, line: str) -> None:
        """flow FROM TO [KEY=VALUE…]: starts RoCEv2 traffic; keys as in scenarios, default messages=20"""
        self._try(line, 'flow FROM TO [KEY=VALUE…]', 2, 99, self._flow)

    def _flow(self, source: str, destination: str, *settings: str) -> None:
        self.flow_number += 1
        value: dict = {'name': f'f{self.flow_number}', 'from': source, 'to': destination,
                       'qp': 0x100 * self.flow_number}
        for setting in settings:
            key, _, text = setting.partition('=')
            value[key] = float(text) if key in ('seconds', 'time_scale') else text
        if 'seconds' not in value:
            value.setdefault('messages', 20)
        flow = Parser(self.network.topology).flow('flow', value)
        self.traffic.start(flow)
        print(f'{flow.name} runs; "flows" tells how it does')

    def do_flows(self, _line: str) -> None:
        """flows: what the flows counted so far"""
        for name, figures in self.traffic.figures().items():
            print(report.text(name, figures))

    def do_switches(self, _line: str) -> None:
        """switches: pid, ports and log of every switch"""
        for s in self.network.topology.switches:
            switch = self.network.bmv2(s.name)
            state = f'pid {switch.process.pid}' if switch.running() else 'dead'
            print(f'{s.name:14} {state:12} P4Runtime 127.0.0.1:{s.p4rt_port}, device id {s.number}, '
                  f'Thrift {s.thrift_port}, {switch.log}')
