// State and computation: registers, counters, meters, hashes, random, checksums, digest, truncate.
#include "base.h"

header cmd_t {
    bit<8> op;
    bit<32> index;
    bit<64> value;
    bit<64> result;
}

header sum_t {
    bit<16> checksum;
    bit<16> word;
}

struct headers_t { cmd_t cmd; sum_t sum; }
struct meta_t { bit<8> color; bit<2> direct_color; bit<8> sum_ok; }
struct learned_t { bit<32> index; bit<64> value; bit<9> port; }

parser P(packet_in packet, out headers_t hdr, inout meta_t meta,
         inout standard_metadata_t standard_metadata) {
    state start {
        packet.extract(hdr.cmd);
        transition select(hdr.cmd.op) {
            0x40: sum;
            0x41: sum;
            default: accept;
        }
    }
    state sum { packet.extract(hdr.sum); transition accept; }
}

control V(inout headers_t hdr, inout meta_t meta) {
    apply {
        verify_checksum_with_payload(hdr.cmd.op == 0x40, { hdr.sum.word }, hdr.sum.checksum,
                                     HashAlgorithm.csum16);
    }
}

control I(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t standard_metadata) {
    @name("cells") register<bit<48>>(8) cells;
    @name("wide_cells") register<bit<128>>(4) wide_cells;
    @name("hits") counter(4, CounterType.packets_and_bytes) hits;
    @name("policer") meter(4, MeterType.packets) policer;
    @name("byte_policer") meter(4, MeterType.bytes) byte_policer;
    @name("row_counter") direct_counter(CounterType.packets_and_bytes) row_counter;
    @name("row_meter") direct_meter<bit<2>>(MeterType.packets) row_meter;

    @name("measured") action measured() {
        row_counter.count();
        row_meter.read(meta.direct_color);
    }
    @name("rows") table rows {
        key = { hdr.cmd.index: exact @name("index"); }
        actions = { measured; @defaultonly NoAction; }
        default_action = NoAction;
        counters = row_counter;
        meters = row_meter;
        size = 16;
    }

    apply {
        standard_metadata.egress_spec = 1;
        bit<48> cell = 0;
        bit<128> wide = 0;
        bit<64> hashed = 0;
        bit<32> r = 0;
        if (hdr.cmd.op == 1) { cells.write(hdr.cmd.index, (bit<48>)hdr.cmd.value); }
        if (hdr.cmd.op == 2) { cells.read(cell, hdr.cmd.index); hdr.cmd.result = (bit<64>)cell; }
        if (hdr.cmd.op == 3) { hits.count(hdr.cmd.index); }
        if (hdr.cmd.op == 4) {
            policer.execute_meter(hdr.cmd.index, meta.color);
            hdr.cmd.result = (bit<64>)meta.color;
        }
        if (hdr.cmd.op == 5) {
            byte_policer.execute_meter(hdr.cmd.index, meta.color);
            hdr.cmd.result = (bit<64>)meta.color;
        }
        if (hdr.cmd.op == 6) {
            rows.apply();
            hdr.cmd.result = (bit<64>)meta.direct_color;
        }
        if (hdr.cmd.op == 7) {
            wide_cells.read(wide, hdr.cmd.index);
            wide = (wide << 64) | (bit<128>)hdr.cmd.value;
            wide_cells.write(hdr.cmd.index, wide);
        }
        // Hashes over the value, which holds the digits 12345678 or whatever the test wants.
        if (hdr.cmd.op == 0x10) {
            hash(hashed, HashAlgorithm.crc32, 64w0, { hdr.cmd.value, 8w0x39 }, 64w0x100000000);
            hdr.cmd.result = hashed;
        }
        if (hdr.cmd.op == 0x11) {
            hash(hashed, HashAlgorithm.crc16, 64w0, { hdr.cmd.value, 8w0x39 }, 64w0x10000);
            hdr.cmd.result = hashed;
        }
        if (hdr.cmd.op == 0x12) {
            hash(hashed, HashAlgorithm.csum16, 64w0, { hdr.cmd.value }, 64w0x10000);
            hdr.cmd.result = hashed;
        }
        if (hdr.cmd.op == 0x13) {
            hash(hashed, HashAlgorithm.identity, 64w0, { hdr.cmd.value }, 64w0xffffffffffffffff);
            hdr.cmd.result = hashed;
        }
        if (hdr.cmd.op == 0x14) {
            hash(hashed, HashAlgorithm.xor16, 64w0, { hdr.cmd.value, 8w0x39 }, 64w0x10000);
            hdr.cmd.result = hashed;
        }
        if (hdr.cmd.op == 0x15) {
            hash(hashed, HashAlgorithm.identity, 64w1000, { hdr.cmd.value }, 64w7);
            hdr.cmd.result = hashed;
        }
        if (hdr.cmd.op == 0x16) {
            random(r, 10, 13);
            hdr.cmd.result = (bit<64>)r;
        }
        if (hdr.cmd.op == 0x20) {
            digest<learned_t>(1, { hdr.cmd.index, hdr.cmd.value, standard_metadata.ingress_port });
        }
        if (hdr.cmd.op == 0x21) { truncate(hdr.cmd.index); }
        if (hdr.cmd.op == 0x22) { assert(hdr.cmd.index != 0); }
        if (hdr.cmd.op == 0x23) { log_msg("index {} value {}", { hdr.cmd.index, hdr.cmd.value }); }
        if (hdr.cmd.op == 0x40) { hdr.cmd.result = (bit<64>)standard_metadata.checksum_error; }
    }
}

NO_EGRESS(E)

control C(inout headers_t hdr, inout meta_t meta) {
    apply {
        update_checksum_with_payload(hdr.cmd.op == 0x41, { hdr.sum.word }, hdr.sum.checksum,
                                     HashAlgorithm.csum16);
    }
}

control D(packet_out packet, in headers_t hdr) {
    apply { packet.emit(hdr.cmd); packet.emit(hdr.sum); }
}

V1Switch(P(), V(), I(), E(), C(), D()) main;
