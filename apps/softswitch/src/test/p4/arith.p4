// Arithmetic at odd widths: operands in, results out.
#include "base.h"

header operands_t {
    bit<7> a7;    bit<7> b7;
    int<13> a13;  int<13> b13;
    bit<65> a65;  bit<65> b65;
    int<70> a70;  int<70> b70;
    bit<128> a128; bit<128> b128;
    bit<64> a64;  bit<64> b64;
    bit<8> shift;
    bit<2> pad;
}

header results_t {
    bit<7> add7;   bit<7> sub7;   bit<7> mul7;   bit<7> sadd7;  bit<7> ssub7;
    int<13> add13; int<13> neg13; int<13> sadd13; int<13> ssub13; int<13> shr13;
    bit<65> add65; bit<65> sub65; bit<65> mul65; bit<65> shl65; bit<65> shr65; bit<65> ssub65;
    int<70> mul70; int<70> sadd70; int<70> shr70;
    bit<128> add128; bit<128> xor128; bit<128> mul128; bit<128> not128;
    bit<64> max64; bit<64> shr64;
    bit<20> concat20;
    bit<9> slice9;
    bit<1> lt7; bit<1> lt13; bit<1> lt70; bit<1> ge128; bit<1> gt64;
    int<70> widened; bit<13> narrowed;
    bit<7> pad;
}

struct headers_t { operands_t in_; results_t out_; }
struct meta_t { }

parser P(packet_in packet, out headers_t hdr, inout meta_t meta,
         inout standard_metadata_t standard_metadata) {
    state start {
        packet.extract(hdr.in_);
        transition accept;
    }
}

control I(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t standard_metadata) {
    apply {
        hdr.out_.setValid();
        hdr.out_.add7 = hdr.in_.a7 + hdr.in_.b7;
        hdr.out_.sub7 = hdr.in_.a7 - hdr.in_.b7;
        hdr.out_.mul7 = hdr.in_.a7 * hdr.in_.b7;
        hdr.out_.sadd7 = hdr.in_.a7 |+| hdr.in_.b7;
        hdr.out_.ssub7 = hdr.in_.a7 |-| hdr.in_.b7;
        hdr.out_.add13 = hdr.in_.a13 + hdr.in_.b13;
        hdr.out_.neg13 = -hdr.in_.a13;
        hdr.out_.sadd13 = hdr.in_.a13 |+| hdr.in_.b13;
        hdr.out_.ssub13 = hdr.in_.a13 |-| hdr.in_.b13;
        hdr.out_.shr13 = hdr.in_.a13 >> hdr.in_.shift;
        hdr.out_.add65 = hdr.in_.a65 + hdr.in_.b65;
        hdr.out_.sub65 = hdr.in_.a65 - hdr.in_.b65;
        hdr.out_.mul65 = hdr.in_.a65 * hdr.in_.b65;
        hdr.out_.shl65 = hdr.in_.a65 << hdr.in_.shift;
        hdr.out_.shr65 = hdr.in_.a65 >> hdr.in_.shift;
        hdr.out_.ssub65 = hdr.in_.a65 |-| hdr.in_.b65;
        hdr.out_.mul70 = hdr.in_.a70 * hdr.in_.b70;
        hdr.out_.sadd70 = hdr.in_.a70 |+| hdr.in_.b70;
        hdr.out_.shr70 = hdr.in_.a70 >> hdr.in_.shift;
        hdr.out_.add128 = hdr.in_.a128 + hdr.in_.b128;
        hdr.out_.xor128 = hdr.in_.a128 ^ hdr.in_.b128;
        hdr.out_.mul128 = hdr.in_.a128 * hdr.in_.b128;
        hdr.out_.not128 = ~hdr.in_.a128;
        hdr.out_.max64 = hdr.in_.a64 > hdr.in_.b64 ? hdr.in_.a64 : hdr.in_.b64;
        hdr.out_.shr64 = hdr.in_.a64 >> hdr.in_.shift;
        hdr.out_.concat20 = hdr.in_.a7 ++ (bit<13>)hdr.in_.b13;
        hdr.out_.slice9 = hdr.in_.a65[64:56];
        hdr.out_.lt7 = (bit<1>)(hdr.in_.a7 < hdr.in_.b7);
        hdr.out_.lt13 = (bit<1>)(hdr.in_.a13 < hdr.in_.b13);
        hdr.out_.lt70 = (bit<1>)(hdr.in_.a70 < hdr.in_.b70);
        hdr.out_.ge128 = (bit<1>)(hdr.in_.a128 >= hdr.in_.b128);
        hdr.out_.gt64 = (bit<1>)(hdr.in_.a64 > hdr.in_.b64);
        hdr.out_.widened = (int<70>)hdr.in_.a13;
        hdr.out_.narrowed = (bit<13>)(bit<65>)hdr.in_.a65;
        standard_metadata.egress_spec = 1;
    }
}

NO_CHECKSUM(V)
NO_CHECKSUM(C)
NO_EGRESS(E)

control D(packet_out packet, in headers_t hdr) {
    apply { packet.emit(hdr.out_); }
}

V1Switch(P(), V(), I(), E(), C(), D()) main;
