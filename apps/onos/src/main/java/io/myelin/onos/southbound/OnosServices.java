package io.myelin.onos.southbound;

import org.onosproject.cluster.NodeId;
import org.onosproject.core.ApplicationId;
import org.onosproject.mastership.MastershipAdminService;
import org.onosproject.mastership.MastershipService;
import org.onosproject.net.device.DeviceService;
import org.onosproject.net.flow.FlowRuleService;
import org.onosproject.net.group.GroupService;
import org.onosproject.net.packet.PacketService;
import org.onosproject.net.pi.model.PiPipeconf;
import org.onosproject.net.pi.service.PiPipeconfService;
import org.onosproject.p4runtime.api.P4RuntimeController;

/**
 * What of ONOS the southbound works with.
 *
 * @param app in whose name rules and groups are written
 * @param local this ONOS node
 * @param p4runtime ONOS's own sessions: for what has no service of its own, direct meters and
 *     indexed counters
 */
public record OnosServices(
    ApplicationId app,
    NodeId local,
    PiPipeconf pipeconf,
    DeviceService devices,
    MastershipService mastership,
    MastershipAdminService mastershipAdmin,
    PiPipeconfService pipeconfs,
    FlowRuleService flows,
    GroupService groups,
    PacketService packets,
    P4RuntimeController p4runtime) {}
