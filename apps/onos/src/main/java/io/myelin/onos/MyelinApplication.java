package io.myelin.onos;

import io.myelin.core.loop.Loops;
import io.myelin.node.control.Pace;
import io.myelin.node.thread.GuardedExecutor;
import io.myelin.onos.pipeline.MergedDrivers;
import io.myelin.onos.pipeline.MyelinPipeconf;
import io.myelin.onos.southbound.OnosServices;
import io.myelin.onos.southbound.OnosSouthbound;
import io.myelin.onos.store.OnosStateLog;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.onosproject.cluster.ClusterService;
import org.onosproject.cluster.LeadershipService;
import org.onosproject.cluster.NodeId;
import org.onosproject.core.ApplicationId;
import org.onosproject.core.CoreService;
import org.onosproject.mastership.MastershipAdminService;
import org.onosproject.mastership.MastershipService;
import org.onosproject.net.config.ConfigFactory;
import org.onosproject.net.config.NetworkConfigEvent;
import org.onosproject.net.config.NetworkConfigListener;
import org.onosproject.net.config.NetworkConfigRegistry;
import org.onosproject.net.config.basics.SubjectFactories;
import org.onosproject.net.device.DeviceService;
import org.onosproject.net.driver.DriverAdminService;
import org.onosproject.net.flow.FlowRuleService;
import org.onosproject.net.group.GroupService;
import org.onosproject.net.host.HostProviderRegistry;
import org.onosproject.net.host.HostService;
import org.onosproject.net.link.LinkProviderRegistry;
import org.onosproject.net.link.LinkService;
import org.onosproject.net.packet.PacketService;
import org.onosproject.net.pi.model.PiPipeconf;
import org.onosproject.net.pi.service.PiPipeconfService;
import org.onosproject.p4runtime.api.P4RuntimeController;
import org.onosproject.store.service.StorageService;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The application: brings Myelin's pipeline to ONOS, and runs a node for the fabric that netcfg
 * describes, anew whenever that changes.
 */
@Component(immediate = true, service = MyelinService.class)
public final class MyelinApplication implements MyelinService {
  private static final Logger log = LoggerFactory.getLogger(MyelinApplication.class);

  /** The application's name, in ONOS and in netcfg. */
  public static final String NAME = "io.myelin.onos";

  private final CoreService core;
  private final ClusterService cluster;
  private final LeadershipService leaderships;
  private final StorageService storage;
  private final NetworkConfigRegistry netcfg;
  private final DeviceService devices;
  private final LinkService links;
  private final HostService hosts;
  private final LinkProviderRegistry linkProviders;
  private final HostProviderRegistry hostProviders;
  private final MastershipService mastership;
  private final MastershipAdminService mastershipAdmin;
  private final PiPipeconfService pipeconfs;
  private final DriverAdminService drivers;
  private final FlowRuleService flows;
  private final GroupService groups;
  private final PacketService packets;
  private final P4RuntimeController p4runtime;

  private final ApplicationId app;
  private final PiPipeconf pipeconf;
  private final GuardedExecutor turns = GuardedExecutor.single("myelin-config");
  private final NetworkConfigListener onConfig = this::configured;
  private final ConfigFactory<ApplicationId, FabricConfig> factory =
      new ConfigFactory<>(
          SubjectFactories.APP_SUBJECT_FACTORY, FabricConfig.class, FabricConfig.KEY) {
        @Override
        public FabricConfig createConfig() {
          return new FabricConfig();
        }
      };

  /** Until a start that failed is tried again. */
  private static final long AGAIN_S = 5;

  /** For a node to stop. */
  private static final long STOP_S = 20;

  /** All that runs for one configuration. */
  private record Running(
      OnosNode node, LeaseDesk desk, TopologyWatch watch, TopologyProvider provider) {}

  private volatile @Nullable Running running;
  private volatile String trouble = "no netcfg under apps/" + NAME + "/" + FabricConfig.KEY;

  /** Activates; ONOS gives its services. */
  @Activate
  public MyelinApplication(
      @Reference CoreService core,
      @Reference ClusterService cluster,
      @Reference LeadershipService leaderships,
      @Reference StorageService storage,
      @Reference NetworkConfigRegistry netcfg,
      @Reference DeviceService devices,
      @Reference LinkService links,
      @Reference HostService hosts,
      @Reference LinkProviderRegistry linkProviders,
      @Reference HostProviderRegistry hostProviders,
      @Reference MastershipService mastership,
      @Reference MastershipAdminService mastershipAdmin,
      @Reference PiPipeconfService pipeconfs,
      @Reference DriverAdminService drivers,
      @Reference FlowRuleService flows,
      @Reference GroupService groups,
      @Reference PacketService packets,
      @Reference P4RuntimeController p4runtime) {
    this.core = core;
    this.cluster = cluster;
    this.leaderships = leaderships;
    this.storage = storage;
    this.netcfg = netcfg;
    this.devices = devices;
    this.links = links;
    this.hosts = hosts;
    this.linkProviders = linkProviders;
    this.hostProviders = hostProviders;
    this.mastership = mastership;
    this.mastershipAdmin = mastershipAdmin;
    this.pipeconfs = pipeconfs;
    this.drivers = drivers;
    this.flows = flows;
    this.groups = groups;
    this.packets = packets;
    this.p4runtime = p4runtime;
    app = this.core.registerApplication(NAME);
    pipeconf = MyelinPipeconf.load();
    pipeconfs.register(pipeconf);
    MergedDrivers.renew(this.drivers, pipeconfs, devices);
    netcfg.registerConfigFactory(factory);
    netcfg.addListener(onConfig);
    turns.execute(this::restart);
    log.info("started");
  }

