#ifndef MYELIN_PARSER_P4
#define MYELIN_PARSER_P4

parser MyelinParser(packet_in packet,
                    out headers_t hdr,
                    inout metadata_t meta,
                    inout standard_metadata_t standard_metadata) {
    state start {
        transition select(standard_metadata.ingress_port) {
            CPU_PORT: parse_packet_out;
            default: parse_ethernet;
        }
    }

    state parse_packet_out {
        packet.extract(hdr.packet_out);
        transition parse_ethernet;
    }

    state parse_ethernet {
        packet.extract(hdr.ethernet);
        transition select(hdr.ethernet.ether_type) {
            ETHERTYPE_MPLS: parse_mpls;
            ETHERTYPE_IPV4: parse_ipv4;
            ETHERTYPE_IPV6: parse_ipv6;
            ETHERTYPE_ARP: parse_arp;
            default: accept;
        }
    }

    // Who asks is checked as if it were the source of an IP packet.
    state parse_arp {
        packet.extract(hdr.arp);
        meta.src_addr = IPV4_MAPPED | (bit<128>)hdr.arp.sender_addr;
        transition accept;
    }

    // A label too many runs past the end of the stack: StackOutOfBounds, counted as DROP_PARSER.
    state parse_mpls {
        packet.extract(hdr.mpls.next);
        transition select(hdr.mpls.last.bos) {
            0: parse_mpls;
            1: parse_after_mpls;
        }
    }

    // MPLS does not say what follows; the IP version nibble does (RFC 4928 §2).
    state parse_after_mpls {
        transition select(packet.lookahead<bit<4>>()) {
            4: parse_ipv4;
            6: parse_ipv6;
            1: parse_associated_channel;
            default: accept;
        }
    }

    state parse_associated_channel {
        transition select(packet.lookahead<bit<32>>()) {
            PROBE_CHANNEL: parse_probe;
            default: accept;
        }
    }

    state parse_probe {
        packet.extract(hdr.probe);
        meta.probe = 1;
        transition select(hdr.probe.hops) {
            0: accept;
            default: parse_probe_hop;
        }
    }

    state parse_probe_hop {
        packet.extract(hdr.probe_hop.next);
        transition select(hdr.probe_hop.last.bos) {
            0: parse_probe_hop;
            1: accept;
        }
    }

    state parse_ipv4 {
        packet.extract(hdr.ipv4);
        verify(hdr.ipv4.version == 4, error.ParserInvalidArgument);
        verify(hdr.ipv4.ihl >= 5, error.ParserInvalidArgument);
        meta.src_addr = IPV4_MAPPED | (bit<128>)hdr.ipv4.src_addr;
        meta.dst_addr = IPV4_MAPPED | (bit<128>)hdr.ipv4.dst_addr;
        meta.ip_protocol = hdr.ipv4.protocol;
        meta.dscp = hdr.ipv4.dscp;
        // Options and later fragments carry no transport header where we look for it.
        transition select(hdr.ipv4.ihl, hdr.ipv4.frag_offset, hdr.ipv4.protocol) {
            (5, 0, PROTO_UDP): parse_udp;
            (5, 0, PROTO_TCP): parse_tcp;
            default: accept;
        }
    }

    state parse_ipv6 {
        packet.extract(hdr.ipv6);
        verify(hdr.ipv6.version == 6, error.ParserInvalidArgument);
        meta.src_addr = hdr.ipv6.src_addr;
        meta.dst_addr = hdr.ipv6.dst_addr;
        meta.ip_protocol = hdr.ipv6.next_header;
        meta.dscp = hdr.ipv6.dscp;
        transition select(hdr.ipv6.next_header) {
            PROTO_UDP: parse_udp;
            PROTO_TCP: parse_tcp;
            PROTO_ICMPV6: parse_icmpv6;
            default: accept;
        }
    }

    state parse_icmpv6 {
        packet.extract(hdr.icmpv6);
        meta.icmpv6_type = hdr.icmpv6.type;
        transition accept;
    }

    state parse_tcp {
        packet.extract(hdr.ports);
        meta.src_port = hdr.ports.src_port;
        meta.dst_port = hdr.ports.dst_port;
        transition accept;
    }

    state parse_udp {
        packet.extract(hdr.ports);
        meta.src_port = hdr.ports.src_port;
        meta.dst_port = hdr.ports.dst_port;
        packet.extract(hdr.udp_rest);
        transition select(hdr.ports.dst_port) {
            UDP_PORT_ROCEV2: parse_bth;
            default: accept;
        }
    }

    state parse_bth {
        packet.extract(hdr.bth);
        meta.dest_qp = hdr.bth.dest_qp;
        meta.bth_opcode = hdr.bth.opcode;
        meta.roce = 1;
        transition accept;
    }
}

control MyelinVerifyChecksum(inout headers_t hdr, inout metadata_t meta) {
    apply {
        verify_checksum(hdr.ipv4.isValid() && hdr.ipv4.ihl == 5,
            { hdr.ipv4.version, hdr.ipv4.ihl, hdr.ipv4.dscp, hdr.ipv4.ecn, hdr.ipv4.total_len,
              hdr.ipv4.identification, hdr.ipv4.flags, hdr.ipv4.frag_offset, hdr.ipv4.ttl,
              hdr.ipv4.protocol, hdr.ipv4.src_addr, hdr.ipv4.dst_addr },
            hdr.ipv4.hdr_checksum, HashAlgorithm.csum16);
    }
}

control MyelinComputeChecksum(inout headers_t hdr, inout metadata_t meta) {
    apply {
        update_checksum(hdr.ipv4.isValid() && hdr.ipv4.ihl == 5,
            { hdr.ipv4.version, hdr.ipv4.ihl, hdr.ipv4.dscp, hdr.ipv4.ecn, hdr.ipv4.total_len,
              hdr.ipv4.identification, hdr.ipv4.flags, hdr.ipv4.frag_offset, hdr.ipv4.ttl,
              hdr.ipv4.protocol, hdr.ipv4.src_addr, hdr.ipv4.dst_addr },
            hdr.ipv4.hdr_checksum, HashAlgorithm.csum16);
    }
}

control MyelinDeparser(packet_out packet, in headers_t hdr) {
    apply {
        packet.emit(hdr.packet_in);
        packet.emit(hdr.congestion);
        packet.emit(hdr.ethernet);
        packet.emit(hdr.mpls);
        packet.emit(hdr.probe);
        packet.emit(hdr.probe_hop);
        packet.emit(hdr.arp);
        packet.emit(hdr.ipv4);
        packet.emit(hdr.ipv6);
        packet.emit(hdr.ports);
        packet.emit(hdr.udp_rest);
        packet.emit(hdr.bth);
        packet.emit(hdr.icmpv6);
    }
}

#endif
