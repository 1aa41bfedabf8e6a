// What all test programs share: empty controls and the includes.
#include <core.p4>
#include <v1model.p4>

#define NO_CHECKSUM(name) \
    control name(inout headers_t hdr, inout meta_t meta) { apply { } }
#define NO_EGRESS(name) \
    control name(inout headers_t hdr, inout meta_t meta, \
                 inout standard_metadata_t standard_metadata) { apply { } }
