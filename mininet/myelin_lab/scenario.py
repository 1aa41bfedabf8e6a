"""Scenario files: YAML, read strictly. mininet/README.md says how to write one."""
from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from myelin_lab import expect, hostile, quantity, topologies, topology
from myelin_lab.expect import Condition
from myelin_lab.quantity import Bad
from myelin_lab.topology import Cable, Link, Topology

NAME = re.compile(r'[a-z][a-z0-9_]*')
_OPTION = re.compile(r'\$\{([^}]*)\}')
_REQUIRED = object()


@dataclass(frozen=True)
class Flow:
    """One flow: queue pairs from one endpoint to another; times ns, rates bits per second."""
    name: str
    source: str
    destination: str
    qp: int
    qps: int
    options: dict[str, Any]
    what: dict[str, Any]


@dataclass(frozen=True)
class Lease:
    name: str
    tenant: str
    source: str
    destination: str
    bandwidth: str
    objective: str
    qps: tuple[int, ...]


@dataclass(frozen=True)
class Attack:
    """Frames that must not arrive; kind: one of hostile.KINDS, rate: frames a second."""
    name: str
    kind: str
    source: str
    victim: str
    count: int
    rate: int


@dataclass(frozen=True)
class At:
    """A cable: given, or the n-th on the path that a lease has by then."""
    cable: Cable | None = None
    lease: str = ''
    hop: int = 1


@dataclass(frozen=True)
class Step:
    """kind: one of ACTIONS; after_ns: since the last step, or at_ns: since the first."""
    kind: str
    what: Any
    after_ns: int = 0
    at_ns: int | None = None


@dataclass
class Scenario:
    name: str
    about: str
    topology: Topology
    topology_text: str
    options: dict[str, Any]
    node: dict[str, str]
    limit_s: float
    steps: list[Step] = field(default_factory=list)
    expectations: list[Condition] = field(default_factory=list)


class Fields:
    """A mapping whose every key must be asked for."""

    def __init__(self, where: str, value: object, about: str = 'a mapping'):
        if not isinstance(value, dict):
            raise Bad(where, value, about)
        self.where, self.value, self.asked = where, value, []

    def path(self, key: str) -> str:
        return f'{self.where}.{key}' if self.where else key

    def get(self, key: str, parse: Callable[[str, Any], Any] = lambda w, v: v, default: Any = _REQUIRED) -> Any:
        self.asked.append(key)
        if key not in self.value:
            if default is _REQUIRED:
                raise Bad(self.path(key), None, 'a value: it is required')
            return default
        return parse(self.path(key), self.value[key])

    def finish(self) -> None:
        for key in self.value:
            if key not in self.asked:
                raise Bad(self.where or 'top level', key, ', '.join(self.asked))


def text(where: str, value: object) -> str:
    if not isinstance(value, (str, int, float)) or isinstance(value, bool):
        raise Bad(where, value, 'text')
    return str(value)


def listing(where: str, value: object) -> list:
    if not isinstance(value, list):
        raise Bad(where, value, 'a list')
    return value


def choice(*allowed: str) -> Callable[[str, Any], str]:
    def parse(where: str, value: object) -> str:
        if value not in allowed:
            raise Bad(where, value, ', '.join(allowed))
        return str(value)
    return parse


def bounded(least: int, most: int) -> Callable[[str, Any], int]:
    return lambda where, value: quantity.whole(where, value, least, most)


