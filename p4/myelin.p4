// The Myelin data plane: explicit paths as MPLS label stacks, RoCE-aware WCMP for the rest,
// isolation between tenants, detours around dead ports, ECN and congestion events, telemetry probes.
// See docs/ARCHITECTURE.md for the pipeline's order.
#include <core.p4>
#include <v1model.p4>

#include "include/headers.p4"
#include "include/parser.p4"
#include "include/congestion.p4"

control MyelinIngress(inout headers_t hdr,
                      inout metadata_t meta,
                      inout standard_metadata_t standard_metadata) {
    // Packets and bytes received, by ingress port.
    @name("ingress_port_counter")
    counter(MAX_PORTS, CounterType.packets_and_bytes) ingress_port_counter;
    // Packets and bytes dropped, by reason (DROP_*).
    @name("drop_counter")
    counter(32, CounterType.packets_and_bytes) drop_counter;
    // The same, by ingress port.
    @name("port_drop_counter")
    counter(MAX_PORTS, CounterType.packets_and_bytes) port_drop_counter;
    // Packets and bytes handed to the egress port's queues. What egress_port_counter has not and
    // what does not wait either was lost for want of room.
    @name("queued_counter")
    counter(MAX_PORTS, CounterType.packets_and_bytes) queued_counter;
    // Packets and bytes above a lease's committed rate and marked down, by ingress port.
    @name("marked_down_counter")
    counter(MAX_PORTS, CounterType.packets_and_bytes) marked_down_counter;

    action drop_because(bit<8> reason) {
        mark_to_drop(standard_metadata);
        meta.drop_reason = reason;
    }

    // ---- who am I? -------------------------------------------------------------------------
    @name("set_switch")
    action set_switch(bit<32> switch_id, bit<32> hash_seed) {
        meta.switch_id = switch_id;
        meta.hash_seed = hash_seed;
    }

    @name("switch_config")
    table switch_config {
        key = {}
        actions = { set_switch; }
        default_action = set_switch(0, 0);
    }

    // ---- punt: what the controller wants to see, and how much of it --------------------------
    @name("punt_counter")
    direct_counter(CounterType.packets_and_bytes) punt_counter;
    // Of each port and kind by itself: nobody uses up what others are let through.
    @name("punt_meter")
    direct_meter<bit<2>>(MeterType.packets) punt_meter;

    @name("to_cpu")
    action to_cpu(bit<7> reason) {
        punt_counter.count();
        punt_meter.read(meta.punt_color);
        standard_metadata.egress_spec = CPU_PORT;
        meta.punt_reason = reason;
    }

    @name("punt_drop")
    action punt_drop(bit<8> drop_reason) {
        punt_counter.count();
        punt_meter.read(meta.punt_color);
        drop_because(drop_reason);
    }

    // Goes on, metered all the same.
    @name("punt_pass")
    action punt_pass() {
        punt_counter.count();
        punt_meter.read(meta.punt_color);
    }

    @name("punt")
    table punt {
        key = {
            standard_metadata.ingress_port: ternary @name("ingress_port");
            hdr.ethernet.src_addr: ternary @name("src_mac");
            hdr.ethernet.ether_type: ternary @name("ether_type");
            meta.ip_protocol: ternary @name("ip_protocol");
            meta.icmpv6_type: ternary @name("icmpv6_type");
            meta.probe: ternary @name("probe");
        }
        actions = { to_cpu; punt_drop; punt_pass; }
        default_action = punt_pass;
        counters = punt_counter;
        meters = punt_meter;
        size = 2048;
    }

    // LLDP has no source address. Whoever asks for a router, or whether an address is free (RFC 5227,
    // RFC 4862), has none yet, or one that is valid on its own cable only.
    action look_for_address() {
        bool none = meta.punt_reason == PUNT_LLDP || meta.src_addr == 0
            || meta.src_addr == IPV4_MAPPED || (meta.src_addr >> 118) == 0x3fa;  // fe80::/10
        meta.anonymous = none ? 1w1 : 1w0;
    }

    // ---- who is sending? -------------------------------------------------------------------
    @name("tenant_counter")
    direct_counter(CounterType.packets_and_bytes) tenant_counter;

    @name("set_tenant")
    action set_tenant(bit<16> tenant) {
        tenant_counter.count();
        meta.port_role = ROLE_HOST;
        meta.tenant = tenant;
    }

    // The neighbour is a switch of this fabric: it has already classified and filtered.
    @name("trust_fabric")
    action trust_fabric() {
        tenant_counter.count();
        meta.port_role = ROLE_FABRIC;
    }

    @name("deny_source")
    action deny_source() {
        tenant_counter.count();
        drop_because(DROP_UNKNOWN_SOURCE);
    }

    @name("tenant_classifier")
    table tenant_classifier {
        key = {
            standard_metadata.ingress_port: exact @name("ingress_port");
            meta.src_addr: ternary @name("src_addr");
        }
        actions = { set_tenant; trust_fabric; deny_source; }
        default_action = deny_source;
        counters = tenant_counter;
        size = 16384;
    }

    // ---- may it reach that endpoint? -------------------------------------------------------
    // What hosts of this switch sent to each endpoint: the demand between leaves.
    @name("endpoint_counter")
    direct_counter(CounterType.packets_and_bytes) endpoint_counter;

    @name("set_dst_tenant")
    action set_dst_tenant(bit<16> tenant) {
        endpoint_counter.count();
        meta.dst_tenant = tenant;
    }

    // Tenant 0 owns nothing: no policy names it, so unknown destinations are denied.
    @name("endpoint_tenant")
    table endpoint_tenant {
        key = { meta.dst_addr: lpm @name("dst_addr"); }
        actions = { set_dst_tenant; @defaultonly NoAction; }
        const default_action = NoAction;
        counters = endpoint_counter;
        size = 131072;
    }

    @name("acl_counter")
    direct_counter(CounterType.packets_and_bytes) acl_counter;

    @name("permit")
    action permit() {
        acl_counter.count();
    }

    @name("deny")
    action deny() {
        acl_counter.count();
        drop_because(DROP_ISOLATION);
    }

    @name("isolation_acl")
    table isolation_acl {
        key = {
            meta.tenant: ternary @name("tenant");
            meta.dst_tenant: ternary @name("dst_tenant");
        }
        actions = { permit; deny; }
        default_action = deny;
        counters = acl_counter;
        size = 8192;
    }

    // ---- explicit paths --------------------------------------------------------------------
    @name("path_counter")
    direct_counter(CounterType.packets_and_bytes) path_counter;
    @name("path_meter")
    direct_meter<bit<2>>(MeterType.bytes) path_meter;

    // 1: the last packet of a RoCE flow went by an entry that takes flows over between messages.
    register<bit<1>>(FLOW_SLOTS) taken_over;

    action push_label(bit<20> label, bit<3> tc, bit<1> bos) {
        hdr.mpls.push_front(1);
        hdr.mpls[0].setValid();
        hdr.mpls[0] = { label, tc, bos, 64 };
    }

    action steered(bit<1> gated) {
        meta.gated = gated;
        path_counter.count();
        path_meter.read(meta.color);
        hdr.ethernet.ether_type = ETHERTYPE_MPLS;
    }

    // label1 is the adjacency that this switch itself follows; the last one names the host port.
    // tc: TC_LEASED or 0. gated: the entry matches on boundary, so that it takes a flow over between
    // two messages and keeps it from there on.
    @name("push_1")
    action push_1(bit<20> label1,
                  bit<3> tc, bit<1> gated) {
        steered(gated);
        push_label(label1, tc, 1);
    }
    @name("push_2")
    action push_2(bit<20> label1, bit<20> label2,
                  bit<3> tc, bit<1> gated) {
        steered(gated);
        push_label(label2, tc, 1);
        push_label(label1, tc, 0);
    }
    @name("push_3")
    action push_3(bit<20> label1, bit<20> label2, bit<20> label3,
                  bit<3> tc, bit<1> gated) {
        steered(gated);
        push_label(label3, tc, 1);
        push_label(label2, tc, 0);
        push_label(label1, tc, 0);
    }
    @name("push_4")
    action push_4(bit<20> label1, bit<20> label2, bit<20> label3, bit<20> label4,
                  bit<3> tc, bit<1> gated) {
        steered(gated);
        push_label(label4, tc, 1);
        push_label(label3, tc, 0);
        push_label(label2, tc, 0);
        push_label(label1, tc, 0);
    }
    @name("push_5")
    action push_5(bit<20> label1, bit<20> label2, bit<20> label3, bit<20> label4,
                  bit<20> label5,
                  bit<3> tc, bit<1> gated) {
        steered(gated);
        push_label(label5, tc, 1);
        push_label(label4, tc, 0);
        push_label(label3, tc, 0);
        push_label(label2, tc, 0);
        push_label(label1, tc, 0);
    }
    @name("push_6")
    action push_6(bit<20> label1, bit<20> label2, bit<20> label3, bit<20> label4,
                  bit<20> label5, bit<20> label6,
                  bit<3> tc, bit<1> gated) {
        steered(gated);
        push_label(label6, tc, 1);
        push_label(label5, tc, 0);
        push_label(label4, tc, 0);
        push_label(label3, tc, 0);
        push_label(label2, tc, 0);
        push_label(label1, tc, 0);
    }

    @name("path_steering")
    table path_steering {
        key = {
            meta.tenant: ternary @name("tenant");
            meta.src_addr: ternary @name("src_addr");
            meta.dst_addr: ternary @name("dst_addr");
            meta.ip_protocol: ternary @name("ip_protocol");
            meta.dst_port: ternary @name("dst_port");
            meta.dest_qp: ternary @name("dest_qp");
            meta.boundary: ternary @name("boundary");
        }
        actions = { push_1; push_2; push_3; push_4; push_5; push_6; @defaultonly NoAction; }
        const default_action = NoAction;
        counters = path_counter;
        meters = path_meter;
        size = 131072;
    }

    // Above the committed rate, but not above the peak: told to slow down where the transport hears
    // ECN, default forwarding (RFC 2474 §4.1) where it does not. The queue of RoCE stays the same:
    // another one would reorder.
    action mark_down() {
        if (hdr.ipv4.isValid()) {
            if (hdr.ipv4.ecn == ECN_NOT_ECT) {
                hdr.ipv4.dscp = 0;
            } else {
                hdr.ipv4.ecn = ECN_CE;
            }
        } else {
            if (hdr.ipv6.ecn == ECN_NOT_ECT) {
                hdr.ipv6.dscp = 0;
            } else {
                hdr.ipv6.ecn = ECN_CE;
            }
        }
        marked_down_counter.count((bit<32>)standard_metadata.ingress_port);
    }

    // ---- adjacency segments ----------------------------------------------------------------
    @name("pop_forward")
    action pop_forward(bit<9> port) {
        standard_metadata.egress_spec = port;
        meta.forwarded = 1;
    }

    @name("adjacency")
    table adjacency {
        key = { hdr.mpls[0].label: exact @name("label"); }
        actions = { pop_forward; @defaultonly NoAction; }
        const default_action = NoAction;
        size = 4096;
    }

    // ---- everything else: longest prefix, weighted members ---------------------------------
    // CRCs are linear: a seed mixed into their input only permutes the outcome, and two flows that
    // collide at one tier would collide at the next. The seed therefore enters a multiplicative
    // finaliser (the one of MurmurHash3) behind the CRC.
    action compute_flow_hash() {
        hash(meta.flow_hash, HashAlgorithm.crc32, 32w0,
             { meta.src_addr, meta.dst_addr, meta.ip_protocol,
               meta.src_port, meta.dst_port, meta.dest_qp },
             33w0x100000000);
        meta.flow_hash = meta.flow_hash ^ meta.hash_seed;
        meta.flow_hash = meta.flow_hash ^ (meta.flow_hash >> 16);
        meta.flow_hash = meta.flow_hash * 0x85ebca6b;
        meta.flow_hash = meta.flow_hash ^ (meta.flow_hash >> 13);
        meta.flow_hash = meta.flow_hash * 0xc2b2ae35;
        meta.flow_hash = meta.flow_hash ^ (meta.flow_hash >> 16);
    }

    // Whether this packet may leave the way of the one before it: it begins a message (operation in
    // the low five bits of the opcode, IBA Vol. 1 §9.2.1), or the message has left already.
    action look_for_boundary() {
        meta.flow_slot = meta.flow_hash & (FLOW_SLOTS - 1);
        taken_over.read(meta.boundary, meta.flow_slot);
        bit<8> operation = meta.bth_opcode & 0x1f;
        bool inside = operation == 1 || operation == 2 || operation == 3 || operation == 7
            || operation == 8 || operation == 9 || operation == 14 || operation == 15;
        meta.boundary = inside ? meta.boundary : 1w1;
    }

    @name("wcmp_selector")
    action_selector(HashAlgorithm.identity, 16384, 16) wcmp_selector;

    @name("forward")
    action forward(bit<9> port) {
        standard_metadata.egress_spec = port;
        meta.forwarded = 1;
    }

    @name("routing")
    table routing {
        key = {
            meta.dst_addr: lpm @name("dst_addr");
            meta.flow_hash: selector;
        }
        actions = { forward; }
        implementation = wcmp_selector;
        size = 131072;
    }

    // ---- is that port alive? ---------------------------------------------------------------
    // The entry of a port is a group of two: port_is_up, which watches the port, and port_is_down,
    // which does not. The selector always takes the first that is there. The switch itself takes
    // port_is_up out when the port goes down: no controller in the loop.
    @name("port_status_selector")
    action_selector(HashAlgorithm.identity, 2 * MAX_PORTS, 1) port_status_selector;

    @name("port_is_up")
    action port_is_up() {
        meta.port_down = 0;
    }

    @name("port_is_down")
    action port_is_down() {
        meta.port_down = 1;
    }

    @name("port_status")
    table port_status {
        key = {
            standard_metadata.egress_spec: exact @name("egress_port");
            meta.first_member: selector;
        }
        actions = { port_is_up; port_is_down; @defaultonly NoAction; }
        implementation = port_status_selector;
        size = MAX_PORTS;
    }

    // 1: the controller was told that the port is down.
    register<bit<1>>(MAX_PORTS) told_down;

    action bypass_label(bit<20> label, bit<1> bos) {
        hdr.mpls.push_front(1);
        hdr.mpls[0].setValid();
        hdr.mpls[0] = { label, TC_BYPASS | (bit<3>)meta.leased, bos, meta.bypass_ttl };
    }

    // A detour to the neighbour behind the dead port: there the packet goes on as if nothing had
    // happened. The detour's first hop is a port of this switch, the others are labels.
    @name("bypass_1")
    action bypass_1(bit<9> port) {
        standard_metadata.egress_spec = port;
    }
    @name("bypass_2")
    action bypass_2(bit<9> port, bit<20> label1) {
        standard_metadata.egress_spec = port;
        hdr.ethernet.ether_type = ETHERTYPE_MPLS;
        bypass_label(label1, meta.bypass_bos);
    }
    @name("bypass_3")
    action bypass_3(bit<9> port, bit<20> label1, bit<20> label2) {
        standard_metadata.egress_spec = port;
        hdr.ethernet.ether_type = ETHERTYPE_MPLS;
        bypass_label(label2, meta.bypass_bos);
        bypass_label(label1, 0);
    }
    @name("bypass_4")
    action bypass_4(bit<9> port, bit<20> label1, bit<20> label2, bit<20> label3) {
        standard_metadata.egress_spec = port;
        hdr.ethernet.ether_type = ETHERTYPE_MPLS;
        bypass_label(label3, meta.bypass_bos);
        bypass_label(label2, 0);
        bypass_label(label1, 0);
    }

    @name("bypass_counter")
    direct_counter(CounterType.packets_and_bytes) bypass_counter;

    @name("bypass")
    table bypass {
        key = { standard_metadata.egress_spec: exact @name("egress_port"); }
        actions = { bypass_1; bypass_2; bypass_3; bypass_4; @defaultonly NoAction; }
        const default_action = NoAction;
        counters = bypass_counter;
        size = MAX_PORTS;
    }

    // A labelled packet's detour to the switch behind that neighbour, which may be what is dead: the
    // neighbour's own label, never the last one, goes, and so does the need for it (RFC 4090 §3.2, next-next-hop).
    @name("node_bypass_1")
    action node_bypass_1(bit<9> port) {
        standard_metadata.egress_spec = port;
        hdr.mpls[1].ttl = hdr.mpls[0].ttl;
        hdr.mpls.pop_front(1);
    }
    @name("node_bypass_2")
    action node_bypass_2(bit<9> port, bit<20> label1) {
        standard_metadata.egress_spec = port;
        hdr.mpls[0].label = label1;
        hdr.mpls[0].tc = hdr.mpls[0].tc | TC_BYPASS;
    }
    @name("node_bypass_3")
    action node_bypass_3(bit<9> port, bit<20> label1, bit<20> label2) {
        node_bypass_2(port, label2);
        bypass_label(label1, 0);
    }

    @name("node_bypass_counter")
    direct_counter(CounterType.packets_and_bytes) node_bypass_counter;

    @name("node_bypass")
    table node_bypass {
        key = {
            standard_metadata.egress_spec: exact @name("egress_port");
            hdr.mpls[0].label: exact @name("label");
        }
        actions = { node_bypass_1; node_bypass_2; node_bypass_3; @defaultonly NoAction; }
        const default_action = NoAction;
        counters = node_bypass_counter;
        size = 16384;
    }

    // ---- which queue? ----------------------------------------------------------------------
    @name("set_queue")
    action set_queue(bit<3> queue) {
        standard_metadata.priority = queue;
    }

    @name("traffic_class")
    table traffic_class {
        key = {
            meta.roce: ternary @name("roce");
            meta.bth_opcode: ternary @name("bth_opcode");
            meta.small: ternary @name("small");
            meta.dscp: ternary @name("dscp");
            meta.leased: ternary @name("leased");
        }
        actions = { set_queue; }
        default_action = set_queue(0);
        size = 256;
    }

    apply {
        ingress_port_counter.count((bit<32>)standard_metadata.ingress_port);
        switch_config.apply();

        if (hdr.packet_out.isValid() && hdr.packet_out.submit == 0) {
            standard_metadata.egress_spec = hdr.packet_out.egress_port;
            standard_metadata.priority = QUEUE_CONTROL;
            hdr.packet_out.setInvalid();
        } else {
            if (standard_metadata.parser_error != error.NoError) {
                drop_because(DROP_PARSER);
            } else if (standard_metadata.checksum_error == 1) {
                drop_because(DROP_CHECKSUM);
            } else if (hdr.packet_out.isValid()) {
                meta.port_role = ROLE_FABRIC;
                hdr.packet_out.setInvalid();
            } else {
                punt.apply();
            }

            // ARP and ND name their sender as IP packets do.
            if (standard_metadata.egress_spec == CPU_PORT) {
                look_for_address();
            }
            if (meta.drop_reason == 0 && meta.port_role == ROLE_UNKNOWN && meta.anonymous == 0) {
                tenant_classifier.apply();
            }
            if (hdr.arp.isValid() && standard_metadata.egress_spec == CPU_PORT
                && hdr.arp.sender_mac != hdr.ethernet.src_addr) {
                drop_because(DROP_SOURCE_MAC);
            }
            // Whatever is below its labels: only switches choose ways.
            if (hdr.mpls[0].isValid() && meta.port_role != ROLE_FABRIC
                && (meta.drop_reason == 0 || meta.drop_reason == DROP_UNKNOWN_SOURCE)) {
                drop_because(DROP_HOST_LABELS);
            }
            if (meta.punt_color == 2 && meta.drop_reason == 0) {
                drop_because(DROP_PUNT_RATE);
            }

            if (standard_metadata.egress_spec != CPU_PORT && meta.drop_reason == 0) {
                if (!hdr.mpls[0].isValid() && (hdr.ipv4.isValid() || hdr.ipv6.isValid())) {
                    if (meta.port_role == ROLE_HOST) {
                        endpoint_tenant.apply();
                        isolation_acl.apply();
                    }
                    if (meta.drop_reason == 0) {
                        if ((hdr.ipv4.isValid() && hdr.ipv4.ttl <= 1)
                            || (hdr.ipv6.isValid() && hdr.ipv6.hop_limit <= 1)) {
                            drop_because(DROP_TTL);
                        } else {
                            compute_flow_hash();
                            if (meta.roce == 1 && meta.port_role == ROLE_HOST) {
                                look_for_boundary();
                            } else {
                                meta.boundary = 1;
                            }
                            if (meta.port_role == ROLE_HOST && path_steering.apply().hit) {
                                if (meta.color == 2) {
                                    drop_because(DROP_METER);
                                } else if (meta.color == 1) {
                                    mark_down();
                                }
                            } else {
                                routing.apply();
                                if (meta.forwarded == 0) {
                                    drop_because(DROP_NO_ROUTE);
                                }
                            }
                            if (meta.roce == 1 && meta.port_role == ROLE_HOST) {
                                taken_over.write(meta.flow_slot, meta.gated);
                            }
                        }
                        if (hdr.ipv4.isValid()) {
                            hdr.ipv4.ttl = hdr.ipv4.ttl - 1;
                        } else {
                            hdr.ipv6.hop_limit = hdr.ipv6.hop_limit - 1;
                        }
                    }
                } else if (!hdr.mpls[0].isValid()) {
                    drop_because(DROP_PROTOCOL);
                }

                // The top label, received or just pushed, names this switch's next port.
                if (hdr.mpls[0].isValid() && meta.drop_reason == 0) {
                    adjacency.apply();
                    meta.leased = hdr.mpls[0].tc[0:0];
                    meta.bypassed = hdr.mpls[0].tc[1:1];
                    if (meta.forwarded == 0) {
                        drop_because(DROP_LABEL);
                    } else if (hdr.mpls[0].ttl <= 1) {
                        drop_because(DROP_TTL);
                    } else if (hdr.mpls[0].bos == 1) {
                        hdr.mpls.pop_front(1);
                        if (hdr.ipv4.isValid()) {
                            hdr.ethernet.ether_type = ETHERTYPE_IPV4;
                        } else if (hdr.ipv6.isValid()) {
                            hdr.ethernet.ether_type = ETHERTYPE_IPV6;
                        } else if (hdr.probe.isValid()) {
                            hdr.ethernet.ether_type = ETHERTYPE_PROBE;
                            if (standard_metadata.egress_spec == CPU_PORT) {
                                meta.punt_reason = PUNT_PROBE;
                            } else {
                                drop_because(DROP_PROBE);
                            }
                        } else {
                            drop_because(DROP_PROTOCOL);
                        }
                    } else {
                        // Uniform TTL (RFC 3443 §3.1): the next label inherits what is left.
                        hdr.mpls[1].ttl = hdr.mpls[0].ttl - 1;
                        hdr.mpls.pop_front(1);
                    }
                }

                if (meta.forwarded == 1 && meta.drop_reason == 0
                    && standard_metadata.egress_spec != CPU_PORT) {
                    port_status.apply();
                    bit<1> told;
                    told_down.read(told, (bit<32>)standard_metadata.egress_spec);
                    if (told != meta.port_down) {
                        told_down.write((bit<32>)standard_metadata.egress_spec, meta.port_down);
                        if (meta.port_down == 1) {
                            meta.event_port = standard_metadata.egress_spec;
                            meta.event_time = standard_metadata.ingress_global_timestamp;
                            clone_preserving_field_list(CloneType.I2E, CONGESTION_SESSION, 1);
                        }
                    }
                    if (meta.port_down == 1) {
                        if (hdr.mpls[0].isValid()) {
                            meta.bypass_bos = 0;
                            meta.bypass_ttl = hdr.mpls[0].ttl;
                        } else {
                            meta.bypass_bos = 1;
                            meta.bypass_ttl = 64;
                        }
                        if (meta.bypassed == 1) {
                            drop_because(DROP_PORT_DOWN);
                        } else if (hdr.mpls[0].isValid() && hdr.mpls[0].bos == 0
                            && node_bypass.apply().hit) {
                            meta.bypassed = 1;
                        } else if (hdr.mpls[5].isValid() || !bypass.apply().hit) {
                            // Five labels left and three more are all that the next parser takes.
                            drop_because(DROP_PORT_DOWN);
                        }
                    }
                }
            }

            if (meta.drop_reason == 0) {
                if (hdr.probe.isValid() || meta.punt_reason == PUNT_LLDP) {
                    standard_metadata.priority = QUEUE_CONTROL;
                } else {
                    if (hdr.udp_rest.isValid() && hdr.udp_rest.length <= MAX_CONTROL_DATAGRAM) {
                        meta.small = 1;
                    }
                    traffic_class.apply();
                }
            } else {
                drop_counter.count((bit<32>)meta.drop_reason);
                port_drop_counter.count((bit<32>)standard_metadata.ingress_port);
            }
        }
        if (meta.drop_reason == 0) {
            queued_counter.count((bit<32>)standard_metadata.egress_spec);
        }
    }
}

