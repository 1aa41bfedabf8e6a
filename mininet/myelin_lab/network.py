"""Mininet's side: hosts with GPU NICs, BMv2 switches, cables. Needs Mininet."""
from __future__ import annotations

import json
import select
import socket
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

from mininet.net import Mininet
from mininet.node import Node, Switch
from mininet.topo import Topo

from myelin_lab import netem, processes, thrift
from myelin_lab.topology import Cable, Link, Nic, Topology

CPU_PORT = 255
PRIORITY_QUEUES = 8
START_SECONDS = 20.0


def _quiet(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)


def listening(port: int) -> bool:
    """Whether something accepts connections on a port of the loopback interface."""
    with socket.socket() as s:
        s.settimeout(0.5)
        return s.connect_ex(('127.0.0.1', port)) == 0


class GpuHost(Node):
    """A host whose NICs each have an address, a routing table and the fabric as only way out."""

    def __init__(self, name: str, nics: list[Nic] | None = None, **params):
        super().__init__(name, **params)
        self.nics = nics or []

    def config(self, **_params) -> dict:
        """Called by Mininet once the cables are there."""
        for key in ('ipv6.conf.all.disable_ipv6=1', 'ipv4.conf.all.rp_filter=0',
                    'ipv4.conf.all.arp_ignore=1', 'ipv4.conf.all.arp_announce=2'):
            self.cmd(f'sysctl -qw net.{key}')
        self.cmd('ip link set lo up')
        for nic in self.nics:
            i, table = nic.interface, 100 + nic.rail
            self.cmd(f'sysctl -qw net.ipv4.conf.{i}.rp_filter=0')
            self.cmd(f'ip link set {i} address {nic.mac} up && ip address add {nic.ip}/32 dev {i}')
            # All the world is on the link: the node answers ARP for every endpoint.
            self.cmd(f'ip route add default dev {i} src {nic.ip} table {table}')
            self.cmd(f'ip rule add from {nic.ip} table {table}')
            self.cmd(f'ip route append default dev {i} src {nic.ip} metric {table}')
        for intf in self.intfList():
            intf.updateAddr()
        return {}


class Bmv2Switch(Switch):
    """simple_switch_grpc without a program: the node pushes one. In the lab's own namespace."""

    def __init__(self, name: str, p4rt_port: int = 0, thrift_port: int = 0, device_id: int = 0,
                 links: dict[int, Link] | None = None, log_dir: str = '/tmp', pcap_dir: str = '',
                 options: dict[str, str] | None = None, **params):
        params.pop('inNamespace', None)
        params.setdefault('dpid', f'{device_id:x}')
        super().__init__(name, inNamespace=False, **params)
        self.device_id = device_id or int(self.dpid, 16)
        self.p4rt_port = p4rt_port or 50050 + self.device_id
        self.thrift_port = thrift_port or 19090 + self.device_id
        self.links = links or {}
        self.log = Path(log_dir) / f'{name}.log'
        self.notifications = Path(log_dir) / f'{name}.ipc'
        self.pcap_dir = pcap_dir
        self.options = options or {}
        self.process: subprocess.Popen | None = None

    def command(self) -> list[str]:
        """How BMv2 is started."""
        command = ['simple_switch_grpc', '--no-p4', '--device-id', str(self.device_id)]
        for port, intf in sorted(self.intfs.items()):
            if intf.name != 'lo':
                command += ['-i', f'{port}@{intf.name}']
        command += ['--thrift-port', str(self.thrift_port),
                    '--notifications-addr', f'ipc://{self.notifications}']
        if self.pcap_dir:
            command += [f'--pcap={self.pcap_dir}']
        if self.options.get('log', 'off') != 'off':
            command += ['--log-file', str(self.log.with_suffix('.bmv2')), '--log-level', self.options['log'],
                        '--log-flush']
        queues = self.options.get('priority_queues', PRIORITY_QUEUES)
        return command + ['--', '--priority-queues', str(queues), '--grpc-server-addr',
                          f'127.0.0.1:{self.p4rt_port}', '--cpu-port', str(CPU_PORT)]

    def start(self, controllers=None) -> None:
        """Starts the process and waits until it serves; queues get rate and depth of their links."""
        for port, intf in self.intfs.items():
            if intf.name != 'lo':
                # The kernel must not talk on the switch's ports, nor merge what arrives there.
                _quiet('sysctl', '-qw', f'net.ipv6.conf.{intf.name}.disable_ipv6=1')
                _quiet('ip', 'link', 'set', intf.name, 'up')
                processes.record().add('interface', intf.name)
        self.launch()

    def launch(self) -> None:
        for port in (self.p4rt_port, self.thrift_port):
            if listening(port):
                raise RuntimeError(f'{self.name}: port {port} is taken; another lab, or one left behind '
                                   '(lab.py --clean)?')
        self.process = processes.spawn(self.command(), self.log)
        until = time.monotonic() + START_SECONDS
        while not (listening(self.thrift_port) and listening(self.p4rt_port)):
            if self.process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f'{self.name}: simple_switch_grpc did not start:\n'
                                   + processes.tail(self.log))
            time.sleep(0.1)
        self.set_queues()

    def set_queues(self) -> None:
        """Tells BMv2 the rate and depth of every port's queues."""
        with thrift.Client(self.thrift_port) as client:
            for port, link in sorted(self.links.items()):
                client.set_queue(port, link.rate_pps, link.queue_packets)

    def kill(self) -> None:
        """The switch is gone at once, as by a power cut; its cables lose their carrier."""
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait(5)

    def restart(self) -> None:
        """Back with an empty pipeline."""
        self.kill()
        self.launch()

    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def connected(self) -> bool:
        return self.running()

    def stop(self, deleteIntfs: bool = True) -> None:
        if self.process:
            processes.end(self.process)
            self.process = None
        super().stop(deleteIntfs)