def above_zero(where: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value <= 0:
        raise Bad(where, value, 'a number above 0')
    return float(value)


class Parser:
    """Names that a file defines are known from the step on that defines them."""

    def __init__(self, t: Topology):
        self.topology = t
        self.flows: list[str] = []
        self.leases: list[str] = []
        self.counts: list[str] = []
        self.attacks: list[str] = []

    def new_name(self, where: str, value: object) -> str:
        if not isinstance(value, str) or not NAME.fullmatch(value) or value in ('all', 'fabric'):
            raise Bad(where, value, 'a name of lower case letters, digits and _, not all or fabric')
        if value in self.flows + self.leases + self.counts + self.attacks:
            raise Bad(where, value, 'a name not used before')
        return value

    def endpoint(self, where: str, value: object) -> str:
        names = [n.name for n in self.topology.nics]
        return choice(*names)(where, value)

    def switch(self, where: str, value: object) -> str:
        return choice(*(s.name for s in self.topology.switches))(where, value)

    def lease_name(self, where: str, value: object) -> str:
        return choice(*self.leases)(where, value)

    def flow_name(self, where: str, value: object) -> str:
        return choice(*self.flows)(where, value)

    def figures(self) -> dict[str, tuple[str, ...]]:
        return {**{f: expect.FLOW_FIGURES for f in self.flows}, 'all': expect.FLOW_FIGURES,
                **{l: expect.LEASE_FIGURES for l in self.leases},
                **{c: expect.COUNT_FIGURES for c in self.counts},
                **{a: expect.ATTACK_FIGURES for a in self.attacks}, 'fabric': expect.FABRIC_FIGURES}

    def condition(self, where: str, value: object) -> Condition:
        return expect.parse(where, value, self.figures())

    # ---- steps ----

    def at(self, f: Fields) -> At:
        if 'between' in f.value:
            ends = f.get('between', listing)
            if len(ends) != 2:
                raise Bad(f.path('between'), ends, 'two switches: [A, B]')
            try:
                return At(self.topology.cable(str(ends[0]), str(ends[1])))
            except Bad as e:
                raise Bad(f.path('between'), ends, str(e).partition('allowed: ')[2]) from None
        f.asked.append('between')
        return At(None, f.get('lease', self.lease_name), f.get('hop', bounded(1, 5), 1))

    def cable(self, where: str, value: object) -> At:
        f = Fields(where, value, 'between: [A, B], or lease: NAME and hop: N')
        at = self.at(f)
        f.finish()
        return at

    def loss(self, where: str, value: object) -> tuple[At, dict]:
        f = Fields(where, value)
        result = self.at(f), {'loss_percent': f.get('percent', quantity.percent)}
        f.finish()
        return result

    def delay(self, where: str, value: object) -> tuple[At, dict]:
        f = Fields(where, value)
        result = self.at(f), {'delay_ns': f.get('delay', quantity.time_ns),
                              'jitter_ns': f.get('jitter', quantity.time_ns, 0)}
        f.finish()
        return result

    def flow(self, where: str, value: object) -> Flow:
        f = Fields(where, value)
        name = f.get('name', self.new_name)
        size = f.get('size', quantity.size_bytes, 65536)
        messages, seconds = f.get('messages', bounded(1, 10**7), None), f.get('seconds', above_zero, None)
        if (messages is None) == (seconds is None):
            raise Bad(where, {'messages': messages, 'seconds': seconds}, 'one of messages and seconds')
        options = {
            'rate_bps': f.get('rate', quantity.rate_bps, 10_000_000), 'mtu': f.get('mtu', bounded(256, 1024), 1024),
            'window': f.get('window', bounded(1, 65536), 64), 'ack_every': f.get('ack_every', bounded(1, 1024), 4),
            'timeout_ns': f.get('timeout', quantity.time_ns, 200_000_000),
            'first_psn': f.get('psn', bounded(0, 0xffffff), 0),
            'time_scale': f.get('time_scale', above_zero, 200.0)}
        flow = Flow(name, f.get('from', self.endpoint), f.get('to', self.endpoint),
                    f.get('qp', bounded(2, 0xfffff0), 0x100 * (len(self.flows) + 1)),
                    f.get('qps', bounded(1, 64), 1), options,
                    {'size': size, 'depth': f.get('depth', bounded(1, 64), 2), 'count': messages,
                     'seconds': seconds})
        f.finish()
        if flow.source == flow.destination:
            raise Bad(f.path('to'), flow.destination, 'another endpoint than from')
        self.flows.append(name)
        return flow

    def lease(self, where: str, value: object) -> Lease:
        f = Fields(where, value)
        lease = Lease(f.get('name', self.new_name),
                      f.get('tenant', choice(*sorted({n.tenant for n in self.topology.nics})), 'blue'),
                      f.get('from', self.endpoint), f.get('to', self.endpoint),
                      quantity.rate_text(f.get('bandwidth', quantity.rate_bps)),
                      f.get('objective', choice('latency', 'cost', 'balanced'), 'latency'),
                      tuple(bounded(2, 0xffffff)(f'{f.path("qps")}[{i}]', q)
                            for i, q in enumerate(f.get('qps', listing, []))))
        f.finish()
        self.leases.append(lease.name)
        return lease

    def count(self, where: str, value: object) -> tuple[str, str]:
        f = Fields(where, value)
        result = f.get('name', self.new_name), f.get('lease', self.lease_name)
        f.finish()
        self.counts.append(result[0])
        return result

    def attack(self, where: str, value: object) -> Attack:
        f = Fields(where, value)
        attack = Attack(f.get('name', self.new_name), f.get('kind', choice(*hostile.KINDS)),
                        f.get('from', self.endpoint), f.get('to', self.endpoint),
                        f.get('count', bounded(1, 10**6), 200), f.get('rate', bounded(1, 10**5), 500))
        f.finish()
        if attack.source == attack.victim:
            raise Bad(f.path('to'), attack.victim, 'another endpoint than from')
        self.attacks.append(attack.name)
        return attack

    def wait(self, where: str, value: object) -> tuple[Condition, float]:
        f = Fields(where, value)
        result = f.get('until', self.condition), f.get('within', quantity.time_ns) / 1e9
        f.finish()
        return result

    def step(self, where: str, value: object) -> Step:
        actions: dict[str, Callable[[str, Any], Any]] = {
            'lease': self.lease, 'release': self.lease_name, 'flow': self.flow, 'stop': self.flow_name,
            'wait': self.wait, 'count': self.count, 'attack': self.attack, 'sleep': quantity.time_ns,
            'link_down': self.cable, 'link_up': self.cable, 'switch_kill': self.switch,
            'switch_restart': self.switch, 'loss': self.loss, 'delay': self.delay}
        f = Fields(where, value, 'a mapping with one of ' + ', '.join(actions))
        kinds = [k for k in f.value if k in actions]
        after, at = f.get('after', quantity.time_ns, 0), f.get('at', quantity.time_ns, None)
        for key in f.value:
            if key not in (*actions, 'after', 'at'):
                raise Bad(where, key, ', '.join(['after', 'at', *actions]))
        if len(kinds) != 1:
            raise Bad(where, kinds, 'one of ' + ', '.join(actions))
        if after and at is not None:
            raise Bad(where, 'after and at', 'one of them')
        return Step(kinds[0], f.get(kinds[0], actions[kinds[0]]), after, at)


def substitute(where: str, value: Any, options: dict[str, Any]) -> Any:
    """Replaces ${name}; a text that is nothing else takes the option's type."""
    if isinstance(value, dict):
        return {k: substitute(f'{where}.{k}'.lstrip('.'), v, options) for k, v in value.items()}
    if isinstance(value, list):
        return [substitute(f'{where}[{i}]', v, options) for i, v in enumerate(value)]
    if not isinstance(value, str):
        return value
    for name in _OPTION.findall(value):
        if name not in options:
            raise Bad(where, '${' + name + '}', ', '.join('${' + o + '}' for o in options) or 'no option')
    whole = _OPTION.fullmatch(value)
    return options[whole[1]] if whole else _OPTION.sub(lambda m: str(options[m[1]]), value)


def build(document: object, settings: dict[str, str] | None = None, topo: str = '',
          link: dict[str, object] | None = None) -> Scenario:
    """A scenario from a YAML document; settings, topo and link are the command line's."""
    import yaml
    top = Fields('', document, 'a mapping')
    options = dict(top.get('options', lambda w, v: Fields(w, v).value, {}))
    for name, value in (settings or {}).items():
        if name not in options:
            raise Bad('--set', name, ', '.join(options) or 'nothing: the scenario has no options')
        options[name] = yaml.safe_load(value)
    top.value = {k: v if k == 'options' else substitute(k, v, options) for k, v in top.value.items()}
    knobs = top.get('link', lambda w, v: Fields(w, v).value, {})
    base = topology.adjust(topology.adjust(Link(), 'link', knobs), '--link', link or {})
    topology_text = topo or top.get('topology', text)
    t = topologies.parse(topology_text, base, '--topo' if topo else 'topology')
    node = Fields('node', top.get('node', default={}))
    for i, change in enumerate(top.get('links', listing, [])):
        _change(t, f'links[{i}]', change)
    parser = Parser(t)
    top.asked.append('topology')
    scenario = Scenario(
        top.get('scenario', text), top.get('about', text, ''), t, topology_text, options,
        {'discovery_interval': node.get('discovery_interval', _time_text, ''),
         'log': node.get('log', choice('info', 'debug'), ''),
         'loops': node.get('loops', choice('on', 'off'), '')},
        top.get('limit', quantity.time_ns, 120 * 10**9) / 1e9)
    node.finish()
    for i, step in enumerate(top.get('steps', listing)):
        scenario.steps.append(parser.step(f'steps[{i}]', step))
    for i, condition in enumerate(top.get('expect', listing)):
        scenario.expectations.append(parser.condition(f'expect[{i}]', condition))
    top.finish()
    return scenario


def _change(t: Topology, where: str, value: object) -> None:
    """An element of `links`: between: [A, B] or endpoint: NAME, and what is different there."""
    f = Fields(where, value, 'a mapping')
    knobs = {k: v for k, v in f.value.items() if k not in ('between', 'endpoint')}
    ends = f.get('between', listing) if 'between' in f.value else [f.get('endpoint', text), '']
    if len(ends) != 2:
        raise Bad(f.path('between'), ends, 'two switches: [A, B]')
    t.change(where, str(ends[0]), str(ends[1]), knobs)


def _time_text(where: str, value: object) -> str:
    return quantity.time_text(quantity.time_ns(where, value))


def read(path: Path, settings: dict[str, str] | None = None, topo: str = '',
         link: dict[str, object] | None = None) -> Scenario:
    """Reads a file. Raises Bad with the file's name, and the line for YAML's own errors."""
    import yaml

    class Strict(yaml.SafeLoader):
        """Refuses a key that is there twice."""

        def construct_mapping(self, node, deep=False):
            keys = [self.construct_object(k, deep=deep) for k, _ in node.value]
            for key, (k, _) in zip(keys, node.value):
                if keys.count(key) > 1:
                    raise yaml.constructor.ConstructorError(
                        None, None, f'the key {key!r} is there twice', k.start_mark)
            return super().construct_mapping(node, deep)

    try:
        return build(yaml.load(path.read_text(), Strict), settings, topo, link)
    except OSError as e:
        raise ValueError(f'{path}: {e.strerror}') from None
    except yaml.YAMLError as e:
        raise ValueError(f'{path}: {" ".join(str(e).split())}') from None
    except Bad as e:
        raise ValueError(f'{path}: {e}') from None
