"""Mininet's side of the lab: hosts with GPU NICs, BMv2 switches, cables. Needs Mininet."""
from __future__ import annotations

import socket
import subprocess
import time
from pathlib import Path

from mininet.node import Node, Switch
from mininet.topo import Topo

from myelin_lab import netem, processes, thrift
from myelin_lab.topology import Link, Nic, Topology

CPU_PORT = 255
PRIORITY_QUEUES = 8
START_SECONDS = 20.0


def quiet(*command: str) -> None:
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
                quiet('sysctl', '-qw', f'net.ipv6.conf.{intf.name}.disable_ipv6=1')
                quiet('ip', 'link', 'set', intf.name, 'up')
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


class Wire(Switch):
    """The middle of a cable: two interfaces, joined in the kernel.

    It is there so that a cable can be cut like a cable: both ends then lose their carrier. Were a
    switch's own interface set down instead, BMv2 would be deaf on all its ports from then on: the
    one thread that receives waits in libpcap for the interface that is down.
    """

    def __init__(self, name: str, link: Link | None = None, **params):
        params.pop('inNamespace', None)
        params.setdefault('dpid', f'{0x10000 + int(name[4:]):x}')
        super().__init__(name, inNamespace=False, **params)
        self.link = link

    def start(self, controllers=None) -> None:
        for end in ends(self.name):
            quiet('sysctl', '-qw', f'net.ipv6.conf.{end}.disable_ipv6=1')
            quiet('ip', 'link', 'set', end, 'up')
            processes.record().add('interface', end)
        join(self.name)
        if self.link:
            for end in ends(self.name):
                netem.apply(end, self.link)


def ends(wire: str) -> tuple[str, str]:
    """The interfaces of a wire; the first is that of the cable's end a."""
    return f'{wire}-p1', f'{wire}-p2'


def join(wire: str) -> None:
    """What comes in at one end of a wire goes out at the other."""
    one, other = ends(wire)
    for here, there in ((one, other), (other, one)):
        quiet('tc', 'qdisc', 'replace', 'dev', here, 'clsact')
        redirect = ('action', 'mirred', 'egress', 'redirect', 'dev', there)
        command = ('tc', 'filter', 'add', 'dev', here, 'ingress')
        try:
            quiet(*command, 'matchall', *redirect)
        except subprocess.CalledProcessError:  # a kernel without it; BPF that says yes is the same
            quiet(*command, 'bpf', 'bytecode', '1,6 0 0 4294967295', *redirect)


def part(wire: str) -> None:
    """Undoes join: the relay takes over."""
    for end in ends(wire):
        quiet('tc', 'qdisc', 'del', 'dev', end, 'clsact')


class LabTopo(Topo):
    """A description of ours as Mininet wants it."""

    def build(self, topology: Topology | None = None, log_dir: str = '/tmp', pcap_dir: str = '',
              switch: dict[str, str] | None = None, emulate: bool = False,
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
            wire = self.addSwitch(f'wire{number}', cls=Wire, link=c.link if emulate else None)
            for i, (switch, port) in enumerate(((c.a, c.a_port), (c.b, c.b_port))):
                self.addLink(switch, wire, port1=port, port2=i + 1, intfName1=interface(switch, port),
                             intfName2=ends(wire)[i])
        for n in topology.nics:
            self.addLink(n.host, n.switch, port1=n.rail, port2=n.port, intfName1=n.interface,
                         intfName2=interface(n.switch, n.port))
