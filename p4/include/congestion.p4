// What a switch does about its queues: ECN marks, events for the controller, records for probes.
#ifndef MYELIN_CONGESTION_P4
#define MYELIN_CONGESTION_P4

// RED on the instantaneous depth, as DCQCN wants it (SIGCOMM 2015, §3.1 and fig. 5), seen when the
// packet leaves: the mark tells how it is, not how it was a queue ago.
control QueueMarking(inout headers_t hdr,
                     inout metadata_t meta,
                     inout standard_metadata_t standard_metadata) {
    // Packets marked CE for the depth of the queue, by egress port.
    @name("ecn_marked_counter")
    counter(MAX_PORTS, CounterType.packets) ecn_marked_counter;

    apply {
        bool mark = false;
        if (standard_metadata.deq_qdepth > meta.k_max) {
            mark = true;
        } else if (standard_metadata.deq_qdepth > meta.k_min) {
            bit<32> chance;
            random(chance, 0, 0xfffff);
            mark = chance < ((bit<32>)(standard_metadata.deq_qdepth - meta.k_min)) * meta.slope;
        }
        if (mark) {
            if (hdr.ipv4.isValid() && hdr.ipv4.ecn != ECN_NOT_ECT) {
                hdr.ipv4.ecn = ECN_CE;
                ecn_marked_counter.count((bit<32>)standard_metadata.egress_port);
            } else if (hdr.ipv6.isValid() && hdr.ipv6.ecn != ECN_NOT_ECT) {
                hdr.ipv6.ecn = ECN_CE;
                ecn_marked_counter.count((bit<32>)standard_metadata.egress_port);
            }
        }
    }
}

// Tells the controller when the depth crosses k_min either way, or has moved by a quantum since it
// last heard, but no more often than the holdoff allows.
control CongestionEvents(inout metadata_t meta,
                         inout standard_metadata_t standard_metadata) {
    // Events told, by egress port.
    @name("congestion_counter")
    counter(MAX_PORTS, CounterType.packets) congestion_counter;
    // Depth when the controller last heard of it, by port * 8 + queue.
    register<bit<19>>(MAX_QUEUES) told_depth;
    // When it last heard, microseconds since the switch started, by port.
    register<bit<48>>(MAX_PORTS) told_time;

    apply {
        bit<32> port = (bit<32>)standard_metadata.egress_port;
        bit<32> slot = (port << 3) | (bit<32>)standard_metadata.priority;
        bit<19> depth = standard_metadata.deq_qdepth;
        bit<19> told;
        told_depth.read(told, slot);
        bit<19> moved = depth > told ? depth - told : told - depth;
        bool hot = depth >= meta.k_min;
        if (hot != (told >= meta.k_min) || (hot && moved >= meta.quantum)) {
            bit<48> now = standard_metadata.egress_global_timestamp;
            bit<48> last;
            told_time.read(last, port);
            if (last == 0 || now - last >= meta.holdoff) {
                told_depth.write(slot, depth);
                told_time.write(port, now);
                congestion_counter.count(port);
                meta.event_port = standard_metadata.egress_port;
                meta.event_queue = standard_metadata.priority;
                meta.event_depth = depth;
                meta.event_k_min = meta.k_min;
                meta.event_time = now;
                meta.event_length = (bit<24>)standard_metadata.packet_length;
                clone_preserving_field_list(CloneType.E2E, CONGESTION_SESSION, 1);
            }
        }
    }
}

// The clone becomes an event: where and how deep, then the packet's headers.
control CongestionReport(inout headers_t hdr, inout metadata_t meta) {
    apply {
        hdr.packet_in.setValid();
        hdr.packet_in.ingress_port = meta.event_port;
        hdr.packet_in.reason = PUNT_CONGESTION;
        hdr.packet_in.timestamp = meta.event_time;
        hdr.congestion.setValid();
        hdr.congestion.switch_id = meta.switch_id;
        hdr.congestion.egress_port = (bit<16>)meta.event_port;
        hdr.congestion.queue = (bit<8>)meta.event_queue;
        hdr.congestion.depth = (bit<24>)meta.event_depth;
        hdr.congestion.k_min = (bit<24>)meta.event_k_min;
        hdr.congestion.packet_length = meta.event_length;
        hdr.congestion.timestamp = meta.event_time;
        truncate(EVENT_BYTES + PACKET_IN_BYTES);
    }
}

// The clone of the first packet that met a dead port: nobody has to ask whether ports live.
control PortDownReport(inout headers_t hdr, inout metadata_t meta) {
    apply {
        hdr.packet_in.setValid();
        hdr.packet_in.ingress_port = meta.event_port;
        hdr.packet_in.reason = PUNT_PORT_DOWN;
        hdr.packet_in.timestamp = meta.event_time;
        truncate(EVENT_BYTES + PACKET_IN_BYTES);
    }
}

// What probes carry home.
control Telemetry(inout headers_t hdr,
                  inout metadata_t meta,
                  inout standard_metadata_t standard_metadata) {
    // Bytes sent, by port.
    register<bit<48>>(MAX_PORTS) tx_bytes;
    // Depth in packets when the last packet left the queue of leases, by port.
    register<bit<19>>(MAX_PORTS) leased_depth;

    apply {
        bit<32> port = (bit<32>)standard_metadata.egress_port;
        bit<48> bytes;
        tx_bytes.read(bytes, port);
        bytes = bytes + (bit<48>)standard_metadata.packet_length;
        tx_bytes.write(port, bytes);
        if (standard_metadata.priority == QUEUE_LEASED) {
            leased_depth.write(port, standard_metadata.deq_qdepth);
        }
        if (hdr.probe.isValid()) {
            if (hdr.probe.hops < MAX_PROBE_HOPS) {
                bit<19> depth;
                leased_depth.read(depth, port);
                hdr.probe_hop.push_front(1);
                hdr.probe_hop[0].setValid();
                hdr.probe_hop[0].switch_id = meta.switch_id;
                hdr.probe_hop[0].ingress_port = standard_metadata.ingress_port;
                hdr.probe_hop[0].egress_port = standard_metadata.egress_port;
                hdr.probe_hop[0].depth = depth;
                hdr.probe_hop[0]._pad = 0;
                hdr.probe_hop[0].bos = (hdr.probe.hops == 0) ? 1w1 : 1w0;
                hdr.probe_hop[0].ingress_time = standard_metadata.ingress_global_timestamp;
                hdr.probe_hop[0].egress_time = standard_metadata.egress_global_timestamp;
                hdr.probe_hop[0].tx_bytes = bytes;
                hdr.probe.hops = hdr.probe.hops + 1;
            } else {
                hdr.probe.overflow = 1;
            }
        }
    }
}

#endif
