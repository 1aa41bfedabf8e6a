#!/usr/bin/env python3
"""A leaf-spine of BMv2 switches in Mininet, controlled by a Myelin node.

Needs root, Mininet, simple_switch_grpc on the PATH, and Debian's python3. The node and the switches
talk over loopback; hosts live in namespaces of their own.

    sudo mininet/lab.py                 # start, take a lease, send RoCEv2, check, stop
    sudo mininet/lab.py --stay          # the same, then Mininet's command line
"""
import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
MYELIN = os.path.join(HERE, '..', 'myelin')
CPU_PORT = 255
FIRST_P4RT_PORT = 50051
FIRST_THRIFT_PORT = 19090
SKIPPED = 77  # the exit code by which test runners know a skip


def missing():
    """What this machine lacks, in words; empty when all is there."""
    lacks = [tool for tool in ('simple_switch_grpc', 'mn', 'ip') if not shutil.which(tool)]
    if os.geteuid() != 0:
        lacks.append('root')
    return ', '.join(lacks)


class Fabric:
    """Names, ports and addresses of a leaf-spine, and its inventory."""

    def __init__(self, leaves, spines, hosts, rate):
        self.leaves, self.spines, self.hosts, self.rate = leaves, spines, hosts, rate
        self.switches = [f'leaf{i}' for i in range(1, leaves + 1)] + [
            f'spine{i}' for i in range(1, spines + 1)]

    def device_id(self, name):
        return self.switches.index(name) + 1

    def p4rt_port(self, name):
        return FIRST_P4RT_PORT + self.switches.index(name)

    def host(self, leaf, n):
        return {
            'name': f'h{leaf}-{n}', 'leaf': f'leaf{leaf}', 'port': self.spines + n,
            'ip': f'10.{leaf}.0.{n}', 'mac': f'02:00:00:00:{leaf:02x}:{n:02x}'}

    def all_hosts(self):
        return [self.host(l, n) for l in range(1, self.leaves + 1)
                for n in range(1, self.hosts + 1)]

    def inventory(self):
        lines = ['fabric: mininet', 'tenants:', '  - {name: blue}', 'devices:']
        for s in self.switches:
            lines.append(f'  - {{name: {s}, role: {s.rstrip("0123456789")}, '
                         f'address: "127.0.0.1:{self.p4rt_port(s)}", deviceId: {self.device_id(s)}}}')
        lines.append('links:')
        for l in range(1, self.leaves + 1):
            for s in range(1, self.spines + 1):
                lines.append(f'  - {{a: leaf{l}/{s}, b: spine{s}/{l}, capacity: {self.rate}, latency: 50us}}')
        lines.append('endpoints:')
        for h in self.all_hosts():
            lines.append(f'  - {{name: {h["name"]}, attach: {h["leaf"]}/{h["port"]}, ip: {h["ip"]}, '
                         f'mac: "{h["mac"]}", tenant: blue, capacity: {self.rate}}}')
        return '\n'.join(lines) + '\n'


def start_network(fabric, directory):
    """Hosts and cables in Mininet; a simple_switch_grpc for every switch in the root namespace."""
    from mininet.net import Mininet
    from mininet.node import Node

    class Bmv2(Node):
        """A BMv2 switch: its interfaces are given once they exist."""

        def __init__(self, name, **kwargs):
            super().__init__(name, inNamespace=False, **kwargs)
            self.process = None

        def launch(self):
            command = ['simple_switch_grpc', '--no-p4', '--device-id', str(fabric.device_id(self.name))]
            for intf in self.intfList():
                if intf.name != 'lo':
                    command += ['-i', f'{self.ports[intf]}@{intf.name}']
            command += ['--thrift-port', str(FIRST_THRIFT_PORT + fabric.device_id(self.name)), '--',
                        '--priority-queues', '8',
                        '--grpc-server-addr', f'127.0.0.1:{fabric.p4rt_port(self.name)}',
                        '--cpu-port', str(CPU_PORT)]
            log = open(os.path.join(directory, self.name + '.log'), 'w')
            self.process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)

        def stop_switch(self):
            if self.process:
                self.process.terminate()
                self.process.wait()

    net = Mininet(controller=None, build=False)
    switches = {s: net.addHost(s, cls=Bmv2) for s in fabric.switches}
    for l in range(1, fabric.leaves + 1):
        for s in range(1, fabric.spines + 1):
            net.addLink(switches[f'leaf{l}'], switches[f'spine{s}'], port1=s, port2=l,
                        intfName1=f'leaf{l}-p{s}', intfName2=f'spine{s}-p{l}')
    for h in fabric.all_hosts():
        host = net.addHost(h['name'], ip=h['ip'] + '/8', mac=h['mac'])
        net.addLink(host, switches[h['leaf']], port1=0, port2=h['port'],
                    intfName1='eth0', intfName2=f'{h["leaf"]}-p{h["port"]}')
    net.build()
    for h in fabric.all_hosts():
        net[h['name']].setIP(h['ip'] + '/8', intf='eth0')
        net[h['name']].setMAC(h['mac'], intf='eth0')
        net[h['name']].cmd('sysctl -qw net.ipv6.conf.all.disable_ipv6=1; ip link set eth0 up')
    for s in switches.values():
        for intf in s.intfList():
            if intf.name != 'lo':
                # The kernel must not talk on the switch's ports.
                subprocess.run(['sysctl', '-qw', f'net.ipv6.conf.{intf.name}.disable_ipv6=1'], check=True)
                subprocess.run(['ip', 'link', 'set', intf.name, 'up'], check=True)
        s.launch()
    return net, switches