def interface(switch: str, port: int) -> str:
    """The name of a port's interface; at most 15 characters."""
    return f'{switch}-p{port}'


class Wire(Node):
    """In the middle of a cable that leads through the relay process; its ports are 1 and 2."""

    def __init__(self, name: str, **params):
        params.pop('inNamespace', None)
        super().__init__(name, inNamespace=False, **params)


class LabTopo(Topo):
    """A description of ours as Mininet wants it."""

    def build(self, topology: Topology | None = None, log_dir: str = '/tmp', pcap_dir: str = '',
              relayed: frozenset[str] = frozenset(), switch: dict[str, str] | None = None,
              **_params) -> None:
        assert topology is not None
        self.description = topology
        links: dict[str, dict[int, Link]] = {s.name: {} for s in topology.switches}
        for c in topology.cables:
            links[c.a][c.a_port] = links[c.b][c.b_port] = c.link
        for n in topology.nics:
            links[n.switch][n.port] = n.link
        for s in topology.switches:
            self.addSwitch(s.name, cls=Bmv2Switch, p4rt_port=s.p4rt_port, thrift_port=s.thrift_port,
                           device_id=s.number, links=links[s.name], log_dir=log_dir, pcap_dir=pcap_dir,
                           options=switch or {})
        for host, nics in topology.hosts().items():
            self.addHost(host, cls=GpuHost, nics=nics)
        for number, c in enumerate(topology.cables, 1):
            ends = ((c.a, c.a_port), (c.b, c.b_port))
            if c.name in relayed:
                wire = self.addHost(f'wire{number}', cls=Wire)
                for i, (switch, port) in enumerate(ends, 1):
                    self.addLink(switch, wire, port1=port, port2=i, intfName1=interface(switch, port),
                                 intfName2=f'wire{number}-p{i}')
            else:
                self.addLink(c.a, c.b, port1=c.a_port, port2=c.b_port, intfName1=interface(*ends[0]),
                             intfName2=interface(*ends[1]))
        for n in topology.nics:
            self.addLink(n.host, n.switch, port1=n.rail, port2=n.port, intfName1=n.interface,
                         intfName2=interface(n.switch, n.port))