control MyelinEgress(inout headers_t hdr,
                     inout metadata_t meta,
                     inout standard_metadata_t standard_metadata) {
    // Packets and bytes sent, by egress port.
    @name("egress_port_counter")
    counter(MAX_PORTS, CounterType.packets_and_bytes) egress_port_counter;

    @name("set_dst_mac")
    action set_dst_mac(bit<48> src_mac, bit<48> dst_mac) {
        hdr.ethernet.src_addr = src_mac;
        hdr.ethernet.dst_addr = dst_mac;
    }

    // Last hop: the endpoint's own MAC address.
    @name("neighbor")
    table neighbor {
        key = {
            standard_metadata.egress_port: exact @name("egress_port");
            meta.dst_addr: exact @name("dst_addr");
        }
        actions = { set_dst_mac; @defaultonly NoAction; }
        const default_action = NoAction;
        size = 16384;
    }

    // Congestion notifications (CNP) sent, by egress port.
    @name("cnp_counter")
    counter(MAX_PORTS, CounterType.packets) cnp_counter;

    // k_min, k_max: packets. slope: probability above k_min per packet of depth, in 2^-20.
    // quantum: packets; holdoff: microseconds.
    @name("set_thresholds")
    action set_thresholds(bit<19> k_min, bit<19> k_max, bit<32> slope, bit<19> quantum,
                          bit<48> holdoff) {
        meta.k_min = k_min;
        meta.k_max = k_max;
        meta.slope = slope;
        meta.quantum = quantum;
        meta.holdoff = holdoff;
    }

    @name("queue_profile")
    table queue_profile {
        key = {
            standard_metadata.egress_port: exact @name("egress_port");
            standard_metadata.priority: exact @name("queue");
        }
        actions = { set_thresholds; @defaultonly NoAction; }
        const default_action = NoAction;
        size = MAX_QUEUES;
    }

    QueueMarking() marking;
    CongestionEvents() events;
    CongestionReport() report;
    PortDownReport() portDown;
    Telemetry() telemetry;

    apply {
        if (standard_metadata.instance_type == PKT_INSTANCE_TYPE_EGRESS_CLONE) {
            report.apply(hdr, meta);
        } else if (standard_metadata.instance_type == PKT_INSTANCE_TYPE_INGRESS_CLONE) {
            portDown.apply(hdr, meta);
        } else {
            telemetry.apply(hdr, meta, standard_metadata);
            if (standard_metadata.egress_port == CPU_PORT) {
                hdr.packet_in.setValid();
                hdr.packet_in.ingress_port = standard_metadata.ingress_port;
                hdr.packet_in.reason = meta.punt_reason;
                hdr.packet_in.timestamp = standard_metadata.ingress_global_timestamp;
            } else {
                if (standard_metadata.ingress_port != CPU_PORT && !hdr.mpls[0].isValid()) {
                    neighbor.apply();
                }
                if (queue_profile.apply().hit) {
                    marking.apply(hdr, meta, standard_metadata);
                    events.apply(meta, standard_metadata);
                }
                if (meta.roce == 1 && meta.bth_opcode == BTH_CNP) {
                    cnp_counter.count((bit<32>)standard_metadata.egress_port);
                }
            }
        }
        egress_port_counter.count((bit<32>)standard_metadata.egress_port);
    }
}

V1Switch(MyelinParser(),
         MyelinVerifyChecksum(),
         MyelinIngress(),
         MyelinEgress(),
         MyelinComputeChecksum(),
         MyelinDeparser()) main;
