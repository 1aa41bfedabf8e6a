"""Runs a scenario on a running network and node."""
from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

from myelin_lab import agents, expect, hostile
from myelin_lab.agents import Traffic
from myelin_lab.network import Network
from myelin_lab.node import MyelinNode, NodeError
from myelin_lab.roce import report
from myelin_lab.scenario import At, Attack, Flow, Lease, Scenario, Step
from myelin_lab.topology import Cable

SETTLE_SECONDS = 1.0  # for what is still under way when the steps are done
POLL_SECONDS = 0.3


class StepFailed(RuntimeError):
    """A step could not be done, or what it waited for did not come."""


class Figures:
    """Figures of one moment, asked for when first needed."""

    def __init__(self, runner: 'Runner'):
        self.runner = runner
        self.known: dict[str, dict] = {}

    def flows(self) -> dict[str, dict]:
        if 'all' not in self.known:
            self.known['all'] = self.runner.traffic.figures()
        return self.known['all']

    def __call__(self, figure: str) -> float:
        name, _, key = figure.partition('.')
        r = self.runner
        if name == 'all':
            return expect.over_all(key, list(self.flows().values()))
        if name in r.traffic.flows:
            return self.flows()[name][key]
        if name not in self.known:
            self.known[name] = (r.fabric_figures() if name == 'fabric' else r.lease_figures(name)
                                if name in r.leases else r.count_figures(name) if name in r.counts
                                else r.attacks.get(name, {}))
        if key not in self.known[name]:
            raise StepFailed(f'{figure}: the step that makes {name} was not reached')
        return self.known[name][key]