class Relayed:
    """The relay process and its cables, where netem is not to be had."""

    def __init__(self, topology: Topology, cables: frozenset[str], log_dir: Path):
        self.wires = {c.name: f'wire{n}' for n, c in enumerate(topology.cables, 1) if c.name in cables}
        self.process: subprocess.Popen | None = None
        self.log = log_dir / 'relay.log'

    def start(self) -> None:
        if not self.wires:
            return
        for wire in self.wires.values():
            for i in (1, 2):
                _quiet('sysctl', '-qw', f'net.ipv6.conf.{wire}-p{i}.disable_ipv6=1')
                _quiet('ip', 'link', 'set', f'{wire}-p{i}', 'up')
                processes.record().add('interface', f'{wire}-p{i}')
        self.process = processes.spawn([sys.executable, str(Path(__file__).with_name('relay.py'))], self.log,
                                       stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def join(self, cable: str, link: Link) -> None:
        """Gives a cable its delay, jitter and loss; returns when it has them."""
        wire = self.wires[cable]
        command = {'a': f'{wire}-p1', 'b': f'{wire}-p2', 'delay_ns': link.delay_ns,
                   'jitter_ns': link.jitter_ns, 'loss_percent': link.loss_percent}
        self.process.stdin.write((json.dumps(command) + '\n').encode())
        self.process.stdin.flush()
        if not select.select([self.process.stdout], [], [], 5)[0] or not self.process.stdout.readline():
            raise RuntimeError('the relay does not answer:\n' + processes.tail(self.log))

    def stop(self) -> None:
        if self.process:
            self.process.stdin.close()
            processes.end(self.process)
            self.process = None


class Network:
    """The running network and its faults.

    may_change: cables whose delay or loss will be changed later; without netem they must be known
    from the start.
    """

    def __init__(self, topology: Topology, log_dir: Path, pcap_dir: Path | None = None,
                 may_change: frozenset[str] = frozenset(), relay: bool = False,
                 switch: dict[str, str] | None = None):
        self.topology = topology
        self.emulated: dict[str, Link] = {c.name: c.link for c in topology.cables}
        self.netem = not relay and netem.available()
        need = frozenset() if self.netem else may_change | {
            c.name for c in topology.cables if relay or netem.arguments('', c.link)}
        self.relayed = Relayed(topology, need, log_dir)
        topo = LabTopo(topology=topology, log_dir=str(log_dir), pcap_dir=str(pcap_dir or ''), relayed=need,
                       switch=switch or {})
        self.net = Mininet(topo=topo, controller=None, build=False, waitConnected=False)

    def start(self) -> None:
        # Mininet gives every host an address of its own choice first; GpuHost.config replaces it.
        self.net.build()
        self.relayed.start()
        for c in self.topology.cables:
            if c.name in self.relayed.wires or netem.arguments('', c.link):
                self._emulate(c, c.link)
        self.net.start()

    def _emulate(self, cable: Cable, link: Link) -> None:
        if cable.name in self.relayed.wires:
            self.relayed.join(cable.name, link)
        elif self.netem:
            netem.apply(interface(cable.a, cable.a_port), link)
            netem.apply(interface(cable.b, cable.b_port), link)
        else:
            raise RuntimeError(f'{cable.name}: this kernel has no netem, and the cable does not lead through '
                               'the relay; start the lab with --relay')

    def stop(self) -> None:
        # Switches first: BMv2 complains about every interface that vanishes under it.
        for s in self.topology.switches:
            switch = self.net.nameToNode.get(s.name)
            if switch and switch.process:
                processes.end(switch.process)
        self.relayed.stop()
        self.net.stop()

    def bmv2(self, name: str) -> Bmv2Switch:
        self.topology.switch(name)
        return self.net.nameToNode[name]

    def host(self, endpoint: str) -> GpuHost:
        """The Mininet host of an endpoint."""
        return self.net.nameToNode[self.topology.nic(endpoint).host]

    # ---- faults ----

    def set_cable(self, cable: Cable, up: bool) -> None:
        """Cuts or mends a cable: both ends lose or get their carrier."""
        for name in (interface(cable.a, cable.a_port), interface(cable.b, cable.b_port)):
            _quiet('ip', 'link', 'set', name, 'up' if up else 'down')

    def set_emulation(self, cable: Cable, **changes: object) -> Link:
        """Changes delay_ns, jitter_ns or loss_percent of a cable, both directions."""
        link = replace(self.emulated[cable.name], **changes)
        self._emulate(cable, link)
        self.emulated[cable.name] = link
        return link

    def kill_switch(self, name: str) -> None:
        """A power cut: the process is gone, and the ports' light with it."""
        self.bmv2(name).kill()
        self._ports(name, up=False)

    def restart_switch(self, name: str) -> None:
        """Kills the switch if it runs; it comes back empty."""
        self.bmv2(name).kill()
        self._ports(name, up=True)
        self.bmv2(name).launch()

    def _ports(self, name: str, up: bool) -> None:
        state = 'up' if up else 'down'
        for intf in self.bmv2(name).intfs.values():
            if intf.name != 'lo':
                _quiet('ip', 'link', 'set', intf.name, state)
        for c in self.topology.cables:  # beyond a relay, the light goes out too
            if c.name in self.relayed.wires and name in (c.a, c.b):
                _quiet('ip', 'link', 'set', f'{self.relayed.wires[c.name]}-p{2 if name == c.a else 1}', state)
