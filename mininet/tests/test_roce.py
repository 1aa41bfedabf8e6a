"""RoCEv2: PSNs, the ICRC, go-back-N and DCQCN, without sockets and without a clock."""
import random
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from myelin_lab.roce import psn, report, wire  # noqa: E402
from myelin_lab.roce.dcqcn import Dcqcn, Parameters  # noqa: E402
from myelin_lab.roce.requester import Requester  # noqa: E402
from myelin_lab.roce.responder import Responder  # noqa: E402

MS = 1_000_000

# A CNP as a ConnectX-4 Lx sent it (the IPv4 packet), from the tests of Scapy's RoCE layer.
CNP_OF_A_NIC = bytes.fromhex('45c2003c718c4000401191610a0011010a001201' '000012b700280000'
                             '8100ffff4000011800000000' + '00' * 16 + '82fd002a')


class Psns(unittest.TestCase):
    def test_the_nearest_number_with_these_bits(self):
        for near in (0, 5, psn.MASK - 2, psn.MASK + 1, 7 * 2**24 + 3):
            for ahead in (-5, -1, 0, 1, 1000, 2**23 - 1):
                if near + ahead >= 0:
                    self.assertEqual(near + ahead, psn.unwrap((near + ahead) & psn.MASK, near))

    def test_half_the_space_ahead_is_behind(self):
        self.assertEqual(2**24 - 2**23, psn.unwrap(2**23, 2**24))


class Wire(unittest.TestCase):
    def setUp(self):
        self.builder = wire.Builder('10.1.0.1', 17, '10.2.0.1', 18)

    def test_icrc_of_a_captured_packet(self):
        self.assertEqual('82fd002a', wire.icrc(CNP_OF_A_NIC).hex())
        parsed = wire.parse(CNP_OF_A_NIC)
        self.assertEqual(('10.0.17.1', wire.CNP, 0x118), (parsed.source, parsed.opcode, parsed.qp))

    def test_a_cnp_is_built_as_that_nic_builds_it(self):
        packet = wire.Builder('10.0.17.1', 1, '10.0.18.1', 0x118).cnp()
        self.assertEqual(CNP_OF_A_NIC[28:-4], packet[28:-4])

    def test_icrc_covers_all_but_what_routers_change(self):
        packet = self.builder.data(wire.WRITE_ONLY, 5, True, 64, 64, 0, 0)
        variant = {1, 8, 10, 11, 26, 27, 32}  # TOS, TTL, IP checksum, UDP checksum, resv8a
        for at in range(len(packet) - 4):
            changed = bytearray(packet)
            changed[at] ^= 0x10
            self.assertEqual(at in variant, wire.icrc(bytes(changed)) == packet[-4:], at)

    def test_data_comes_back_as_it_was_built(self):
        packet = self.builder.data(wire.WRITE_FIRST, 0xfffffe, True, 3001, 1021, 77, 12345)
        p = wire.parse(packet)
        self.assertEqual(('10.1.0.1', wire.WRITE_FIRST, 18, 0xfffffe, True, 1021, 77, 12345),
                         (p.source, p.opcode, p.qp, p.psn, p.ack_request, p.payload, p.transmission, p.sent_ns))
        self.assertFalse(p.marked)
        marked = bytearray(packet)
        marked[1] |= 3
        self.assertTrue(wire.parse(bytes(marked)).marked)

    def test_a_broken_packet_is_refused(self):
        packet = bytearray(self.builder.acknowledge(wire.SYNDROME_ACK, 7, 1))
        self.assertEqual(7, wire.parse(bytes(packet)).psn)
        packet[-6] ^= 1
        with self.assertRaises(ValueError):
            wire.parse(bytes(packet))

    def test_other_packets_are_not_ours(self):
        self.assertIsNone(wire.parse(b'\x45' + bytes(60)))
        self.assertIsNone(wire.parse(b''))

    def test_identifications_are_never_zero(self):
        self.builder.identification = 0xfffe
        for expected in (0xffff, 1):
            self.assertEqual(expected, int.from_bytes(self.builder.cnp()[4:6], 'big'))


