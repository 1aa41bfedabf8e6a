"""The RoCEv2 processes in the hosts' namespaces, one for every endpoint that takes part."""
from __future__ import annotations

import json
import select
import subprocess
import sys
import time
from pathlib import Path

from myelin_lab import hostile, processes
from myelin_lab.expect import FLOW_FIGURES
from myelin_lab.network import Network
from myelin_lab.roce import report
from myelin_lab.scenario import Attack, Flow

ROCE = Path(__file__).resolve().parents[1] / 'roce.py'
ANSWER_SECONDS = 20.0


class Agent:
    """`roce.py host` in a host's namespace."""

    def __init__(self, pid: int, endpoint: str, address: str, log_dir: Path):
        self.log = log_dir / f'roce-{endpoint}.log'
        self.process = processes.spawn(
            ['mnexec', '-a', str(pid), sys.executable, str(ROCE), 'host', '--address', address], self.log,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.buffer = b''

    def ask(self, **command: object) -> dict:
        """Has a command obeyed; its answer."""
        self.process.stdin.write((json.dumps(command) + '\n').encode())
        self.process.stdin.flush()
        until = time.monotonic() + ANSWER_SECONDS
        while b'\n' not in self.buffer:
            left = until - time.monotonic()
            ready = select.select([self.process.stdout], [], [], max(0, left))[0]
            data = self.process.stdout.read1(65536) if ready else b''
            if not data:
                raise RuntimeError(f'{self.log.stem} does not answer:\n' + processes.tail(self.log))
            self.buffer += data
        line, self.buffer = self.buffer.split(b'\n', 1)
        return json.loads(line)

    def stop(self) -> None:
        try:
            self.process.stdin.close()
        except BrokenPipeError:
            pass
        processes.end(self.process)


HOSTILE = Path(__file__).resolve().parents[1] / 'hostile.py'
ATTACK_SECONDS = 60.0


def attack(network: Network, plan: Attack) -> int:
    """Has a host send what it must not; returns how many frames it sent."""
    nic, victim = network.topology.nic(plan.source), network.topology.nic(plan.victim)
    labels = ','.join(str(hostile.FIRST_LABEL + p) for p in network.topology.way(plan.source, plan.victim))
    done = subprocess.run(
        ['mnexec', '-a', str(network.host(plan.source).pid), sys.executable, str(HOSTILE), plan.kind,
         '--interface', nic.interface, '--mac', nic.mac, '--address', nic.ip, '--to', victim.ip,
         '--to-mac', victim.mac, '--labels', labels, '--count', str(plan.count), '--rate', str(plan.rate)],
        capture_output=True, text=True, timeout=ATTACK_SECONDS + plan.count / plan.rate)
    if done.returncode:
        raise RuntimeError(f'hostile.py {plan.kind}: {done.stderr.strip()}')
    return int(done.stdout)


class Traffic:
    """Flows of a scenario."""

    def __init__(self, network: Network, log_dir: Path):
        self.network, self.log_dir = network, log_dir
        self.agents: dict[str, Agent] = {}
        self.flows: dict[str, Flow] = {}
        self.bad_icrc = 0  # packets refused by all endpoints

    def _agent(self, endpoint: str) -> Agent:
        if endpoint not in self.agents:
            nic = self.network.topology.nic(endpoint)
            self.agents[endpoint] = Agent(self.network.host(endpoint).pid, endpoint, nic.ip, self.log_dir)
        return self.agents[endpoint]

    def start(self, flow: Flow) -> None:
        qps = list(range(flow.qp, flow.qp + flow.qps))
        t = self.network.topology
        self._agent(flow.destination).ask(do='receive', flow=flow.name, qps=qps, options=flow.options,
                                          remote=t.nic(flow.source).ip)
        self._agent(flow.source).ask(do='send', flow=flow.name, qps=qps, options=flow.options,
                                     remote=t.nic(flow.destination).ip, what=flow.what)
        self.flows[flow.name] = flow

    def stop_flow(self, name: str) -> None:
        self._agent(self.flows[name].source).ask(do='stop', flow=name)

    def figures(self) -> dict[str, dict]:
        """Both sides of every flow, now."""
        # The senders first: what is under way then counts as arrived rather than as lost.
        reports = {}
        for endpoint in dict.fromkeys([f.source for f in self.flows.values()]
                                      + [f.destination for f in self.flows.values()]):
            reports[endpoint] = self.agents[endpoint].ask(do='report')
        self.bad_icrc = sum(r['bad_icrc'] for r in reports.values())
        flows = {}
        for name, flow in self.flows.items():
            sent = reports[flow.source]['sending'][name]
            received = reports[flow.destination]['receiving'][name]
            flows[name] = report.merge(sent, received)
            flows[name]['done'] = int(flows[name]['done'])
            assert set(flows[name]) == set(FLOW_FIGURES), set(flows[name]) ^ set(FLOW_FIGURES)
        return flows

    def stop(self) -> None:
        for agent in self.agents.values():
            agent.stop()
        self.agents.clear()
