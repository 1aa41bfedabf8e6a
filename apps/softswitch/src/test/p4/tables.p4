// One table per match kind and feature; the first byte of the packet selects the table, actions
// write a number into the packet.
#include "base.h"

header key_t {
    bit<8> table_;
    bit<8> a;
    bit<16> b;
    bit<32> c;
    bit<128> d;
    bit<16> result;
    bit<8> after;
}

struct headers_t { key_t key; }
struct meta_t { }

parser P(packet_in packet, out headers_t hdr, inout meta_t meta,
         inout standard_metadata_t standard_metadata) {
    state start { packet.extract(hdr.key); transition accept; }
}

control I(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t standard_metadata) {
    @name("set") action set(bit<16> value) { hdr.key.result = value; }
    @name("twice") action twice(bit<16> value) { hdr.key.result = 2 * value; }
    @name("quit") action quit() { hdr.key.result = 0xdead; exit; }

    @name("exact_t") table exact_t {
        key = { hdr.key.a: exact @name("a"); hdr.key.d: exact @name("d"); }
        actions = { set; twice; @defaultonly NoAction; }
        default_action = set(0xffff);
        size = 4;
    }
    @name("lpm_t") table lpm_t {
        key = { hdr.key.a: exact @name("a"); hdr.key.c: lpm @name("c"); }
        actions = { set; }
        default_action = set(0xffff);
        size = 64;
    }
    @name("ternary_t") table ternary_t {
        key = {
            hdr.key.a: ternary @name("a");
            hdr.key.d: ternary @name("d");
            hdr.key.c: lpm @name("c");
        }
        actions = { set; twice; }
        default_action = set(0xffff);
        size = 100000;
    }
    @name("range_t") table range_t {
        key = {
            hdr.key.b: range @name("b");
            hdr.key.a: optional @name("a");
        }
        actions = { set; }
        default_action = set(0xffff);
        size = 1024;
    }
    @name("const_t") table const_t {
        key = { hdr.key.a: exact; hdr.key.b: ternary; }
        actions = { set; twice; }
        const default_action = set(9);
        const entries = {
            (1, 0x1000 &&& 0xf000): set(100);
            (1, 0x1200 &&& 0xff00): set(101);
            (1, _): twice(102);
            (2, 0x0005): set(103);
        }
    }
    @name("range_const_t") table range_const_t {
        key = { hdr.key.b: range; hdr.key.c: lpm; }
        actions = { set; }
        default_action = set(9);
        const entries = {
            (10..20, 0x0a000000 &&& 0xff000000): set(1);
            (15..30, _): set(2);
        }
    }
    @name("profile") action_profile(8) profile;
    @name("profile_t") table profile_t {
        key = { hdr.key.a: exact @name("a"); }
        actions = { set; twice; }
        implementation = profile;
        size = 8;
    }
    @name("selector") action_selector(HashAlgorithm.identity, 16, 8) spread;
    @name("selector_t") table selector_t {
        key = { hdr.key.a: exact @name("a"); hdr.key.b: selector; }
        actions = { set; quit; }
        implementation = spread;
        size = 8;
    }
    @name("switch_t") table switch_t {
        key = { hdr.key.a: exact @name("a"); }
        actions = { set; twice; quit; @defaultonly NoAction; }
        default_action = NoAction;
    }

    apply {
        standard_metadata.egress_spec = 1;
        if (hdr.key.table_ == 1) { exact_t.apply(); }
        if (hdr.key.table_ == 2) {
            if (lpm_t.apply().hit) { hdr.key.after = 1; } else { hdr.key.after = 2; }
        }
        if (hdr.key.table_ == 3) { ternary_t.apply(); }
        if (hdr.key.table_ == 4) { range_t.apply(); }
        if (hdr.key.table_ == 5) { const_t.apply(); }
        if (hdr.key.table_ == 6) { profile_t.apply(); }
        if (hdr.key.table_ == 7) { selector_t.apply(); }
        if (hdr.key.table_ == 8) {
            switch (switch_t.apply().action_run) {
                set: { hdr.key.after = 3; }
                twice: { hdr.key.after = 4; }
                quit: { hdr.key.after = 5; }
                default: { hdr.key.after = 6; }
            }
        }
        if (hdr.key.table_ == 9) { range_const_t.apply(); }
        hdr.key.table_ = 0;
    }
}

NO_CHECKSUM(V)
NO_CHECKSUM(C)
NO_EGRESS(E)

control D(packet_out packet, in headers_t hdr) { apply { packet.emit(hdr.key); } }

V1Switch(P(), V(), I(), E(), C(), D()) main;
