"""The Myelin node: one that the lab starts, or one that runs already; asked through ./myelin."""
from __future__ import annotations

import json
import os
import subprocess
import time
from pathlib import Path

from myelin_lab import processes

MYELIN = Path(__file__).resolve().parents[2] / 'myelin'
START_SECONDS = 120.0
COMMAND_SECONDS = 60.0


class NodeError(RuntimeError):
    """The node refused, or cannot be reached; says in its own words why."""


class MyelinNode:
    """Commands to a node at HOST:PORT."""

    def __init__(self, address: str = '127.0.0.1:9550'):
        self.address = address
        self.process: subprocess.Popen | None = None
        self.log: Path | None = None

    def start(self, inventory: Path, log_dir: Path, discovery_interval: str = '', level: str = '',
              loops: str = '') -> None:
        """Starts a node of this source tree; it is ready when await_ready returns."""
        subprocess.run([MYELIN, '--version'], check=True, stdout=subprocess.DEVNULL)  # builds if stale
        command = [str(MYELIN), 'node', '--ephemeral']
        command += ['--inventory', str(inventory), '--listen', self.address]
        if discovery_interval:
            command += ['--discovery-interval', discovery_interval]
        if loops:
            command += ['--loops', loops.upper()]
        environment = dict(os.environ)
        if level:
            environment['MYELIN_LOG'] = level
        self.log = log_dir / 'node.log'
        self.process = processes.spawn(command, self.log, env=environment)

    def stop(self) -> None:
        """Ends the node if the lab started it."""
        if self.process:
            processes.end(self.process, 10.0)
            self.process = None

    def myelin(self, *arguments: str) -> str:
        """Runs ./myelin against the node; its standard output."""
        environment = dict(os.environ, MYELIN_SERVER=self.address)
        try:
            done = subprocess.run([MYELIN, *arguments], capture_output=True, text=True,
                                  env=environment, timeout=COMMAND_SECONDS)
        except subprocess.TimeoutExpired:
            raise NodeError(f'myelin {" ".join(arguments)}: no answer in {COMMAND_SECONDS:g} s') from None
        if done.returncode:
            raise NodeError(f'myelin {" ".join(arguments)}: exit code {done.returncode}: '
                            f'{done.stderr.strip() or done.stdout.strip()}')
        return done.stdout

    def fabric(self, counters: bool = False) -> dict:
        """The fabric as `myelin fabric show -o json` tells it."""
        return json.loads(self.myelin('fabric', 'show', '-o', 'json', *(['--counters'] if counters else [])))

    def lease(self, name: str) -> dict:
        return json.loads(self.myelin('lease', 'get', name, '-o', 'json'))

    def top(self) -> str:
        """The hottest links and the last decisions, as `myelin fabric top` shows them."""
        return self.myelin('fabric', 'top', '--once', '--rows', '20')

    def not_ready(self) -> list[str]:
        """What is missing until every switch is ready and every cable was seen."""
        fabric = self.fabric()
        return [f'{d["name"]} is {d["state"]} {d.get("reason", "")}'.strip() for d in fabric['devices']
                if d['state'] != 'STATE_READY'] + [
            f'{l["name"]} was not seen' for l in fabric['links']
            if l['from'].count('/') and l['to'].count('/') and not (l.get('discovered') and l.get('up', True))]

    def await_ready(self, seconds: float = START_SECONDS) -> float:
        """Waits until the whole fabric is ready; returns the seconds that took."""
        began = time.monotonic()
        reasons = ['the node did not answer']
        while time.monotonic() - began < seconds:
            if self.process and self.process.poll() is not None:
                raise NodeError('the node ended:\n' + processes.tail(self.log or Path(), 10))
            try:
                reasons = self.not_ready()
                if not reasons:
                    return time.monotonic() - began
            except NodeError as e:
                reasons = [str(e)]
            time.sleep(0.5)
        raise NodeError(f'the fabric was not ready after {seconds:g} s: ' + '; '.join(reasons[:5]))

    def packets(self) -> dict[str, int]:
        """Packets that the switches sent into each link, by the link's name."""
        return {l['name']: int(l.get('packets', 0)) for l in self.fabric(counters=True)['links']}
