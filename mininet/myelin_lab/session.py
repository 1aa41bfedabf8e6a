"""A lab from start to stop: network, node, and then a scenario or the command line."""
from __future__ import annotations

import os
import platform
import signal
import subprocess
import sys
import time
from datetime import datetime, timezone
from pathlib import Path

from mininet.net import Mininet

from myelin_lab import processes
from myelin_lab.agents import Traffic
from myelin_lab.console import Console
from myelin_lab.network import Network
from myelin_lab.node import START_SECONDS, MyelinNode
from myelin_lab.runner import Runner
from myelin_lab.scenario import Scenario


class Session:
    """controller and switch are the command line's, '' their kind."""

    def __init__(self, plan: Scenario, log_dir: Path, pcap_dir: Path | None, controller: dict[str, str],
                 switch: dict[str, str], relay: bool):
        self.plan, self.log_dir, self.controller = plan, log_dir, controller
        if os.environ.get('MYELIN_LAB_ISOLATED'):
            Mininet.inited = True  # it would set limits of the machine, which a namespace may not
        self.network = Network(plan.topology, log_dir, pcap_dir, relay, switch)
        address = '127.0.0.1:9550'
        if controller[''] == 'remote':
            address = f'{controller.get("ip", "127.0.0.1")}:{controller.get("port", "9550")}'
        self.node = MyelinNode(address)

    def run(self, cli: bool, report: Path | None) -> int:
        inventory = self.log_dir / 'fabric.yaml'
        inventory.write_text(self.plan.topology.inventory())
        try:
            began = time.monotonic()
            self._start_network()
            print(f'{self.plan.topology_text}: {len(self.plan.topology.switches)} switches, '
                  f'{len(self.plan.topology.cables)} cables, {len(self.plan.topology.nics)} endpoints, '
                  f'started in {time.monotonic() - began:.1f} s', flush=True)
            if self.controller[''] == 'myelin':
                self.node.start(inventory, self.log_dir,
                                self.controller.get('discovery') or self.plan.node.get('discovery_interval', ''),
                                self.controller.get('log') or self.plan.node.get('log', ''),
                                self.plan.node.get('loops', ''))
            else:
                print(f'waits for the node at {self.node.address}; its inventory: {inventory}', flush=True)
            ready_s = self.node.await_ready(START_SECONDS)
            print(f'the fabric is ready after {ready_s:.1f} s', flush=True)
            return self._console() if cli else self._scenario(ready_s, report)
        finally:
            self.stop()

    def _start_network(self) -> None:
        """Ctrl-C waits until the network is there: Mininet's shells must not be interrupted midway."""
        asked: list[int] = []
        before = signal.signal(signal.SIGINT, lambda number, _: asked.append(number))
        try:
            self.network.start()
        finally:
            signal.signal(signal.SIGINT, before)
        if asked:
            raise KeyboardInterrupt

    def _console(self) -> int:
        traffic = Traffic(self.network, self.log_dir)
        try:
            Console(self.network, self.node, traffic)
        finally:
            traffic.stop()
        return 0

    def _scenario(self, ready_s: float, report: Path | None) -> int:
        runner = Runner(self.plan, self.network, self.node, self.log_dir, ready_s)
        runner.results['machine'] = machine()
        ok = runner.run()
        if self.plan.node.get('loops') == 'on':
            print(self.node.top(), end='')
        runner.write(report or self.log_dir / 'report.json')
        print(runner.results['result'] + f'  {self.plan.name}')
        return 0 if ok else 1

    def stop(self) -> None:
        """Stops everything, in order; a second Ctrl-C does not break that off."""
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            self.node.stop()
            self.network.stop()
            processes.close_record()
        finally:
            signal.signal(signal.SIGINT, before)


def machine() -> dict[str, object]:
    """What figures depend on."""
    version = subprocess.run(['simple_switch_grpc', '--version'], capture_output=True, text=True).stdout
    return {'time': datetime.now(timezone.utc).isoformat(timespec='seconds'), 'cpus': os.cpu_count(),
            'kernel': platform.release(), 'python': platform.python_version(),
            'bmv2': (version.split() or ['unknown'])[0], 'argv': sys.argv[1:]}
