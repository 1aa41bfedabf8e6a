// Headers of the Myelin data plane, and the constants that name their values.
#ifndef MYELIN_HEADERS_P4
#define MYELIN_HEADERS_P4

const bit<9> CPU_PORT = 255;

const bit<16> ETHERTYPE_IPV4 = 0x0800;
const bit<16> ETHERTYPE_IPV6 = 0x86DD;
const bit<16> ETHERTYPE_MPLS = 0x8847;

const bit<8> PROTO_TCP = 6;
const bit<8> PROTO_UDP = 17;
const bit<8> PROTO_ICMPV6 = 58;

// RoCEv2, Annex A17 of the InfiniBand specification.
const bit<16> UDP_PORT_ROCEV2 = 4791;

// BTH opcodes: reliable connection ACKNOWLEDGE (ACK and NAK), congestion notification.
const bit<8> BTH_ACKNOWLEDGE = 0x11;
const bit<8> BTH_CNP = 0x81;

// Strict priority queues: the highest is served first (BMv2: --priority-queues 8).
const bit<3> PRIORITY_CONTROL = 7;

// ::ffff:0:0/96, RFC 4291 §2.5.5.2: tables see IPv4 addresses as IPv4-mapped IPv6 ones.
const bit<128> IPV4_MAPPED = 0x00000000000000000000ffff00000000;

#define MAX_LABELS 6

@controller_header("packet_out")
header packet_out_t {
    bit<9> egress_port;  // CPU_PORT returns the packet at once: an echo of the control channel
    bit<7> _pad;
}

@controller_header("packet_in")
header packet_in_t {
    bit<9>  ingress_port;
    bit<7>  reason;      // PUNT_*
    bit<48> timestamp;   // ingress, microseconds since the switch started
}

header ethernet_t {
    bit<48> dst_addr;
    bit<48> src_addr;
    bit<16> ether_type;
}

header mpls_t {
    bit<20> label;
    bit<3>  tc;
    bit<1>  bos;
    bit<8>  ttl;
}

header ipv4_t {
    bit<4>  version;
    bit<4>  ihl;
    bit<6>  dscp;
    bit<2>  ecn;
    bit<16> total_len;
    bit<16> identification;
    bit<3>  flags;
    bit<13> frag_offset;
    bit<8>  ttl;
    bit<8>  protocol;
    bit<16> hdr_checksum;
    bit<32> src_addr;
    bit<32> dst_addr;
}

header ipv6_t {
    bit<4>   version;
    bit<6>   dscp;
    bit<2>   ecn;
    bit<20>  flow_label;
    bit<16>  payload_len;
    bit<8>   next_header;
    bit<8>   hop_limit;
    bit<128> src_addr;
    bit<128> dst_addr;
}

// The first four bytes of TCP and UDP alike.
header ports_t {
    bit<16> src_port;
    bit<16> dst_port;
}

header udp_rest_t {
    bit<16> length;
    bit<16> checksum;
}

// InfiniBand base transport header.
header bth_t {
    bit<8>  opcode;
    bit<1>  se;
    bit<1>  migreq;
    bit<2>  pad_count;
    bit<4>  transport_version;
    bit<16> partition_key;
    bit<1>  fecn;
    bit<1>  becn;
    bit<6>  reserved;
    bit<24> dest_qp;
    bit<1>  ack_request;
    bit<7>  reserved2;
    bit<24> psn;
}

header icmpv6_t {
    bit<8>  type;
    bit<8>  code;
    bit<16> checksum;
}

struct headers_t {
    packet_out_t       packet_out;
    packet_in_t        packet_in;
    ethernet_t         ethernet;
    mpls_t[MAX_LABELS] mpls;
    ipv4_t             ipv4;
    ipv6_t             ipv6;
    ports_t            ports;
    udp_rest_t         udp_rest;
    bth_t              bth;
    icmpv6_t           icmpv6;
}

// Where a packet entered the fabric.
const bit<2> ROLE_UNKNOWN = 0;
const bit<2> ROLE_HOST = 1;
const bit<2> ROLE_FABRIC = 2;

// Why a packet was dropped: index of drop_counter.
const bit<8> DROP_PARSER = 1;        // malformed, or more than MAX_LABELS labels
const bit<8> DROP_CHECKSUM = 2;      // IPv4 header checksum
const bit<8> DROP_UNKNOWN_SOURCE = 3;// port and source address of no tenant
const bit<8> DROP_ISOLATION = 4;     // tenant may not reach this endpoint
const bit<8> DROP_LABEL = 5;         // no such adjacency
const bit<8> DROP_TTL = 6;
const bit<8> DROP_NO_ROUTE = 7;
const bit<8> DROP_METER = 8;         // above the bandwidth bought
const bit<8> DROP_POLICY = 9;        // punt table said drop
const bit<8> DROP_HOST_LABELS = 10;  // a host sent MPLS
const bit<8> DROP_PROTOCOL = 11;     // neither MPLS nor IP, and not punted

// Copies of header fields are here so that tables never read a header that was not parsed.
struct metadata_t {
    bit<2>   port_role;
    bit<16>  tenant;
    bit<16>  dst_tenant;
    bit<128> src_addr;
    bit<128> dst_addr;
    bit<8>   ip_protocol;
    bit<8>   icmpv6_type;
    bit<16>  src_port;
    bit<16>  dst_port;
    bit<24>  dest_qp;
    bit<32>  hash_seed;
    bit<32>  flow_hash;
    bit<7>   punt_reason;
    bit<8>   drop_reason;
    bit<1>   forwarded;
    bit<2>   color;
}

#endif
