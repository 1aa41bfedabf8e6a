"""Frames of the scenario isolation: whether they are what they claim to be."""
import struct
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from myelin_lab import hostile, topologies  # noqa: E402

MAC, VICTIM_MAC = bytes.fromhex('020000000002'), bytes.fromhex('020000000003')
ETHER_TYPES = {'cross_tenant': 0x0800, 'spoofed_source': 0x0800, 'labels': 0x8847, 'labelled_probe': 0x8847,
               'lldp': 0x88cc, 'probe': 0x88b5, 'arp_address': 0x0806, 'arp_mac': 0x0806, 'arp_flood': 0x0806}


class HostileFrames(unittest.TestCase):
    def setUp(self):
        self.frames = hostile.Frames('02:00:00:00:00:02', '10.1.0.2', '02:00:00:00:00:03', '10.2.0.1', [17, 18, 19])

    def test_every_kind_is_of_its_type_and_from_the_senders_nic(self):
        self.assertEqual(set(ETHER_TYPES), set(hostile.KINDS))
        for kind, ether_type in ETHER_TYPES.items():
            for _ in range(20):
                frame = self.frames.build(kind)
                self.assertGreaterEqual(len(frame), 60, kind)
                self.assertEqual((MAC, ether_type), (frame[6:12], struct.unpack('!H', frame[12:14])[0]), kind)

    def test_ip_headers_are_right_but_for_the_source(self):
        for kind in ('cross_tenant', 'spoofed_source'):
            frame = self.frames.build(kind)
            self.assertEqual(0, hostile.checksum(frame[14:34]), kind)
            self.assertEqual(kind == 'cross_tenant', frame[26:30] == bytes([10, 1, 0, 2]), kind)

    def test_labels_lead_down_to_the_victim(self):
        frame = self.frames.build('labels')
        stack = struct.unpack('!3I', frame[14:26])
        self.assertEqual([(17, 0), (18, 0), (19, 1)], [(l >> 12, l >> 8 & 1) for l in stack])
        self.assertEqual([1, 2, 4], topologies.parse('leafspine,hosts=2,tenants=2').way('h1-2', 'h2-2'))

    def test_arp_lies_where_it_says(self):
        for kind, mac, address in (('arp_address', MAC, '0a020001'), ('arp_mac', VICTIM_MAC, '0a010002'),
                                   ('arp_flood', MAC, '0a010002')):
            frame = self.frames.build(kind)
            self.assertEqual((mac, address), (frame[22:28], frame[28:32].hex()), kind)

    def test_hosts_are_given_to_tenants_in_turn(self):
        tenants = {n.name: n.tenant for n in topologies.parse('leafspine,hosts=3,tenants=2').nics}
        self.assertEqual(('blue', 'red', 'blue'), tuple(tenants[f'h1-{i}'] for i in (1, 2, 3)))


if __name__ == '__main__':
    unittest.main()
