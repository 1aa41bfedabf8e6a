"""The lab's command line."""
from __future__ import annotations

import argparse
import os
import shutil
import signal
import sys
import tempfile
from pathlib import Path

from myelin_lab import processes, quantity, scenario, topologies, topology

HERE = Path(__file__).resolve().parents[1]
SCENARIOS = HERE / 'scenarios'
SKIPPED = 77  # by which test runners know a skip
_ISOLATED = 'MYELIN_LAB_ISOLATED'

EPILOG = """examples:
  sudo mininet/lab.py                                  the scenario "smoke"
  sudo mininet/lab.py --scenario incast
  sudo mininet/lab.py --topo leafspine,leaves=3 --cli
  sudo mininet/lab.py --topo wan --link rate=20M,queue=128 --cli
  mininet/lab.py --topo fattree,k=4 --inventory        prints the inventory, starts nothing
  sudo mininet/lab.py --clean                          removes what a killed lab left behind

exit codes: 0 done or PASS, 1 FAIL, 2 the command line or a file is wrong, 77 this machine lacks something"""


def missing() -> str:
    """What this machine lacks to run the lab, in words; empty when all is there."""
    lacks = [tool for tool in ('simple_switch_grpc', 'mnexec', 'ip', 'tc', 'unshare') if not shutil.which(tool)]
    for module in ('mininet.net', 'yaml'):
        try:
            __import__(module)
        except ImportError:
            lacks.append(f'Python module {module} for {sys.executable}')
    if os.geteuid() != 0:
        lacks.append('root')
    return ', '.join(lacks)


def pairs(where: str, text: str, first: tuple[str, ...] = ()) -> dict[str, str]:
    """NAME,key=value,… as {'': NAME, key: value}; the name only where there are names to choose from."""
    result: dict[str, str] = {}
    words = text.split(',')
    if first:
        result[''] = words.pop(0)
        if result[''] not in first:
            raise quantity.Bad(where, result[''], ', '.join(first))
    for word in words:
        key, equals, value = word.partition('=')
        if not equals:
            raise quantity.Bad(where, word, 'KEY=VALUE')
        result[key] = value
    return result


def parser() -> argparse.ArgumentParser:
    p = argparse.ArgumentParser(prog='lab.py', description='P4 switches in Mininet with a Myelin node.',
                                epilog=EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter)
    what = p.add_mutually_exclusive_group()
    what.add_argument('--scenario', metavar='FILE', help='a file, or the name of one of '
                      + ', '.join(sorted(f.stem for f in SCENARIOS.glob('*.yaml'))))
    what.add_argument('--cli', action='store_true', help="Mininet's command line, with faults and traffic")
    what.add_argument('--inventory', action='store_true', help='prints the inventory and ends')
    what.add_argument('-c', '--clean', action='store_true', help='removes what a killed lab left behind')
    p.add_argument('--topo', metavar='NAME,KEY=VALUE…', default='',
                   help=', '.join(topologies.TOPOLOGIES) + '; in a scenario: instead of its own')
    p.add_argument('--link', metavar='KEY=VALUE…', default='',
                   help='of every link: rate=10M, queue=64 (packets), packet=1090 (bytes, to turn the rate into '
                        'packets per second), cost; of cables between switches also delay, jitter, loss')
    p.add_argument('--link-of', metavar='A:B,KEY=VALUE… | ENDPOINT,KEY=VALUE…', action='append', default=[],
                   help='the same for one cable or one NIC, e.g. leaf1:spine1,rate=5M')
    p.add_argument('--switch', metavar='bmv2,KEY=VALUE…', default='bmv2',
                   help='log=off|info|debug|trace (BMv2\'s, into --log-dir), priority_queues=8')
    p.add_argument('--controller', metavar='myelin | remote,ip=…,port=…', default='myelin',
                   help='a node of its own (with discovery=250ms, log=info|debug), or one that runs already')
    p.add_argument('--set', metavar='NAME=VALUE', action='append', default=[], help="a scenario's option")
    p.add_argument('--report', metavar='FILE', type=Path, help='JSON report (default: report.json in --log-dir)')
    p.add_argument('--log-dir', metavar='DIR', type=Path, help='logs (default: a new one in /tmp)')
    p.add_argument('--pcap', metavar='DIR', type=Path, help='a pcap file for every port of every switch')
    p.add_argument('--relay', action='store_true',
                   help='delay and loss by a process even where the kernel has netem')
    p.add_argument('--isolate', action=argparse.BooleanOptionalAction, default=None,
                   help='all in a network namespace of its own (default with --scenario): no port and no '
                        'interface of the machine is touched, and nothing outside reaches the node')
    return p


