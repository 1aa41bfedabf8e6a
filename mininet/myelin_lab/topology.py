"""A fabric described once: what Mininet builds and what the Myelin inventory says come from here."""
from __future__ import annotations

import dataclasses
from collections import deque
from dataclasses import dataclass, field

from myelin_lab import quantity

FIRST_P4RT_PORT = 50051
FIRST_THRIFT_PORT = 19090
MAX_PATH_SWITCHES = 6  # the label stack of the P4 program

# RoCEv2 WRITE with 1024 bytes: Ethernet 14, IPv4 20, UDP 8, BTH 12, ICRC 4, and two MPLS labels.
PACKET_BYTES = 1024 + 14 + 20 + 8 + 12 + 4 + 8

# Where no delay is emulated: what BMv2 takes to forward a packet, roughly.
FORWARDING_NS = 50_000


@dataclass(frozen=True)
class Link:
    """What a cable is like; the same in both directions.

    rate_bps: capacity, bits per second, enforced by the egress queues of the switches
    delay_ns, jitter_ns: one way, by netem; packets are not reordered by jitter
    loss_percent: of packets, each way, by netem
    queue_packets: depth of each of a port's eight queues
    packet_bytes: the size that turns a rate into the packets per second BMv2 knows
    medium: copper, fibre, radio, leo or cellular
    availability: share of time, 0 to 1. Stays here: the inventory's 'available' lists the windows
        of links that come and go, and a share does not say when.
    cost_micros_per_gb: what carrying a gigabyte costs
    """
    rate_bps: int = 10_000_000
    delay_ns: int = 0
    jitter_ns: int = 0
    loss_percent: float = 0.0
    queue_packets: int = 64
    packet_bytes: int = PACKET_BYTES
    medium: str = 'copper'
    availability: float = 1.0
    cost_micros_per_gb: int = 0

    @property
    def rate_pps(self) -> int:
        """Packets per second of the stated size that fit the rate, at least 1."""
        return max(1, self.rate_bps // (8 * self.packet_bytes))


_LINK_PARSERS = {
    'rate': ('rate_bps', quantity.rate_bps),
    'delay': ('delay_ns', quantity.time_ns),
    'jitter': ('jitter_ns', quantity.time_ns),
    'loss': ('loss_percent', quantity.percent),
    'queue': ('queue_packets', lambda w, t: quantity.whole(w, t, 1, 100_000)),
    'packet': ('packet_bytes', lambda w, t: quantity.whole(w, t, 64, 9216)),
    'cost': ('cost_micros_per_gb', lambda w, t: quantity.whole(w, t, 0, 10**12)),
}


def adjust(link: Link, where: str, knobs: dict[str, object]) -> Link:
    """A link with some values replaced: rate=20M, delay=1ms, jitter, loss, queue, packet, cost."""
    changes = {}
    for key, text in knobs.items():
        if key not in _LINK_PARSERS:
            raise quantity.Bad(where, key, ', '.join(_LINK_PARSERS))
        name, parse = _LINK_PARSERS[key]
        changes[name] = parse(f'{where}.{key}', text)
    return dataclasses.replace(link, **changes)


@dataclass(frozen=True)
class Switch:
    """A P4 switch; number counts from 1 and gives device id and ports of its servers."""
    name: str
    role: str
    number: int
    region: str = ''
    site: str = ''

    @property
    def p4rt_port(self) -> int:
        return FIRST_P4RT_PORT + self.number - 1

    @property
    def thrift_port(self) -> int:
        return FIRST_THRIFT_PORT + self.number


@dataclass(frozen=True)
class Cable:
    """Between two ports of switches, ports count from 1."""
    a: str
    a_port: int
    b: str
    b_port: int
    link: Link

    @property
    def name(self) -> str:
        return f'{self.a}/{self.a_port}-{self.b}/{self.b_port}'


@dataclass(frozen=True)
class Nic:
    """A GPU NIC: an endpoint of the inventory, and an interface of a Mininet host."""
    name: str
    host: str
    interface: str
    switch: str
    port: int
    ip: str
    mac: str
    link: Link
    tenant: str = 'blue'
    rack: str = ''
    rail: int = 0


@dataclass
class Topology:
    """A fabric; built by add_switch, connect and attach."""
    name: str
    link: Link = Link()  # of cables and NICs that say nothing else
    switches: list[Switch] = field(default_factory=list)
    cables: list[Cable] = field(default_factory=list)
    nics: list[Nic] = field(default_factory=list)
    _ports: dict[str, int] = field(default_factory=dict)

    def add_switch(self, name: str, role: str, region: str = '', site: str = '') -> str:
        self.switches.append(Switch(name, role, len(self.switches) + 1, region, site))
        self._ports[name] = 0
        return name

    def _next_port(self, switch: str) -> int:
        self._ports[switch] += 1
        return self._ports[switch]

    def connect(self, a: str, b: str, link: Link | None = None) -> Cable:
        """A cable between the next free ports of two switches."""
        cable = Cable(a, self._next_port(a), b, self._next_port(b), link or self.link)
        self.cables.append(cable)
        return cable

    def attach(self, host: str, switch: str, ip: str, rail: int = 0, name: str = '',
               rack: str = '', link: Link | None = None, tenant: str = 'blue') -> Nic:
        """A NIC of a host on the next free port of a switch."""
        number = len(self.nics) + 1
        nic = Nic(name or host, host, f'eth{rail}', switch, self._next_port(switch), ip,
                  f'02:00:00:00:{number >> 8:02x}:{number & 0xff:02x}', link or self.link,
                  tenant=tenant, rack=rack, rail=rail)
        self.nics.append(nic)
        return nic

    def switch(self, name: str) -> Switch:
        return _named(self.switches, 'switch', name)

    def nic(self, name: str) -> Nic:
        return _named(self.nics, 'endpoint', name)

    def hosts(self) -> dict[str, list[Nic]]:
        """NICs by host, in order."""
        hosts: dict[str, list[Nic]] = {}
        for nic in self.nics:
            hosts.setdefault(nic.host, []).append(nic)
        return hosts

    def cable(self, a: str, b: str) -> Cable:
        """The cable between two switches, each given as NAME or NAME/PORT."""
        for c in self.cables:
            ends = [(c.a, f'{c.a}/{c.a_port}'), (c.b, f'{c.b}/{c.b_port}')]
            if (a in ends[0] and b in ends[1]) or (a in ends[1] and b in ends[0]):
                return c
        raise quantity.Bad('link', f'{a} {b}', 'two ends of one of '
                           + ', '.join(c.name for c in self.cables))

    def way(self, source: str, destination: str) -> list[int]:
        """Egress ports of the switches on a shortest path from one endpoint to another."""
        start, end = self.nic(source), self.nic(destination)
        found: dict[str, list[int]] = {start.switch: []}
        queue = deque([start.switch])
        while queue:
            here = queue.popleft()
            for c in self.cables:
                for (a, port), b in (((c.a, c.a_port), c.b), ((c.b, c.b_port), c.a)):
                    if a == here and b not in found:
                        found[b] = [*found[here], port]
                        queue.append(b)
        return [*found[end.switch], end.port]

    def change(self, where: str, a: str, b: str, knobs: dict[str, object]) -> None:
        """Another rate, queue, delay … for one cable (a and b its ends), or for a NIC (b empty)."""
        things: list = self.cables if b else self.nics
        thing = self.cable(a, b) if b else self.nic(a)
        if not b and set(knobs) & {'delay', 'jitter', 'loss'}:
            raise quantity.Bad(where, ', '.join(knobs), 'rate, queue, packet, cost; the others are for cables')
        things[things.index(thing)] = dataclasses.replace(thing, link=adjust(thing.link, where, knobs))

    def longest_path(self) -> int:
        """Switches on the longest of the shortest paths between any two NICs."""
        neighbours: dict[str, set[str]] = {s.name: set() for s in self.switches}
        for c in self.cables:
            neighbours[c.a].add(c.b)
            neighbours[c.b].add(c.a)
        leaves = {n.switch for n in self.nics}
        longest = 0
        for start in leaves:
            distance = {start: 1}
            queue = deque([start])
            while queue:
                here = queue.popleft()
                for there in neighbours[here] - distance.keys():
                    distance[there] = distance[here] + 1
                    queue.append(there)
            missing = leaves - distance.keys()
            if missing:
                raise quantity.Bad('topology', self.name, f'a connected one; no path from {start} to '
                                   + ', '.join(sorted(missing)))
            longest = max(longest, *(distance[l] for l in leaves))
        return longest

    def check(self) -> 'Topology':
        """Itself; a mistake of its author is an error here rather than later in a switch."""
        if not self.nics:
            raise quantity.Bad('topology', self.name, 'one with endpoints')
        if self.longest_path() > MAX_PATH_SWITCHES:
            raise quantity.Bad('topology', self.name, f'paths of at most {MAX_PATH_SWITCHES} switches')
        return self

    def inventory(self) -> str:
        """The inventory of this fabric: YAML as `myelin node --inventory` reads it."""
        lines = ['fabric: ' + self.name, 'tenants:']
        for tenant in sorted({n.tenant for n in self.nics}):
            lines.append(f'  - {{name: {tenant}}}')
        lines.append('devices:')
        for s in self.switches:
            lines.append(f'  - {{name: {s.name}, role: {s.role}, address: "127.0.0.1:{s.p4rt_port}", '
                         f'deviceId: {s.number}{_optional(region=s.region, site=s.site)}}}')
        lines.append('links:')
        for c in self.cables:
            lines.append(f'  - {{a: {c.a}/{c.a_port}, b: {c.b}/{c.b_port}, {_link(c.link)}}}')
        lines.append('endpoints:')
        for n in self.nics:
            lines.append(f'  - {{name: {n.name}, attach: {n.switch}/{n.port}, ip: {n.ip}, mac: "{n.mac}", '
                         f'tenant: {n.tenant}, capacity: {quantity.rate_text(n.link.rate_bps)}'
                         f'{_optional(rack=n.rack)}, host: {n.host}, rail: {n.rail}}}')
        return '\n'.join(lines) + '\n'


def _optional(**facts: str) -> str:
    return ''.join(f', {key}: {value}' for key, value in facts.items() if value)


def _link(link: Link) -> str:
    text = (f'capacity: {quantity.rate_text(link.rate_bps)}, '
            f'latency: {quantity.time_text(link.delay_ns or FORWARDING_NS)}')
    if link.cost_micros_per_gb:
        text += f', costMicrosPerGb: {link.cost_micros_per_gb}'
    return text + _optional(
        jitter=quantity.time_text(link.jitter_ns) if link.jitter_ns else '',
        loss=f'{link.loss_percent:.7f}%' if link.loss_percent else '',  # the inventory counts in 1e-9
        medium=link.medium)


def _named(things: list, kind: str, name: str):
    for thing in things:
        if thing.name == name:
            return thing
    raise quantity.Bad(kind, name, ', '.join(t.name for t in things))
