// Headers of the Myelin data plane, and the constants that name their values.
#ifndef MYELIN_HEADERS_P4
#define MYELIN_HEADERS_P4

const bit<9> CPU_PORT = 255;

const bit<16> ETHERTYPE_IPV4 = 0x0800;
const bit<16> ETHERTYPE_ARP = 0x0806;
const bit<16> ETHERTYPE_IPV6 = 0x86DD;
const bit<16> ETHERTYPE_MPLS = 0x8847;
const bit<16> ETHERTYPE_PROBE = 0x88B5;  // IEEE 802 local experimental 1: to the controller only

const bit<8> PROTO_TCP = 6;
const bit<8> PROTO_UDP = 17;
const bit<8> PROTO_ICMPV6 = 58;

// RoCEv2, Annex A17 of the InfiniBand specification.
const bit<16> UDP_PORT_ROCEV2 = 4791;

// BTH opcodes: reliable connection ACKNOWLEDGE (ACK and NAK), congestion notification.
const bit<8> BTH_ACKNOWLEDGE = 0x11;
const bit<8> BTH_CNP = 0x81;

// Strict priority queues: the highest is served first (BMv2: --priority-queues 8). Table
// traffic_class says which traffic is in which.
const bit<3> QUEUE_CONTROL = 7;
const bit<3> QUEUE_LEASED = 5;

// Longest UDP datagram that may pass for an acknowledgement or a CNP, so that nobody hides bulk data
// behind their opcodes: BTH, AETH or 16 reserved bytes, ICRC, and what extensions add.
const bit<16> MAX_CONTROL_DATAGRAM = 64;

// RFC 3168.
const bit<2> ECN_NOT_ECT = 0;
const bit<2> ECN_CE = 3;

// What clones for the controller, of a congested queue or a dead port, are called in the packet
// replication engine.
const bit<32> CONGESTION_SESSION = 1;
// Bytes of a congestion event behind the packet_in header: the event and the packet's headers.
#define EVENT_BYTES 128
#define PACKET_IN_BYTES 8

#define MAX_PORTS 512
#define MAX_QUEUES 4096  // ports * 8
#define PKT_INSTANCE_TYPE_INGRESS_CLONE 1
#define PKT_INSTANCE_TYPE_EGRESS_CLONE 2

// MPLS associated channel (RFC 4385 §5, RFC 5586): nibble 1, version 0, experimental channel 0x7FF8.
const bit<32> PROBE_CHANNEL = 0x10007FF8;
#define MAX_PROBE_HOPS 7

// Traffic class of labels, bit by bit (RFC 5462). Leased: what a lease bought goes before the rest on
// every switch. Bypass: the label leads around a dead port; such packets get no second detour.
const bit<3> TC_LEASED = 1;
const bit<3> TC_BYPASS = 2;

// Flows whose way is remembered until their message ends; those that share a slot move less gently.
#define FLOW_SLOTS 65536

// ::ffff:0:0/96, RFC 4291 §2.5.5.2: tables see IPv4 addresses as IPv4-mapped IPv6 ones.
const bit<128> IPV4_MAPPED = 0x00000000000000000000ffff00000000;

// Paths have up to 6 labels; a detour adds up to 3 when the first of them is gone.
#define MAX_LABELS 8

@controller_header("packet_out")
header packet_out_t {
    bit<9> egress_port;  // CPU_PORT returns the packet at once: an echo of the control channel
    bit<1> submit;       // 1: through ingress as if from the fabric, egress_port is ignored
    bit<6> _pad;
}

@controller_header("packet_in")
header packet_in_t {
    bit<9>  ingress_port;
    bit<7>  reason;      // PUNT_*
    bit<48> timestamp;   // microseconds since the switch started
}

// Ahead of the headers of a packet that met a congested queue.
header congestion_t {
    bit<32> switch_id;
    bit<16> egress_port;
    bit<8>  queue;
    bit<24> depth;       // packets in the queue when this one left it
    bit<24> k_min;       // packets
    bit<24> packet_length; // bytes, as received
    bit<48> timestamp;   // egress, microseconds since the switch started
}

// In-band telemetry along a label stack.
header probe_t {
    bit<32> channel;     // PROBE_CHANNEL
    bit<32> probe_id;
    bit<8>  hops;        // records that follow, newest first
    bit<8>  overflow;    // 1: a hop had no room for its record
}

