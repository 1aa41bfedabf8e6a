"""Scenario files and their conditions; the shipped ones; what tc, Thrift and the relay are told."""
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from myelin_lab import expect, main, netem, quantity, relay, scenario, thrift  # noqa: E402
from myelin_lab.topology import Link  # noqa: E402

try:
    import yaml
except ImportError:
    yaml = None

SCENARIOS = Path(__file__).resolve().parents[1] / 'scenarios'
GOOD = """
scenario: test
options: {n: 10}
topology: leafspine
steps:
  - lease: {name: a, from: h1-1, to: h2-1, bandwidth: 5M}
  - flow: {name: data, from: h1-1, to: h2-1, messages: "${n}"}
  - at: 2s
    link_down: {lease: a, hop: 2}
  - wait: {until: data.done == 1, within: 5s}
expect:
  - data.completed == ${n}
"""


class Conditions(unittest.TestCase):
    FIGURES = {'a': ('x', 'y'), 'b': ('x',)}

    def holds(self, text, **values):
        return expect.parse('c', text, self.FIGURES).holds(lambda f: values[f.replace('.', '_')])

    def test_comparisons(self):
        for op, results in (('<', (1, 0, 0)), ('<=', (1, 1, 0)), ('==', (0, 1, 0)), ('!=', (1, 0, 1)),
                            ('>=', (0, 1, 1)), ('>', (0, 0, 1))):
            self.assertEqual(results, tuple(int(self.holds(f'a.x {op} 5', a_x=v)) for v in (4, 5, 6)), op)

    def test_sums_factors_and_units(self):
        self.assertTrue(self.holds('a.x + a.y >= 1.5 * b.x', a_x=1, a_y=2, b_x=2))
        self.assertTrue(self.holds('a.x - a.y - 1 == 0 - 4', a_x=0, a_y=3))
        self.assertTrue(self.holds('2.5M < a.x', a_x=2_500_001))
        self.assertTrue(self.holds('2 * a.x + 1 == 5', a_x=2))

    def test_nonsense(self):
        for text in ('a.x', 'a.x = 5', 'a.x == ', '== 5', 'a.x == 5 5', 'a.x a.y == 1', 'a.x == 2 *', 'a.x == * 2',
                     'a.x + == 2', 'a.x == 1 == 2', 'a.x == 5X', '2 a.x == 1', 5, None):
            with self.assertRaises(quantity.Bad, msg=text):
                expect.parse('c', text, self.FIGURES)
        for text, message in (('c.x == 1', "'c' is not allowed; allowed: one of a, b"),
                              ('b.y == 1', "'b.y' is not allowed; allowed: b.x")):
            with self.assertRaisesRegex(quantity.Bad, message):
                expect.parse('c', text, self.FIGURES)

    def test_all_flows_together(self):
        flows = [{'sent': 1, 'mct_p99_ms': 5.0, 'rate_min_bps': 7}, {'sent': 2, 'mct_p99_ms': 4.0, 'rate_min_bps': 3}]
        self.assertEqual((3, 5.0, 3), tuple(expect.over_all(k, flows) for k in
                                            ('sent', 'mct_p99_ms', 'rate_min_bps')))