class Runner:
    """State of a run; results is what the JSON report says."""

    def __init__(self, scenario: Scenario, network: Network, node: MyelinNode, log_dir: Path, ready_s: float):
        self.scenario, self.network, self.node = scenario, network, node
        self.traffic = Traffic(network, log_dir)
        self.leases: dict[str, dict[str, Any]] = {}
        self.counts: dict[str, tuple[str, dict[str, int]]] = {}
        self.attacks: dict[str, dict[str, int]] = {}
        self.ready_s = ready_s
        self.began = 0.0
        self.results: dict[str, Any] = {
            'scenario': scenario.name, 'about': scenario.about, 'topology': scenario.topology_text,
            'options': scenario.options, 'ready_s': round(ready_s, 1), 'steps': [], 'failure': None}

    # ---- figures ----

    def fabric_figures(self) -> dict[str, float]:
        fabric = self.node.fabric()
        bad = sum(d['state'] != 'STATE_READY' for d in fabric['devices'])
        down = sum(not l.get('up', True) for l in fabric['links'])
        return {'ready': int(not bad and not down), 'ready_s': self.ready_s, 'switches_not_ready': bad,
                'links_down': down}

    def lease_figures(self, name: str) -> dict[str, float]:
        known = self.leases[name]
        now = self.node.lease(known['id'])
        paths = now.get('paths') or [{'hops': [], 'latency_ns': 0}]
        known['now'] = now
        return {'active': int(now['state'] == 'LEASE_STATE_ACTIVE'),
                'degraded': int(now['state'] == 'LEASE_STATE_DEGRADED'),
                'granted_bps': int(now.get('granted_bandwidth_bps', 0)), 'switches': len(paths[0]['hops']),
                'moved': int(_hops(now) != _hops(known['first'])), 'setup_ms': known['setup_ms'],
                'latency_ms': int(paths[0]['latency_ns']) / 1e6}

    def count_figures(self, name: str) -> dict[str, float]:
        lease, before = self.counts[name]
        after = self.node.packets()
        on_path = [f'{d}/{p}>' for d, p in _hops(self.leases[lease]['first'])]
        # Into the fabric no switch sends: those names begin with an endpoint.
        more = {l: after[l] - before[l] for l in after if '/' in l.split('>')[0]}
        on = [n for l, n in more.items() if any(l.startswith(p) for p in on_path)]
        off = [n for l, n in more.items() if not any(l.startswith(p) for p in on_path)]
        self.results.setdefault('links', {})[name] = more
        return {'on_path_min': min(on, default=0), 'off_path_max': max(off, default=0)}

    # ---- steps ----

    def say(self, words: str) -> None:
        t = time.monotonic() - self.began
        print(f'{t:7.2f} s  {words}', flush=True)
        self.results['steps'].append({'time_s': round(t, 3), 'what': words})

    def sleep(self, seconds: float) -> None:
        self.until_limit(time.monotonic() + seconds)

    def until_limit(self, until: float) -> None:
        """Sleeps until a time; the scenario's limit ends it before."""
        end = self.began + self.scenario.limit_s
        time.sleep(max(0.0, min(until, end) - time.monotonic()))
        if until > end:
            raise StepFailed(f'the limit of {self.scenario.limit_s:g} s was reached')

    def cable(self, at: At) -> Cable:
        """The cable that a step means."""
        if at.cable:
            return at.cable
        hops = _hops(self.leases[at.lease]['now'])
        cables = [c for d, p in hops for c in self.network.topology.cables
                  if (c.a, c.a_port) == (d, p) or (c.b, c.b_port) == (d, p)]
        if at.hop > len(cables):
            raise StepFailed(f'the path of {at.lease} has {len(cables)} cables, there is no hop {at.hop}')
        return cables[at.hop - 1]

    def run_step(self, step: Step) -> None:
        if step.at_ns is not None:
            self.until_limit(self.began + step.at_ns / 1e9)
        elif step.after_ns:
            self.sleep(step.after_ns / 1e9)
        getattr(self, '_' + step.kind)(step.what)

    def _lease(self, lease: Lease) -> None:
        command = ['lease', 'create', '-t', lease.tenant, lease.source, lease.destination, '-b', lease.bandwidth,
                   '--name', lease.name.replace('_', '-'), '--objective', lease.objective.upper()]
        if lease.qps:
            command += ['--qp', ','.join(map(str, lease.qps))]
        began = time.monotonic()
        self.node.myelin(*command)
        took = time.monotonic() - began
        name = f'tenants/{lease.tenant}/leases/{lease.name.replace("_", "-")}'
        now = self.node.lease(name)
        self.leases[lease.name] = {'id': name, 'first': now, 'now': now, 'setup_ms': round(took * 1e3)}
        self.say(f'lease {lease.name}: {lease.bandwidth} {lease.source} to {lease.destination}, '
                 + ' '.join(f'{d}/{p}' for d, p in _hops(now)))

    def _release(self, name: str) -> None:
        self.node.myelin('lease', 'release', self.leases[name]['id'])
        self.say(f'released {name}')

    def _flow(self, flow: Flow) -> None:
        self.traffic.start(flow)
        end = f'{flow.what["count"]} messages' if flow.what['count'] else f'{flow.what["seconds"]:g} s'
        self.say(f'flow {flow.name}: {flow.source} to {flow.destination}, {flow.qps} QPs from {flow.qp}, {end} of '
                 f'{flow.what["size"]} bytes, {report.rate(flow.options["rate_bps"])} a QP')

    def _stop(self, name: str) -> None:
        self.traffic.stop_flow(name)
        self.say(f'stopped {name}')

    def _sleep(self, ns: int) -> None:
        self.sleep(ns / 1e9)

    def _wait(self, what: tuple) -> None:
        condition, within = what
        began = time.monotonic()
        while True:
            figures = Figures(self)
            if condition.holds(figures):
                self.say(f'{condition.text}, after {time.monotonic() - began:.1f} s')
                return
            if time.monotonic() - began > within:
                raise StepFailed(f'not within {within:g} s: {condition.explain(figures)}')
            self.sleep(POLL_SECONDS)

    def _count(self, what: tuple[str, str]) -> None:
        self.counts[what[0]] = what[1], self.node.packets()

    def _attack(self, attack: Attack) -> None:
        reason = hostile.KINDS[attack.kind]
        before = self._arrived_and_dropped(attack.source, reason)
        sent = agents.attack(self.network, attack)
        time.sleep(SETTLE_SECONDS)
        after = self._arrived_and_dropped(attack.source, reason)
        figures = {'sent': sent, 'delivered': after[0] - before[0], 'dropped': after[1] - before[1]}
        self.attacks[attack.name] = figures
        self.results.setdefault('attacks', {})[attack.name] = figures
        self.say(f'attack {attack.name}: {attack.kind} from {attack.source} at {attack.victim}: {sent} sent, '
                 f'{figures["delivered"]} delivered, {figures["dropped"]} dropped as {reason}')

    def _arrived_and_dropped(self, attacker: str, reason: str) -> tuple[int, int]:
        """Packets that switches sent to endpoints other than the attacker, and dropped for a reason."""
        fabric = self.node.fabric(counters=True)
        endpoints = {n.name for n in self.network.topology.nics} - {attacker}
        arrived = sum(int(l.get('packets', 0)) for l in fabric['links'] if l['to'] in endpoints)
        dropped = sum(int(d['packets']) for device in fabric['devices'] for d in device.get('drops', [])
                      if d['reason'] == reason)
        return arrived, dropped

    def _link_down(self, at: At) -> None:
        cable = self.cable(at)
        self.network.set_cable(cable, up=False)
        self.say(f'cut {cable.name}')

    def _link_up(self, at: At) -> None:
        cable = self.cable(at)
        self.network.set_cable(cable, up=True)
        self.say(f'mended {cable.name}')

    def _switch_kill(self, name: str) -> None:
        self.network.kill_switch(name)
        self.say(f'killed {name}')

    def _switch_restart(self, name: str) -> None:
        self.network.restart_switch(name)
        self.say(f'restarted {name}, empty')

    def _emulation(self, what: tuple[At, dict]) -> None:
        cable = self.cable(what[0])
        link = self.network.set_emulation(cable, **what[1])
        self.say(f'{cable.name}: delay {link.delay_ns / 1e6:g} ms, jitter {link.jitter_ns / 1e6:g} ms, '
                 f'loss {link.loss_percent:g}%')

    _loss = _delay = _emulation

    # ---- the run ----

    def run(self) -> bool:
        """True: every step was done and every expectation holds."""
        self.began = time.monotonic()
        try:
            try:
                for step in self.scenario.steps:
                    self.run_step(step)
                time.sleep(SETTLE_SECONDS)
            except (StepFailed, NodeError, RuntimeError, OSError) as e:
                self.results['failure'] = str(e)
                self.say(f'FAILED: {e}')
            ok = self._evaluate()
        finally:
            self.traffic.stop()
        self.results['result'] = 'PASS' if ok else 'FAIL'
        return ok

    def _evaluate(self) -> bool:
        figures = Figures(self)
        print()
        for name, flow in figures.flows().items():
            print(report.text(name, flow))
        self.results['flows'] = figures.flows()
        self.results['bad_icrc'] = self.traffic.bad_icrc
        self.results['expectations'] = []
        for condition in self.scenario.expectations:
            try:
                holds, words = condition.holds(figures), condition.explain(figures)
            except (StepFailed, NodeError) as e:
                holds, words = False, f'{condition.text}   [{e}]'
            print(('PASS  ' if holds else 'FAIL  ') + words)
            self.results['expectations'].append({'condition': condition.text, 'holds': holds, 'values': words})
        self.results['leases'] = {n: {'setup_ms': l['setup_ms'], 'path_first': _path(l['first']),
                                      'path_last': _path(l['now'])} for n, l in self.leases.items()}
        return self.results['failure'] is None and all(e['holds'] for e in self.results['expectations'])

    def write(self, path: Path) -> None:
        path.write_text(json.dumps(self.results, indent=2) + '\n')


def _hops(lease: dict) -> list[tuple[str, int]]:
    return [(h['device'], h['port']) for p in lease.get('paths', [])[:1] for h in p['hops']]


def _path(lease: dict) -> str:
    return ' '.join(f'{d}/{p}' for d, p in _hops(lease))
