"""The running network and its faults."""
from __future__ import annotations

import json
import select
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from mininet.net import Mininet

from myelin_lab import netem, processes
from myelin_lab.nodes import Bmv2Switch, GpuHost, LabTopo, ends, interface, part, quiet
from myelin_lab.topology import Cable, Link, Topology


class Relay:
    """The relay process, started when a cable first needs it: where netem is not to be had."""

    def __init__(self, log_dir: Path):
        self.process: subprocess.Popen | None = None
        self.log = log_dir / 'relay.log'
        self.wires: set[str] = set()

    def lead(self, wire: str, link: Link) -> None:
        """Gives a wire delay, jitter and loss; returns when it has them."""
        if self.process is None:
            self.process = processes.spawn([sys.executable, str(Path(__file__).with_name('relay.py'))],
                                           self.log, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        if wire not in self.wires:
            part(wire)
            self.wires.add(wire)
        a, b = ends(wire)
        command = {'a': a, 'b': b, 'delay_ns': link.delay_ns, 'jitter_ns': link.jitter_ns,
                   'loss_percent': link.loss_percent}
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
    """A Mininet of ours.

    relay: delay and loss through the relay even where the kernel has netem.
    switch: options of the switches (log, priority_queues)
    """

    def __init__(self, topology: Topology, log_dir: Path, pcap_dir: Path | None = None, relay: bool = False,
                 switch: dict[str, str] | None = None):
        self.topology = topology
        self.emulated: dict[str, Link] = {c.name: c.link for c in topology.cables}
        self.wires = {c.name: f'wire{n}' for n, c in enumerate(topology.cables, 1)}
        self.cut: set[str] = set()
        self.netem = not relay and netem.available()
        self.relay = Relay(log_dir)
        topo = LabTopo(topology=topology, log_dir=str(log_dir), pcap_dir=str(pcap_dir or ''), switch=switch)
        self.net = Mininet(topo=topo, controller=None, build=False, waitConnected=False)

    def start(self) -> None:
        self.net.build()
        self.net.start()
        for c in self.topology.cables:
            if netem.arguments('', c.link):
                self._emulate(c, c.link)

    def _emulate(self, cable: Cable, link: Link) -> None:
        wire = self.wires[cable.name]
        if not self.netem:
            self.relay.lead(wire, link)
            return
        for end in ends(wire):
            netem.apply(end, link)

    def stop(self) -> None:
        # Switches first: BMv2 complains about every interface that vanishes under it.
        for s in self.topology.switches:
            switch = self.net.nameToNode.get(s.name)
            if switch and switch.process:
                processes.end(switch.process)
        self.relay.stop()
        self.net.stop()

    def bmv2(self, name: str) -> Bmv2Switch:
        self.topology.switch(name)
        return self.net.nameToNode[name]

    def host(self, endpoint: str) -> GpuHost:
        """The Mininet host of an endpoint."""
        return self.net.nameToNode[self.topology.nic(endpoint).host]

    # ---- faults ----

    def set_cable(self, cable: Cable, up: bool) -> None:
        """Cuts or mends a cable: both its ends lose or get their carrier."""
        (self.cut.discard if up else self.cut.add)(cable.name)
        for end, switch in zip(ends(self.wires[cable.name]), (cable.b, cable.a)):
            # A switch without power gives no light: its far end stays dark when the cable is mended.
            quiet('ip', 'link', 'set', end, 'up' if up and self.bmv2(switch).running() else 'down')

    def set_emulation(self, cable: Cable, **changes: object) -> Link:
        """Changes delay_ns, jitter_ns or loss_percent of a cable, both directions."""
        link = replace(self.emulated[cable.name], **changes)
        self._emulate(cable, link)
        self.emulated[cable.name] = link
        return link

    def kill_switch(self, name: str) -> None:
        """A power cut: the process is gone, and the light of its ports."""
        self.bmv2(name).kill()
        for n in self.topology.nics:
            if n.switch == name:
                quiet('ip', 'link', 'set', interface(n.switch, n.port), 'down')
        for c in self.topology.cables:
            if name in (c.a, c.b):
                quiet('ip', 'link', 'set', self._far_end(c, name), 'down')

    def restart_switch(self, name: str) -> None:
        """Kills the switch if it runs; it comes back empty."""
        self.kill_switch(name)
        for n in self.topology.nics:
            if n.switch == name:
                quiet('ip', 'link', 'set', interface(n.switch, n.port), 'up')
        self.bmv2(name).launch()
        for c in self.topology.cables:
            if name in (c.a, c.b) and c.name not in self.cut:
                quiet('ip', 'link', 'set', self._far_end(c, name), 'up')

    def _far_end(self, cable: Cable, switch: str) -> str:
        """The end of a wire whose state is the carrier of the other switch."""
        return ends(self.wires[cable.name])[1 if switch == cable.a else 0]