  /** Stops the node; the switches go on as they are. */
  @Deactivate
  public void deactivate() {
    netcfg.removeListener(onConfig);
    netcfg.unregisterConfigFactory(factory);
    turns.execute(this::stop);
    turns.shutdown(); // nothing is tried again
    try {
      // Whatever takes this application's place needs its port.
      if (!turns.awaitTermination(STOP_S, TimeUnit.SECONDS)) {
        log.warn("the node has not stopped in {} s", STOP_S);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    pipeconfs.unregister(pipeconf.id());
    log.info("stopped");
  }

  private void configured(NetworkConfigEvent event) {
    if (FabricConfig.class.equals(event.configClass())
        && Set.of(
                NetworkConfigEvent.Type.CONFIG_ADDED,
                NetworkConfigEvent.Type.CONFIG_UPDATED,
                NetworkConfigEvent.Type.CONFIG_REMOVED)
            .contains(event.type())) {
      turns.execute(this::restart);
    }
  }

  private void restart() {
    stop();
    FabricConfig config = netcfg.getConfig(app, FabricConfig.class);
    if (config == null) {
      return;
    }
    try {
      start(config);
      trouble = "";
    } catch (IOException e) {
      // A port that is taken, a file that is not there yet: that may pass.
      log.warn("the fabric of netcfg is not run, again in {} s: {}", AGAIN_S, e.getMessage());
      trouble = String.valueOf(e.getMessage());
      later();
    } catch (RuntimeException e) {
      trouble = e.toString();
      log.error("the fabric of netcfg is not run: {}", trouble, e);
    }
  }

  private void later() {
    try {
      turns.schedule(
          () -> {
            if (running == null) {
              restart();
            }
          },
          AGAIN_S,
          TimeUnit.SECONDS);
    } catch (RejectedExecutionException stopping) {
      log.debug("stopping");
    }
  }

  private void start(FabricConfig config) throws IOException {
    NodeId local = cluster.getLocalNode().id();
    OnosServices services =
        new OnosServices(
            app,
            local,
            pipeconf,
            devices,
            mastership,
            mastershipAdmin,
            pipeconfs,
            flows,
            groups,
            packets,
            p4runtime);
    OnosNode.Setup setup =
        new OnosNode.Setup(
            local.id(),
            config.inventory(),
            config.listen(),
            Pace.of(config.discovery()).with(config.loops() ? Loops.Mode.ON : Loops.Mode.OFF),
            config.members(),
            config.security());
    TopologyWatch watch = new TopologyWatch(setup.inventory(), config::onosId, links, hosts);
    OnosStateLog stateLog = new OnosStateLog(local, storage, leaderships);
    OnosNode node;
    try {
      node =
          new OnosNode(
              setup, stateLog, timer -> new OnosSouthbound(services, timer, config::onosId));
    } catch (IOException | RuntimeException e) {
      watch.close();
      throw e;
    }
    TopologyProvider provider =
        new TopologyProvider(stateLog, config::onosId, links, hosts, linkProviders, hostProviders);
    running = new Running(node, node.desk(), watch, provider);
    log.info("gRPC on {}:{}", config.listen().getHostString(), node.port());
  }

  private void stop() {
    Running r = running;
    running = null;
    if (r != null) {
      r.provider.close();
      r.watch.close();
      r.desk.close();
      r.node.close();
      trouble = "no netcfg under apps/" + NAME + "/" + FabricConfig.KEY;
    }
  }

  @Override
  public Optional<LeaseDesk> desk() {
    Running r = running;
    return r == null ? Optional.empty() : Optional.of(r.desk);
  }

  @Override
  public int port() {
    Running r = running;
    return r == null ? 0 : r.node.port();
  }

  @Override
  public boolean serving() {
    Running r = running;
    return r != null && r.node.serving();
  }

  @Override
  public String trouble() {
    Running r = running;
    if (r == null) {
      return trouble;
    }
    List<String> all = new ArrayList<>(r.watch.differences());
    if (!r.node.trouble().isEmpty()) {
      all.add(0, r.node.trouble());
    }
    return String.join("; ", all);
  }
}
