// What happens between and behind the pipelines: clones, recirculation, resubmission, multicast,
// priorities, queueing metadata. Egress notes in the packet how it came to be.
#include "base.h"

header cmd_t {
    bit<8> op;
    bit<8> arg;
    bit<8> note;
}

header trace_t {
    bit<8> instance_type;
    bit<16> rid;
    bit<8> kept;
    bit<8> lost;
    bit<16> length;
    bit<16> ingress_port;
    bit<16> egress_port;
    bit<32> enq_timestamp;
    bit<8> enq_qdepth;
    bit<32> deq_timedelta;
    bit<8> deq_qdepth;
}

struct headers_t { trace_t trace; cmd_t cmd; }

struct meta_t {
    @field_list(1) bit<8> kept;
    bit<8> lost;
}

parser P(packet_in packet, out headers_t hdr, inout meta_t meta,
         inout standard_metadata_t standard_metadata) {
    state start {
        transition select(standard_metadata.instance_type) {
            4: recirculated;
            default: fresh;
        }
    }
    state recirculated { packet.extract(hdr.trace); transition fresh; }
    state fresh { packet.extract(hdr.cmd); transition accept; }
}

control I(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t standard_metadata) {
    apply {
        standard_metadata.egress_spec = 1;
        if (standard_metadata.instance_type == 6) {
            hdr.cmd.note = hdr.cmd.note + meta.kept;
        } else if (standard_metadata.instance_type == 4) {
            hdr.trace.setInvalid();
            hdr.cmd.op = 0;
            hdr.cmd.note = hdr.cmd.note + 1;
        } else {
            meta.kept = 0x55;
            meta.lost = 0x66;
            if (hdr.cmd.op == 1) { clone_preserving_field_list(CloneType.I2E, (bit<32>)hdr.cmd.arg, 1); }
            if (hdr.cmd.op == 3) { resubmit_preserving_field_list(1); }
            if (hdr.cmd.op == 5) { standard_metadata.mcast_grp = (bit<16>)hdr.cmd.arg; }
            if (hdr.cmd.op == 6) { mark_to_drop(standard_metadata); }
            if (hdr.cmd.op == 7) { standard_metadata.priority = (bit<3>)hdr.cmd.arg; }
            if (hdr.cmd.op == 8) { exit; }
            if (hdr.cmd.op == 10) { standard_metadata.egress_spec = (bit<9>)hdr.cmd.arg; }
        }
        hdr.cmd.note = hdr.cmd.note + 0x10;
    }
}

control E(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t standard_metadata) {
    apply {
        hdr.trace.setValid();
        hdr.trace.instance_type = (bit<8>)standard_metadata.instance_type;
        hdr.trace.rid = standard_metadata.egress_rid;
        hdr.trace.kept = meta.kept;
        hdr.trace.lost = meta.lost;
        hdr.trace.length = (bit<16>)standard_metadata.packet_length;
        hdr.trace.ingress_port = (bit<16>)standard_metadata.ingress_port;
        hdr.trace.egress_port = (bit<16>)standard_metadata.egress_port;
        hdr.trace.enq_timestamp = standard_metadata.enq_timestamp;
        hdr.trace.enq_qdepth = (bit<8>)standard_metadata.enq_qdepth;
        hdr.trace.deq_timedelta = standard_metadata.deq_timedelta;
        hdr.trace.deq_qdepth = (bit<8>)standard_metadata.deq_qdepth;
        if (standard_metadata.instance_type == 0) {
            if (hdr.cmd.op == 2) {
                hdr.cmd.note = 0x77;
                clone_preserving_field_list(CloneType.E2E, (bit<32>)hdr.cmd.arg, 1);
            }
            if (hdr.cmd.op == 4) { recirculate_preserving_field_list(1); }
            if (hdr.cmd.op == 9) { mark_to_drop(standard_metadata); }
        }
    }
}

NO_CHECKSUM(V)
NO_CHECKSUM(C)

control D(packet_out packet, in headers_t hdr) {
    apply { packet.emit(hdr.trace); packet.emit(hdr.cmd); }
}

V1Switch(P(), V(), I(), E(), C(), D()) main;