def myelin(*args):
    """Runs a command against the node; returns its standard output."""
    return subprocess.run([MYELIN, *args], check=True, capture_output=True, text=True).stdout


def fabric_json():
    return json.loads(myelin('fabric', 'show', '--counters', '--output', 'json'))


def await_fabric(seconds):
    """Until every switch is ready and every cable was seen."""
    until = time.time() + seconds
    while time.time() < until:
        try:
            f = fabric_json()
            if all(d['state'] == 'STATE_READY' for d in f['devices']) and all(
                    l['discovered'] for l in f['links'] if '/' in l['from'] and '/' in l['to']):
                return f
        except subprocess.CalledProcessError:
            pass
        time.sleep(0.5)
    raise SystemExit(f'the fabric was not ready after {seconds} s')


def packets(f):
    """Packets sent into every link, by name."""
    return {l['name']: int(l['packets']) for l in f['links']}


def run(args):
    fabric = Fabric(args.leaves, args.spines, args.hosts, args.rate)
    directory = tempfile.mkdtemp(prefix='myelin-mininet-')
    path = os.path.join(directory, 'fabric.yaml')
    with open(path, 'w') as f:
        f.write(fabric.inventory())
    myelin('--version')  # builds, if that is still to be done
    net, switches, node = None, {}, None
    try:
        net, switches = start_network(fabric, directory)
        node_log = open(os.path.join(directory, 'node.log'), 'w')
        node = subprocess.Popen([MYELIN, 'node', '--inventory', path], stdout=node_log,
                                stderr=node_log, start_new_session=True)
        await_fabric(60)
        print('$ myelin fabric show\n' + myelin('fabric', 'show').split('\nLINK')[0])
        ok = check_lease(net, fabric, args.count)
        if args.stay:
            from mininet.cli import CLI
            CLI(net)
        return 0 if ok else 1
    finally:
        if node:
            os.killpg(node.pid, signal.SIGTERM)
            node.wait()
        for s in switches.values():
            s.stop_switch()
        if net:
            net.stop()
        print(f'logs: {directory}', file=sys.stderr)


def check_lease(net, fabric, count):
    """A lease between the first hosts of the first and the last leaf; RoCEv2 must take its path."""
    source, destination = fabric.host(1, 1), fabric.host(fabric.leaves, 1)
    command = ['lease', 'create', '-t', 'blue', source['name'], destination['name'], '-b', '10M',
               '--name', 'mininet']
    print('$ myelin ' + ' '.join(command))
    print(myelin(*command))
    lease = json.loads(myelin('lease', 'get', 'tenants/blue/leases/mininet', '-o', 'json'))
    hops = [(h['device'], h['port']) for h in lease['paths'][0]['hops']]
    expected = links_of(hops)

    before = packets(fabric_json())
    receiver = net[destination['name']].popen(
        [sys.executable, os.path.join(HERE, 'roce.py'), 'receive', '--count', str(count)],
        text=True, stdout=subprocess.PIPE)
    time.sleep(1)
    sent = net[source['name']].popen(
        [sys.executable, os.path.join(HERE, 'roce.py'), 'send', '--source', source['ip'],
         '--destination', destination['ip'], '--count', str(count)],
        text=True, stdout=subprocess.PIPE)
    print(sent.communicate(timeout=60)[0].strip())
    print(receiver.communicate(timeout=60)[0].strip())
    time.sleep(1)
    after = packets(fabric_json())

    ok = receiver.returncode == 0
    print(f'\npackets sent into each link (a few are discovery\'s); the path is '
          + ' '.join(f'{d}/{p}' for d, p in hops))
    print(f'{"link":28} {"before":>8} {"after":>8} {"RoCE":>8}')
    for link in sorted(before):
        if link.startswith('h'):
            continue  # into the fabric: no switch sends there
        more = after[link] - before[link]
        on_path = any(link.startswith(e) for e in expected)
        right = (more >= count) == on_path
        ok &= right
        print(f'{link:28} {before[link]:8} {after[link]:8} {"yes" if more >= count else "-":>8}'
              + ('' if right else '   <- WRONG'))
    print('\n$ myelin lease release tenants/blue/leases/mininet')
    print(myelin('lease', 'release', 'tenants/blue/leases/mininet'))
    print('PASS' if ok else 'FAIL')
    return ok


def links_of(hops):
    """How the names of the links begin that leave by these ports."""
    return [f'{device}/{port}>' for device, port in hops]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--leaves', type=int, default=2)
    parser.add_argument('--spines', type=int, default=2)
    parser.add_argument('--hosts', type=int, default=1, help='hosts a leaf')
    parser.add_argument('--rate', default='100M', help='capacity of every link')
    parser.add_argument('--count', type=int, default=200, help='RoCE packets to send')
    parser.add_argument('--stay', action='store_true', help="then open Mininet's command line")
    args = parser.parse_args()
    lacks = missing()
    if lacks:
        print(f'SKIPPED: this machine lacks {lacks}', file=sys.stderr)
        return SKIPPED
    return run(args)


if __name__ == '__main__':
    sys.exit(main())
