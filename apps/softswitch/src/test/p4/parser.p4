// Parser features. The packet says in its first byte which state to visit; ingress returns the
// packet through port 1 behind a report of the parser's verdict.
#include "base.h"

header kind_t { bit<8> kind; }
header tag_t { bit<4> id; bit<3> rest; bit<1> last; }
header var_t { bit<8> length; varbit<64> data; }
header short_t { bit<16> value; }
header long_t { bit<32> value; }
header report_t {
    bit<32> error_code;
    bit<8> peeked;
    bit<8> path;
}

header_union either_t {
    short_t narrow;
    long_t wide;
}

struct headers_t {
    report_t report;
    kind_t kind;
    tag_t[3] tags;
    var_t options;
    either_t either;
    either_t[2] list;
    short_t trailer;
}

struct meta_t { bit<8> path; bit<12> peeked; }

error { TooOdd }

parser P(packet_in packet, out headers_t hdr, inout meta_t meta,
         inout standard_metadata_t standard_metadata) {
    @name("blessed")
    value_set<bit<8>>(4) blessed;

    state start {
        packet.extract(hdr.kind);
        transition select(hdr.kind.kind) {
            1: tags;
            2: options;
            3: peek;
            4: check;
            5: jump;
            6: narrow;
            7: wide;
            8: list;
            blessed: by_value_set;
            0xa0 &&& 0xf0: masked;
            0x20..0x2f: ranged;
        }
    }
    state tags {
        packet.extract(hdr.tags.next);
        transition select(hdr.tags.last.last) {
            0: tags;
            1: accept;
        }
    }
    state options {
        bit<8> length = packet.lookahead<bit<8>>();
        packet.extract(hdr.options, (bit<32>)length * 8);
        transition accept;
    }
    state peek {
        meta.peeked = packet.lookahead<bit<12>>();
        transition accept;
    }
    state check {
        packet.extract(hdr.trailer);
        verify(hdr.trailer.value[0:0] == 0, error.TooOdd);
        meta.path = 4;
        transition accept;
    }
    state jump {
        packet.advance(16);
        packet.extract(hdr.trailer);
        transition accept;
    }
    state narrow {
        packet.extract(hdr.either.narrow);
        transition accept;
    }
    state wide {
        packet.extract(hdr.either.wide);
        transition accept;
    }
    state list {
        packet.extract(hdr.list.next.narrow);
        packet.extract(hdr.list.next.wide);
        transition accept;
    }
    state by_value_set { meta.path = 9; transition accept; }
    state masked { meta.path = 10; transition accept; }
    state ranged { meta.path = 11; transition accept; }
}

control I(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t standard_metadata) {
    apply {
        hdr.report.setValid();
        hdr.report.error_code = 0;
        if (standard_metadata.parser_error == error.NoError) { hdr.report.error_code = 1; }
        if (standard_metadata.parser_error == error.PacketTooShort) { hdr.report.error_code = 2; }
        if (standard_metadata.parser_error == error.StackOutOfBounds) { hdr.report.error_code = 3; }
        if (standard_metadata.parser_error == error.HeaderTooShort) { hdr.report.error_code = 4; }
        if (standard_metadata.parser_error == error.TooOdd) { hdr.report.error_code = 5; }
        if (standard_metadata.parser_error == error.NoMatch) { hdr.report.error_code = 6; }
        hdr.report.peeked = (bit<8>)(meta.peeked >> 4);
        hdr.report.path = meta.path;
        // A push, a pop and a direct index on the stack.
        if (hdr.kind.kind == 1 && hdr.tags[0].id == 0xf) {
            hdr.tags.push_front(1);
            hdr.tags[0].setValid();
            hdr.tags[0].id = 0xe;
        }
        if (hdr.kind.kind == 1 && hdr.tags[0].id == 0xd) {
            hdr.tags.pop_front(2);
        }
        if (hdr.either.wide.isValid()) {
            bit<32> v = hdr.either.wide.value;
            hdr.either.narrow.setValid();
            hdr.either.narrow.value = (bit<16>)v;
        }
        standard_metadata.egress_spec = 1;
    }
}

NO_CHECKSUM(V)
NO_CHECKSUM(C)
NO_EGRESS(E)

control D(packet_out packet, in headers_t hdr) {
    apply {
        packet.emit(hdr.report);
        packet.emit(hdr.kind);
        packet.emit(hdr.tags);
        packet.emit(hdr.options);
        packet.emit(hdr.either);
        packet.emit(hdr.list);
        packet.emit(hdr.trailer);
    }
}

V1Switch(P(), V(), I(), E(), C(), D()) main;
