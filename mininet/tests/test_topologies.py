"""Topology descriptions, and the inventories that come from them."""
import dataclasses
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from myelin_lab import quantity, topologies, topology  # noqa: E402

try:
    import yaml
except ImportError:
    yaml = None

DEVICE_KEYS = {'name', 'role', 'address', 'deviceId', 'region', 'site'}
LINK_KEYS = {'a', 'b', 'capacity', 'latency', 'costMicrosPerGb', 'jitter', 'loss', 'medium'}
ENDPOINT_KEYS = {'name', 'attach', 'ip', 'mac', 'tenant', 'capacity', 'rack', 'host', 'rail'}


class Topologies(unittest.TestCase):
    def test_every_one_is_consistent(self):
        for name in topologies.TOPOLOGIES:
            t = topologies.parse(name)
            ports = [(c.a, c.a_port) for c in t.cables] + [(c.b, c.b_port) for c in t.cables] + [
                (n.switch, n.port) for n in t.nics]
            self.assertEqual(len(ports), len(set(ports)), name)
            self.assertLessEqual(t.longest_path(), topology.MAX_PATH_SWITCHES, name)
            for values in ([n.ip for n in t.nics], [n.mac for n in t.nics], [n.name for n in t.nics],
                           [(n.host, n.interface) for n in t.nics]):
                self.assertEqual(len(values), len(set(values)), name)
            for c in t.cables:  # names of interfaces: at most 15 characters in Linux
                self.assertLessEqual(len(f'{c.a}-p{c.a_port}'), 15, name)

    @unittest.skipUnless(yaml, 'PyYAML is not installed')
    def test_inventories_have_the_keys_that_the_node_knows(self):
        for name in topologies.TOPOLOGIES:
            t = topologies.parse(name)
            inventory = yaml.safe_load(t.inventory())
            self.assertEqual(set(inventory), {'fabric', 'tenants', 'devices', 'links', 'endpoints'})
            for d in inventory['devices']:
                self.assertLessEqual(set(d), DEVICE_KEYS)
            for l in inventory['links']:
                self.assertLessEqual(set(l), LINK_KEYS)
            for e in inventory['endpoints']:
                self.assertLessEqual(set(e), ENDPOINT_KEYS)
            self.assertEqual(len(inventory['devices']), len(t.switches))
            self.assertEqual(len(inventory['links']), len(t.cables))
            self.assertEqual(len(inventory['endpoints']), len(t.nics))

    def test_fat_tree_has_the_sizes_of_the_literature(self):
        t = topologies.parse('fattree,k=4')
        self.assertEqual((20, 32, 16, 5),
                         (len(t.switches), len(t.cables), len(t.nics), t.longest_path()))
        self.assertEqual(1, len(topologies.parse('fattree,k=2,hosts=1').hosts()['h1-1-1']))

    def test_rails(self):
        t = topologies.parse('rail,hosts=3,nics=4')
        for nic in t.nics:
            self.assertEqual(f'rail{nic.rail}', nic.switch)
            self.assertEqual(f'eth{nic.rail}', nic.interface)
        self.assertEqual(4, len(t.hosts()['g2']))

    def test_wan_has_one_leo_link_between_regions(self):
        t = topologies.parse('wan,leo=40ms')
        leo = [c for c in t.cables if c.link.medium == 'leo']
        self.assertEqual([40_000_000], [c.link.delay_ns for c in leo])
        self.assertEqual({'eu-west', 'eu-central', 'eu-north'}, {s.region for s in t.switches})

    def test_the_inventory_says_what_links_are_like(self):
        t = topologies.parse('wan')
        t.change('link', 'ams-border', 'fra-border', {'loss': '0.01%'})
        lines = t.inventory().splitlines()
        self.assertIn('  - {a: ams-border/3, b: kir-border/3, capacity: 10M, latency: 32ms, '
                      'costMicrosPerGb: 15000, jitter: 4ms, medium: leo}', lines)
        self.assertIn('  - {a: ams-border/2, b: fra-border/2, capacity: 10M, latency: 4ms, '
                      'costMicrosPerGb: 40000, loss: 0.0100000%, medium: fibre}', lines)

    def test_a_rate_becomes_packets_per_second_of_the_stated_size(self):
        self.assertEqual(1250, topology.Link(rate_bps=10_000_000, packet_bytes=1000).rate_pps)
        self.assertEqual(1, topology.Link(rate_bps=1000).rate_pps)

    def test_knobs(self):
        link = topology.adjust(topology.Link(), 'link', {'rate': '20M', 'delay': '1ms', 'loss': '0.5%'})
        self.assertEqual((20_000_000, 1_000_000, 0.5), (link.rate_bps, link.delay_ns, link.loss_percent))
        with self.assertRaisesRegex(quantity.Bad, r"link\.rate: '20X' is not allowed"):
            topology.adjust(topology.Link(), 'link', {'rate': '20X'})
        with self.assertRaisesRegex(quantity.Bad, "link: 'speed' is not allowed; allowed: rate, delay"):
            topology.adjust(topology.Link(), 'link', {'speed': '1'})

    def test_mistakes_are_told(self):
        for text, message in (
                ('ring', "topo: 'ring' is not allowed; allowed: leafspine, rail, fattree, wan"),
                ('leafspine,k=4', "topo: 'k=4' is not allowed; allowed: leaves=…"),
                ('fattree,k=3', 'topo.k: 3 is not allowed; allowed: an even number'),
                ('fattree,k=40', "topo.k: '40' is not allowed; allowed: a whole number from 2 to 8"),
                ('leafspine,hosts=0', 'one with endpoints')):
            with self.assertRaises(quantity.Bad, msg=text) as raised:
                topologies.parse(text)
            self.assertIn(message, str(raised.exception))

    def test_a_path_longer_than_the_label_stack_is_refused(self):
        t = topology.Topology('line')
        for i in range(1, 8):
            t.add_switch(f's{i}', 'leaf')
        for i in range(1, 7):
            t.connect(f's{i}', f's{i + 1}')
        t.attach('a', 's1', '10.0.0.1')
        t.attach('b', 's7', '10.0.0.2')
        with self.assertRaisesRegex(quantity.Bad, 'at most 6 switches'):
            t.check()

    def test_the_example_of_the_readme(self):
        text = (Path(__file__).resolve().parents[1] / 'README.md').read_text()
        names = {'Link': topology.Link, 'Topology': topology.Topology, 'replace': dataclasses.replace}
        exec(text.partition('```python\n')[2].partition('```')[0], names)
        t = names['ring'](topology.Link(), leaves=5).check()
        self.assertEqual((5, 3, 1_000_000), (len(t.cables), t.longest_path(), t.cables[0].link.delay_ns))

    def test_cables_are_found_by_their_ends(self):
        t = topologies.parse('leafspine')
        self.assertEqual('leaf2/1-spine1/2', t.cable('spine1', 'leaf2').name)
        self.assertEqual('leaf2/1-spine1/2', t.cable('leaf2/1', 'spine1').name)
        with self.assertRaisesRegex(quantity.Bad, 'two ends of one of leaf1/1-spine1/1'):
            t.cable('leaf1', 'leaf2')


class Quantities(unittest.TestCase):
    def test_round_trips(self):
        for text in ('10M', '2500k', '1G', '7'):
            self.assertEqual(text, quantity.rate_text(quantity.rate_bps('r', text)))
        for text in ('25ms', '1500us', '3s', '10ns'):
            self.assertEqual(text, quantity.time_text(quantity.time_ns('t', text)))
        self.assertEqual(65536, quantity.size_bytes('s', '64K'))
        self.assertEqual(2_500_000_000, quantity.rate_bps('r', '2.5Gbps'))

    def test_nonsense(self):
        for parse, text in ((quantity.rate_bps, '0'), (quantity.rate_bps, '-1'), (quantity.time_ns, '5'),
                            (quantity.size_bytes, '0'), (quantity.percent, '101'), (quantity.rate_bps, True)):
            with self.assertRaises(quantity.Bad):
                parse('x', text)


if __name__ == '__main__':
    unittest.main()