class Transfers(unittest.TestCase):
    """A requester and a responder with a channel of 1 ms between them that loses and overtakes."""

    def transfer(self, loss, seed=1, messages=20, size=10_000, first_psn=0xfffff0, overtake=0.0):
        rng = random.Random(seed)
        requester = Requester(Dcqcn(10_000_000, Parameters.scaled(10_000_000, 200)), window=32,
                              timeout_ns=50 * MS, first_psn=first_psn)
        responder = Responder(first_psn, 10 * MS)
        builder, back = wire.Builder('1.0.0.1', 2, '1.0.0.2', 2), wire.Builder('1.0.0.2', 2, '1.0.0.1', 2)
        for _ in range(messages):
            requester.post(size, 1)
        now, transmissions, forward, backward = 1, 0, [], []
        while requester.messages and now < 60_000 * MS:
            now += MS // 10
            requester.expire(now)
            at = requester.send_at()
            if at is not None and at <= now:
                opcode, number, ack, total, payload = requester.take(now)
                packet = builder.data(opcode, number, ack, total, payload, transmissions, now)
                transmissions += 1
                if rng.random() >= loss:
                    forward.append((now + MS + (5 * MS if rng.random() < overtake else 0), packet))
            forward.sort(key=lambda f: f[0])
            while forward and forward[0][0] <= now:
                for kind, *details in responder.receive(wire.parse(forward.pop(0)[1]), now):
                    if rng.random() >= loss:
                        syndrome = wire.SYNDROME_ACK if kind == 'ack' else wire.SYNDROME_NAK_SEQUENCE
                        backward.append((now + MS, back.acknowledge(syndrome, *details)))
            while backward and backward[0][0] <= now:
                p = wire.parse(backward.pop(0)[1])
                requester.acknowledged(p.psn, p.syndrome, now)
        return requester, responder

    def test_without_loss(self):
        requester, responder = self.transfer(0)
        self.assertEqual((20, 0, 0), (requester.counters.completed, requester.counters.retransmits,
                                      responder.counters.out_of_order))
        self.assertEqual(200_000, responder.counters.goodput_bytes)
        self.assertEqual(200, requester.counters.sent)

    def test_everything_arrives_once_whatever_is_lost(self):
        for seed in range(20):
            requester, responder = self.transfer(0.1, seed)
            self.assertEqual((20, 20, 200_000), (
                requester.counters.completed, responder.counters.messages,
                responder.counters.goodput_bytes), f'seed {seed}')
            self.assertEqual(0, responder.counters.reordered, f'seed {seed}')
            self.assertGreater(requester.counters.retransmits, 0, f'seed {seed}')

    def test_overtaking_is_told_from_loss(self):
        requester, responder = self.transfer(0, overtake=0.02)
        self.assertGreater(responder.counters.reordered, 0)
        self.assertGreater(requester.counters.naks_received, 0)
        self.assertEqual(20, responder.counters.messages)
        self.assertLessEqual(responder.missing(), 1)

    def test_a_gap_is_reported_once(self):
        responder = Responder(0, 0)
        builder = wire.Builder('1.0.0.1', 2, '1.0.0.2', 2)
        answers = [responder.receive(wire.parse(builder.data(wire.WRITE_MIDDLE, n, False, 9, 64, n, 0)), n + 1)
                   for n in (0, 2, 3, 4)]
        self.assertEqual([[], [('nak', 1, 0)], [], []], answers)
        self.assertEqual((3, 1), (responder.counters.out_of_order, responder.missing()))

    def test_at_most_one_cnp_an_interval(self):
        responder = Responder(0, 10 * MS)
        builder = wire.Builder('1.0.0.1', 2, '1.0.0.2', 2)
        for n in range(100):  # one a millisecond
            packet = bytearray(builder.data(wire.WRITE_MIDDLE, n, False, 9, 64, n, 0))
            packet[1] |= 3
            responder.receive(wire.parse(bytes(packet)), (n + 1) * MS)
        self.assertEqual((100, 10), (responder.counters.ce_marks, responder.counters.cnps_sent))

    def test_timeouts_double_and_stay(self):
        requester = Requester(Dcqcn(10**7, Parameters()), timeout_ns=MS)
        requester.post(64, 1)
        now, gaps = 1, []
        for _ in range(9):
            requester.take(now)
            gaps.append((requester.deadline() - now) // MS)
            now = requester.deadline()
            requester.expire(now)
        self.assertEqual([1, 2, 4, 8, 16, 32, 64, 64, 64], gaps)


class Dcqcns(unittest.TestCase):
    P = Parameters.scaled(10_000_000, 100)

    def test_the_papers_parameters_at_the_papers_rate(self):
        self.assertEqual(Parameters(), Parameters.scaled(40_000_000_000, 1))

    def test_a_cnp_cuts_by_half_of_alpha(self):
        d = Dcqcn(10_000_000, self.P)
        d.cnp(0)
        self.assertEqual((5_000_000, 10_000_000), (d.current_bps, d.target_bps))
        self.assertEqual(1.0, d.alpha)  # (1 - g) * 1 + g
        d.cnp(1)
        self.assertEqual((2_500_000, 5_000_000), (d.current_bps, d.target_bps))

    def test_alpha_decays_without_cnps(self):
        d = Dcqcn(10_000_000, self.P)
        d.cnp(0)
        d.advance(10 * self.P.alpha_timer_ns)
        self.assertAlmostEqual((255 / 256) ** 10, d.alpha)

    def test_fast_recovery_halves_the_distance_four_times_then_adds(self):
        d = Dcqcn(10_000_000, self.P)
        d.cnp(0)
        d.cnp(0)
        d.advance(4 * self.P.increase_timer_ns)
        self.assertAlmostEqual(5_000_000 - 2_500_000 / 16, d.current_bps)
        self.assertEqual(5_000_000, d.target_bps)
        d.advance(5 * self.P.increase_timer_ns)
        self.assertEqual(5_000_000 + self.P.additive_bps, d.target_bps)

    def test_both_counters_beyond_f_increase_fast(self):
        d = Dcqcn(10_000_000, self.P)
        for _ in range(6):
            d.cnp(0)
        d.advance(6 * self.P.increase_timer_ns)
        before = d.target_bps
        for _ in range(5):
            d.sent(self.P.byte_counter)
        self.assertAlmostEqual(before + 5 * self.P.additive_bps, d.target_bps)
        d.sent(self.P.byte_counter)
        self.assertAlmostEqual(before + 5 * self.P.additive_bps + self.P.hyper_bps, d.target_bps)

    def test_rates_stay_between_their_bounds(self):
        rng = random.Random(3)
        d = Dcqcn(10_000_000, self.P)
        now = 0
        for _ in range(5000):
            now += rng.randrange(20 * MS)
            d.cnp(now) if rng.random() < 0.5 else d.advance(now)
            d.sent(1500)
            self.assertTrue(self.P.least_bps <= d.current_bps <= 10_000_000, 'seed 3')
            self.assertTrue(0 <= d.alpha <= 1, 'seed 3')

    def test_it_recovers_to_line_rate(self):
        d = Dcqcn(10_000_000, self.P)
        d.cnp(0)
        d.advance(4000 * self.P.increase_timer_ns)
        self.assertAlmostEqual(10_000_000, d.current_bps, delta=10_000)


class Reports(unittest.TestCase):
    def test_percentiles(self):
        self.assertEqual((50, 99, 100), tuple(report.percentile(range(1, 101), s) for s in (.5, .99, 1.0)))
        self.assertEqual((0.0, 7), (report.percentile([], .5), report.percentile([7], .99)))


if __name__ == '__main__':
    unittest.main()
