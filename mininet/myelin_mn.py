"""The lab's topologies for Mininet's own command:

    sudo mn --custom mininet/myelin_mn.py --topo myelin_leafspine,leaves=2 --controller myelin
    sudo mn --custom mininet/myelin_mn.py --topo myelin_wan --controller myelinremote

The first starts a Myelin node; the second leaves that to you and says where the inventory is. The
switches are always BMv2: a topology brings its own. mininet/lab.py can do more.
"""
import inspect
import sys
import tempfile
from functools import partial
from pathlib import Path

# mn runs this file with exec: only the code object knows where it is.
sys.path.insert(0, str(Path(inspect.currentframe().f_code.co_filename).resolve().parent))

from mininet.node import Controller  # noqa: E402

from myelin_lab import netem, processes, topologies  # noqa: E402
from myelin_lab.console import allow_hyphens  # noqa: E402
from myelin_lab.node import MyelinNode  # noqa: E402
from myelin_lab.nodes import Bmv2Switch, LabTopo  # noqa: E402

allow_hyphens()
_LOGS = Path(tempfile.mkdtemp(prefix='myelin-lab-'))
_INVENTORY = _LOGS / 'fabric.yaml'


class MnTopo(LabTopo):
    """One of the lab's topologies; writes its inventory."""

    def __init__(self, name, *values, **arguments):
        text = ','.join([name, *map(str, values), *(f'{k}={v}' for k, v in arguments.items())])
        topology = topologies.parse(text)
        if any(netem.arguments('', c.link) for c in topology.cables) and not netem.available():
            print('*** this kernel has no netem: cables have no delay here; mininet/lab.py can do without it')
        _INVENTORY.write_text(topology.inventory())
        super().__init__(topology=topology, log_dir=str(_LOGS), emulate=netem.available())


class MyelinController(Controller):
    """A Myelin node on port 9550; it connects to the switches, not they to it."""

    def __init__(self, name='c0', **params):
        params.pop('port', None)
        super().__init__(name, command='true', port=9550, **params)
        self.node = MyelinNode()

    def checkListening(self):
        pass  # the node listens once it is started

    def start(self):
        self.node.start(_INVENTORY, _LOGS)
        print(f'(logs and inventory: {_LOGS})', end=' ')

    def stop(self, deleteIntfs=True):
        self.node.stop()
        processes.close_record()
        super().stop(deleteIntfs)


class RemoteMyelin(MyelinController):
    """A node that you start: myelin node --ephemeral --inventory FILE."""

    def start(self):
        print(f'(start it: myelin node --ephemeral --inventory {_INVENTORY})', end=' ')


topos = {f'myelin_{name}': partial(MnTopo, name) for name in topologies.TOPOLOGIES}
switches = {'bmv2': Bmv2Switch}
controllers = {'myelin': MyelinController, 'myelinremote': RemoteMyelin}