def isolate() -> None:
    """Starts this program again in a network namespace of its own; does not return."""
    # BMv2 reads the state of its ports in /sys, which shows the namespace that mounted it.
    script = 'mount -t sysfs sysfs /sys && ip link set lo up && exec "$@"'
    os.environ[_ISOLATED] = '1'
    os.execvp('unshare', ['unshare', '--net', '--mount', 'sh', '-c', script, 'lab', sys.executable, *sys.argv])


def load(a: argparse.Namespace) -> scenario.Scenario:
    """The scenario that the command line asks for; one without steps for --cli."""
    plan = _load(a)
    for text in a.link_of:
        name, _, knobs = text.partition(',')
        plan.topology.change('--link-of', *name.partition(':')[::2], pairs('--link-of', knobs))
    return plan


def _load(a: argparse.Namespace) -> scenario.Scenario:
    knobs = pairs('--link', a.link) if a.link else {}
    if a.scenario or not (a.cli or a.inventory):
        name = a.scenario or 'smoke'
        path = Path(name)
        if not path.suffix and not path.exists():
            path = SCENARIOS / f'{name}.yaml'
        return scenario.read(path, dict(_setting(s) for s in a.set), a.topo, knobs)
    text = a.topo or 'leafspine'
    link = topology.adjust(topology.Link(), '--link', knobs)
    return scenario.Scenario('cli', '', topologies.parse(text, link, '--topo'), text, {}, {}, 0)


def _setting(text: str) -> tuple[str, str]:
    name, equals, value = text.partition('=')
    if not equals:
        raise quantity.Bad('--set', text, 'NAME=VALUE')
    return name, value


def main(arguments: list[str] | None = None) -> int:
    a = parser().parse_args(arguments)
    if a.clean:
        print('\n'.join(processes.clean()) or 'nothing was left behind')
        return 0
    try:
        if a.inventory:
            print(load(a).topology.inventory(), end='')
            return 0
        controller = pairs('--controller', a.controller, ('myelin', 'remote'))
        allowed = ('ip', 'port') if controller[''] == 'remote' else ('discovery', 'log')
        for key in controller.keys() - {'', *allowed}:
            raise quantity.Bad('--controller', key, ', '.join(allowed))
        switch = pairs('--switch', a.switch, ('bmv2',))
        for key in switch.keys() - {'', 'log', 'priority_queues'}:
            raise quantity.Bad('--switch', key, 'log, priority_queues')
        lacks = missing()
        if lacks:
            print(f'SKIPPED: this machine lacks {lacks}', file=sys.stderr)
            return SKIPPED
        plan = load(a)
    except ValueError as e:
        print(f'lab.py: {e}', file=sys.stderr)
        return 2
    wanted = a.isolate if a.isolate is not None else not a.cli and controller[''] == 'myelin'
    if wanted and not os.environ.get(_ISOLATED):
        isolate()
    # SIGTERM ends like Ctrl-C: everything is stopped in order.
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
    from myelin_lab.session import Session
    log_dir = a.log_dir or Path(tempfile.mkdtemp(prefix='myelin-lab-'))
    for directory in filter(None, (log_dir, a.pcap)):
        directory.mkdir(parents=True, exist_ok=True)
    try:
        return Session(plan, log_dir.resolve(), a.pcap and a.pcap.resolve(), controller, switch, a.relay).run(
            a.cli, a.report)
    except KeyboardInterrupt:
        return 130
    except RuntimeError as e:
        print(f'lab.py: {e}', file=sys.stderr)
        return 1
    finally:
        print(f'logs: {log_dir}', file=sys.stderr)