@unittest.skipUnless(yaml, 'PyYAML is not installed')
class Files(unittest.TestCase):
    def read(self, text, **arguments):
        with tempfile.TemporaryDirectory() as directory:
            path = Path(directory) / 's.yaml'
            path.write_text(text)
            return scenario.read(path, **arguments)

    def test_the_shipped_ones(self):
        paths = sorted(SCENARIOS.glob('*.yaml'))
        self.assertGreaterEqual(len(paths), 6)
        for path in paths:
            plan = scenario.read(path)
            self.assertEqual(path.stem, plan.name)
            self.assertTrue(plan.expectations, path)
            self.assertTrue(plan.about, path)

    def test_the_example_of_the_readme(self):
        text = (SCENARIOS.parent / 'README.md').read_text()
        plan = self.read(text.partition('```yaml\n')[2].partition('```')[0])
        self.assertEqual(('mine', 4, 2), (plan.name, len(plan.steps), len(plan.expectations)))

    def test_a_good_one(self):
        plan = self.read(GOOD, settings={'n': '20'})
        self.assertEqual(['lease', 'flow', 'link_down', 'wait'], [s.kind for s in plan.steps])
        self.assertEqual(20, plan.steps[1].what.what['count'])
        self.assertEqual('data.completed == 20', plan.expectations[0].text)
        self.assertEqual((None, 2_000_000_000), (plan.steps[0].at_ns, plan.steps[2].at_ns))
        self.assertEqual((None, 'a', 2), (plan.steps[2].what.cable, plan.steps[2].what.lease,
                                          plan.steps[2].what.hop))

    def test_the_command_line_overrides(self):
        plan = self.read(GOOD, topo='leafspine,leaves=3', link={'rate': '30M'})
        self.assertEqual(5, len(plan.topology.switches))
        self.assertEqual(30_000_000, plan.topology.cables[0].link.rate_bps)

    def test_single_links(self):
        plan = self.read(GOOD.replace('steps:', 'links:\n  - {between: [leaf1, spine2], rate: 5M, delay: 1ms}\n'
                                      '  - {endpoint: h2-1, queue: 9}\nsteps:'))
        link = plan.topology.cable('leaf1', 'spine2').link
        self.assertEqual((5_000_000, 1_000_000), (link.rate_bps, link.delay_ns))
        self.assertEqual(9, plan.topology.nic('h2-1').link.queue_packets)
        self.assertEqual(10_000_000, plan.topology.cable('leaf1', 'spine1').link.rate_bps)
        for links, message in (('{endpoint: h2-1, delay: 1ms}', 'the others are for cables'),
                               ('{between: [leaf1, leaf2], rate: 1M}', 'two ends of one of'),
                               ('{rate: 1M}', 'links[0].endpoint: None is not allowed')):
            with self.assertRaises(ValueError) as raised:
                self.read(GOOD.replace('steps:', f'links: [{links}]\nsteps:'))
            self.assertIn(message, str(raised.exception))

    def test_mistakes_name_file_field_value_and_what_is_allowed(self):
        for old, new, message in (
                ('h1-1, to', 'h9-1, to', "steps[0].lease.from: 'h9-1' is not allowed; allowed: h1-1, h2-1"),
                ('bandwidth: 5M', 'bandwidth: lots', "steps[0].lease.bandwidth: 'lots' is not allowed"),
                ('bandwidth: 5M', 'speed: 5M', 'steps[0].lease.bandwidth: None is not allowed; allowed: a value'),
                ('messages: "${n}"', 'messages: "${m}"', "'${m}' is not allowed; allowed: ${n}"),
                ('messages: "${n}"', 'messages: 0', 'steps[1].flow.messages: 0 is not allowed; allowed: a whole'),
                ('messages: "${n}"', 'qps: 2', 'one of messages and seconds'),
                ('lease: a, hop: 2', 'lease: b', "steps[2].link_down.lease: 'b' is not allowed; allowed: a"),
                ('lease: a, hop: 2', 'between: [leaf1, leaf2]', "steps[2].link_down.between: ['leaf1', 'leaf2']"),
                ('link_down', 'link_cut', "steps[2]: 'link_cut' is not allowed; allowed: after, at, lease"),
                ('at: 2s', 'at: soon', "steps[2].at: 'soon' is not allowed; allowed: a time"),
                ('data.done == 1', 'late.done == 1', "steps[3].wait.until: 'late' is not allowed"),
                ('topology: leafspine', 'topology: ring', "topology: 'ring' is not allowed; allowed: leafspine"),
                ('name: data', 'name: a', "steps[1].flow.name: 'a' is not allowed; allowed: a name not used"),
                ('expect:', 'expects:', 'expect: None is not allowed'),
                ('scenario: test', 'scenario: test\nscenario: again', "the key 'scenario' is there twice"),
                ('scenario: test', 'scenario: test\ncolour: red', "top level: 'colour' is not allowed"),
                ('steps:', 'steps: [', 's.yaml: while parsing')):
            self.assertIn(old, GOOD)
            with self.assertRaises(ValueError, msg=new) as raised:
                self.read(GOOD.replace(old, new, 1))
            self.assertIn(message, str(raised.exception))
            self.assertIn('s.yaml', str(raised.exception))

    def test_a_missing_file(self):
        with self.assertRaisesRegex(ValueError, 'none.yaml: No such file'):
            scenario.read(Path('/nowhere/none.yaml'))


class Commands(unittest.TestCase):
    def test_netem(self):
        self.assertIsNone(netem.arguments('x', Link()))
        self.assertEqual('tc qdisc replace dev x root netem limit 20000 delay 25000us 2000us loss 0.5% rate 4gbit',
                         ' '.join(netem.arguments('x', Link(delay_ns=25_000_000, jitter_ns=2_000_000,
                                                            loss_percent=0.5))))

    def test_thrift(self):
        message = thrift.call('simple_switch', 'set_egress_queue_rate', [('i32', 3), ('i64', 1000)])
        name = b'simple_switch:set_egress_queue_rate'
        self.assertEqual(bytes.fromhex('80010001') + len(name).to_bytes(4, 'big') + name + bytes(4)
                         + bytes.fromhex('08000100000003' '0a000200000000000003e8' '00'), message)

    def test_the_relay_keeps_the_order(self):
        d = relay.Direction(None, None, delay_ns=10, jitter_ns=8)
        d.random.seed(5)
        times = [d.release_ns(now) for now in range(200)]
        self.assertEqual(sorted(times), times)
        self.assertTrue(all(now + 2 <= t <= now + 18 + 16 for now, t in enumerate(times)))
        d.loss_percent = 100
        self.assertIsNone(d.release_ns(300))

    def test_arguments_with_names(self):
        self.assertEqual({'': 'remote', 'ip': '::1'}, main.pairs('c', 'remote,ip=::1', ('myelin', 'remote')))
        for text in ('other', 'myelin,x'):
            with self.assertRaises(quantity.Bad):
                main.pairs('c', text, ('myelin', 'remote'))


if __name__ == '__main__':
    unittest.main()