// One switch's record. Depth is that of the queue of leases: a probe itself does not wait there.
// Utilisation is the difference of tx_bytes between two probes over that of egress_time, as HPCC
// (SIGCOMM 2019, §3.1) computes it.
header probe_hop_t {
    bit<32> switch_id;
    bit<9>  ingress_port;
    bit<9>  egress_port;
    bit<19> depth;       // packets
    bit<2>  _pad;
    bit<1>  bos;         // the oldest record
    bit<48> ingress_time;// microseconds since the switch started
    bit<48> egress_time;
    bit<48> tx_bytes;    // sent by the egress port since the switch started
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

// RFC 826, for Ethernet and IPv4.
header arp_t {
    bit<16> hardware_type;
    bit<16> protocol_type;
    bit<8>  hardware_bytes;
    bit<8>  protocol_bytes;
    bit<16> operation;
    bit<48> sender_mac;
    bit<32> sender_addr;
    bit<48> target_mac;
    bit<32> target_addr;
}

struct headers_t {
    packet_out_t       packet_out;
    packet_in_t        packet_in;
    congestion_t       congestion;
    ethernet_t         ethernet;
    mpls_t[MAX_LABELS] mpls;
    probe_t            probe;
    probe_hop_t[MAX_PROBE_HOPS] probe_hop;
    arp_t              arp;
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
const bit<8> DROP_UNKNOWN_SOURCE = 3;// port and source address (also of ARP and ND) of no tenant
const bit<8> DROP_ISOLATION = 4;     // tenant may not reach this endpoint
const bit<8> DROP_LABEL = 5;         // no such adjacency
const bit<8> DROP_TTL = 6;
const bit<8> DROP_NO_ROUTE = 7;
const bit<8> DROP_METER = 8;         // above the bandwidth bought
const bit<8> DROP_POLICY = 9;        // punt table said drop
const bit<8> DROP_HOST_LABELS = 10;  // a host sent MPLS
const bit<8> DROP_PROTOCOL = 11;     // neither MPLS nor IP, and not punted
const bit<8> DROP_PORT_DOWN = 12;    // dead port, and no way around it
const bit<8> DROP_PROBE = 13;        // a probe would have left the fabric
const bit<8> DROP_CONTROL_FRAME = 14;// of a kind that only the fabric sends, and not from the fabric
const bit<8> DROP_SOURCE_MAC = 15;   // ARP or ND from another MAC address than the port's NIC has
const bit<8> DROP_PUNT_RATE = 16;    // for the controller, and above the port's rate

// Why the controller gets a packet. 0 is an echo; table punt says the others.
const bit<7> PUNT_LLDP = 1;
const bit<7> PUNT_PROBE = 4;
const bit<7> PUNT_CONGESTION = 5;
const bit<7> PUNT_PORT_DOWN = 6;      // ingress_port is the port that is down

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
    bit<2>   punt_color;
    bit<1>   anonymous;     // for the controller, and without an address that says who sent it
    bit<1>   probe;         // an MPLS packet whose payload is a probe
    bit<8>   drop_reason;
    bit<1>   forwarded;
    bit<2>   color;
    bit<1>   roce;          // has a base transport header
    bit<8>   bth_opcode;
    bit<1>   boundary;      // begins a message, or its message began on an entry that waited for that
    bit<1>   gated;         // went by such an entry
    bit<32>  flow_slot;
    bit<1>   leased;        // its labels say so
    bit<1>   small;         // a datagram of at most MAX_CONTROL_DATAGRAM bytes
    bit<6>   dscp;
    bit<1>   first_member;  // always 0
    bit<1>   port_down;
    bit<1>   bypassed;      // came around a dead port
    bit<1>   bypass_bos;
    bit<8>   bypass_ttl;
    bit<19>  k_min;
    bit<19>  k_max;
    bit<32>  slope;
    bit<19>  quantum;
    bit<48>  holdoff;
    @field_list(1)
    bit<32>  switch_id;
    @field_list(1)
    bit<9>   event_port;
    @field_list(1)
    bit<3>   event_queue;
    @field_list(1)
    bit<19>  event_depth;
    @field_list(1)
    bit<19>  event_k_min;
    @field_list(1)
    bit<48>  event_time;
    @field_list(1)
    bit<24>  event_length;
}

#endif
