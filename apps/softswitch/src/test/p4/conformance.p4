// Everything that P4Runtime speaks of and myelin.p4 has not. Compiled by
//   p4c --target bmv2 --arch v1model --std p4-16 \
//       --p4runtime-files conformance.p4info.txt conformance.p4
// into src/test/resources/p4rt.
#include <core.p4>
#include <v1model.p4>

@controller_header("packet_in")
header packet_in_t {
    bit<9> ingress_port;
    bit<7> reason;
}

@controller_header("packet_out")
header packet_out_t {
    bit<9> egress_port;
    bit<7> pad;
}

header ethernet_t {
    bit<48> dst;
    bit<48> src;
    bit<16> type;
}

struct headers_t {
    packet_out_t packet_out;
    packet_in_t packet_in;
    ethernet_t ethernet;
}

struct metadata_t {
    bit<12> tag;
    bit<2> colour;
}

struct learn_t {
    bit<48> src;
    bit<9> port;
}

parser P(packet_in p, out headers_t h, inout metadata_t m, inout standard_metadata_t s) {
    value_set<bit<16>>(4) known_types;
    state start {
        transition select(s.ingress_port) {
            255: from_cpu;
            default: ethernet;
        }
    }
    state from_cpu {
        p.extract(h.packet_out);
        transition ethernet;
    }
    state ethernet {
        p.extract(h.ethernet);
        transition select(h.ethernet.type) {
            known_types: known;
            default: accept;
        }
    }
    state known {
        m.tag = 1;
        transition accept;
    }
}

control V(inout headers_t h, inout metadata_t m) {
    apply {}
}

control C(inout headers_t h, inout metadata_t m, inout standard_metadata_t s) {
    action drop() {
        mark_to_drop(s);
    }
    action out_of(bit<9> port) {
        s.egress_spec = port;
    }
    action tag(bit<12> value) {
        m.tag = value;
    }

    register<bit<20>>(8) last_tag;
    meter(16, MeterType.packets) port_meter;
    counter(16, CounterType.packets_and_bytes) port_counter;
    direct_counter(CounterType.packets_and_bytes) acl_counter;
    direct_meter<bit<2>>(MeterType.bytes) acl_meter;

    table acl {
        key = {
            h.ethernet.src: ternary;
            h.ethernet.type: range;
            s.ingress_port: optional;
            h.ethernet.dst: exact;
        }
        actions = {
            drop;
            out_of;
            @tableonly tag;
            @defaultonly NoAction;
        }
        default_action = NoAction();
        counters = acl_counter;
        meters = acl_meter;
        size = 64;
    }
    table ages {
        key = {
            h.ethernet.src: exact;
        }
        actions = {
            NoAction;
            tag;
        }
        support_timeout = true;
        default_action = tag(7);
        size = 1024;
    }
    table fixed {
        key = {
            h.ethernet.type: ternary;
        }
        actions = {
            tag;
            NoAction;
        }
        const entries = {
            0x0800 &&& 0xffff: tag(8);
            0x86dd &&& 0xffff: tag(6);
        }
        const default_action = NoAction();
    }
    table seeded {
        key = {
            h.ethernet.type: exact;
        }
        actions = {
            tag;
            NoAction;
        }
        size = 8;
        default_action = NoAction();
        entries = {
            const 0x0001: tag(1);
            0x0002: tag(2);
        }
    }
    table routes {
        key = {
            h.ethernet.dst: lpm;
        }
        actions = {
            out_of;
            drop;
            NoAction;
        }
        size = 16;
        default_action = NoAction();
    }

    @max_group_size(4)
    action_selector(HashAlgorithm.crc16, 12, 16) spread;
    table spread_routes {
        key = {
            h.ethernet.dst: exact;
            h.ethernet.src: selector;
        }
        actions = {
            out_of;
            drop;
        }
        implementation = spread;
        size = 64;
    }

    action_profile(3) shared;
    table profiled {
        key = {
            m.tag: exact;
        }
        actions = {
            out_of;
        }
        implementation = shared;
        size = 8;
    }

    apply {
        if (h.packet_out.isValid()) {
            s.egress_spec = h.packet_out.egress_port;
            h.packet_out.setInvalid();
            exit;
        }
        port_counter.count((bit<32>)s.ingress_port & 15);
        port_meter.execute_meter((bit<32>)s.ingress_port & 15, m.colour);
        acl.apply();
        acl_meter.read(m.colour);
        if (!ages.apply().hit) {
            digest<learn_t>(1, {h.ethernet.src, s.ingress_port});
        }
        fixed.apply();
        seeded.apply();
        last_tag.write(0, (bit<20>)m.tag);
        routes.apply();
        spread_routes.apply();
        profiled.apply();
        if (s.egress_spec == 255) {
            h.packet_in.setValid();
            h.packet_in.ingress_port = s.ingress_port;
            h.packet_in.reason = 3;
        }
    }
}

control E(inout headers_t h, inout metadata_t m, inout standard_metadata_t s) {
    apply {}
}

control K(inout headers_t h, inout metadata_t m) {
    apply {}
}

control D(packet_out p, in headers_t h) {
    apply {
        p.emit(h.packet_in);
        p.emit(h.ethernet);
    }
}

V1Switch(P(), V(), C(), E(), K(), D()) main;
