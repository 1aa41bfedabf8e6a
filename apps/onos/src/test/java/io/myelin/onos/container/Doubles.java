package io.myelin.onos.container;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.common.collect.ImmutableSet;
import io.myelin.onos.fake.FakeOnos;
import io.myelin.onos.fake.FakeTopology;
import io.myelin.onos.pipeline.MyelinPipeconf;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.onlab.packet.IpAddress;
import org.onosproject.cluster.ClusterService;
import org.onosproject.cluster.ClusterServiceAdapter;
import org.onosproject.cluster.ControllerNode;
import org.onosproject.cluster.DefaultControllerNode;
import org.onosproject.cluster.Leader;
import org.onosproject.cluster.Leadership;
import org.onosproject.cluster.LeadershipService;
import org.onosproject.cluster.LeadershipServiceAdapter;
import org.onosproject.cluster.NodeId;
import org.onosproject.core.ApplicationId;
import org.onosproject.core.CoreService;
import org.onosproject.core.CoreServiceAdapter;
import org.onosproject.mastership.MastershipAdminService;
import org.onosproject.mastership.MastershipService;
import org.onosproject.net.DeviceId;
import org.onosproject.net.config.Config;
import org.onosproject.net.config.ConfigApplyDelegate;
import org.onosproject.net.config.ConfigFactory;
import org.onosproject.net.config.NetworkConfigRegistry;
import org.onosproject.net.config.NetworkConfigRegistryAdapter;
import org.onosproject.net.device.DeviceService;
import org.onosproject.net.driver.DriverAdminService;
import org.onosproject.net.driver.DriverAdminServiceAdapter;
import org.onosproject.net.driver.DriverProvider;
import org.onosproject.net.flow.FlowRuleService;
import org.onosproject.net.group.GroupService;
import org.onosproject.net.host.HostProviderRegistry;
import org.onosproject.net.host.HostService;
import org.onosproject.net.host.HostServiceAdapter;
import org.onosproject.net.link.LinkProviderRegistry;
import org.onosproject.net.link.LinkService;
import org.onosproject.net.link.LinkServiceAdapter;
import org.onosproject.net.packet.PacketService;
import org.onosproject.net.pi.service.PiPipeconfService;
import org.onosproject.p4runtime.api.P4RuntimeController;
import org.onosproject.store.service.StorageService;
import org.onosproject.store.service.TestStorageService;
import org.osgi.framework.BundleActivator;
import org.osgi.framework.BundleContext;

/** A bundle that offers ONOS's doubles as services. */
public final class Doubles implements BundleActivator {
  /** System property: a file with the netcfg of the application. */
  public static final String CONFIG = "myelin.test.config";

  @Override
  public void start(BundleContext context) throws Exception {
    FakeOnos onos = new FakeOnos(MyelinPipeconf.load());
    JsonNode config =
        new ObjectMapper().readTree(Files.readAllBytes(Path.of(System.getProperty(CONFIG))));
    for (JsonNode d : config.path("inventory").path("devices")) {
      onos.add(DeviceId.deviceId("device:" + d.path("name").asText()), 16);
    }
    context.registerService(CoreService.class, new Core(), null);
    context.registerService(ClusterService.class, new Cluster(), null);
    context.registerService(LeadershipService.class, new Alone(), null);
    context.registerService(StorageService.class, new TestStorageService(), null);
    context.registerService(NetworkConfigRegistry.class, new Netcfg(config), null);
    context.registerService(DeviceService.class, onos.devices, null);
    context.registerService(LinkService.class, new NoLinks(), null);
    context.registerService(HostService.class, new NoHosts(), null);
    context.registerService(DriverAdminService.class, new NoDrivers(), null);
    FakeTopology topology = new FakeTopology();
    context.registerService(LinkProviderRegistry.class, topology.linkRegistry(), null);
    context.registerService(HostProviderRegistry.class, topology.hostRegistry(), null);
    context.registerService(MastershipService.class, onos.masters, null);
    context.registerService(MastershipAdminService.class, onos.masters, null);
    context.registerService(PiPipeconfService.class, onos.pipeconfs, null);
    context.registerService(FlowRuleService.class, onos.flows, null);
    context.registerService(GroupService.class, onos.groups, null);
    context.registerService(PacketService.class, onos.packets, null);
    context.registerService(P4RuntimeController.class, onos.p4runtime, null);
  }

  @Override
  public void stop(BundleContext context) {}

  private static final class Core extends CoreServiceAdapter {
    @Override
    public ApplicationId registerApplication(String name) {
      return FakeOnos.APP;
    }
  }

  private static final class Cluster extends ClusterServiceAdapter {
    @Override
    public ControllerNode getLocalNode() {
      return new DefaultControllerNode(FakeOnos.LOCAL, IpAddress.valueOf("127.0.0.1"));
    }
  }

  /** The only node leads. */
  private static final class Alone extends LeadershipServiceAdapter {
    @Override
    public Leadership runForLeadership(String topic) {
      return getLeadership(topic);
    }

    @Override
    public NodeId getLeader(String topic) {
      return FakeOnos.LOCAL;
    }

    @Override
    public Leadership getLeadership(String topic) {
      return new Leadership(topic, new Leader(FakeOnos.LOCAL, 1, 0), List.of(FakeOnos.LOCAL));
    }
  }

  private static final class NoDrivers extends DriverAdminServiceAdapter {
    @Override
    public Set<DriverProvider> getProviders() {
      return Set.of();
    }
  }

  private static final class NoLinks extends LinkServiceAdapter {
    @Override
    public Iterable<org.onosproject.net.Link> getLinks() {
      return Set.of();
    }
  }

  private static final class NoHosts extends HostServiceAdapter {
    @Override
    public Iterable<org.onosproject.net.Host> getHosts() {
      return Set.of();
    }
  }

  /** One configuration for whatever factory is registered, checked as ONOS checks it. */
  private static final class Netcfg extends NetworkConfigRegistryAdapter {
    private final JsonNode json;
    private final List<ConfigFactory<?, ?>> factories = new CopyOnWriteArrayList<>();

    Netcfg(JsonNode json) {
      this.json = json;
    }

    @Override
    @SuppressWarnings("rawtypes") // ONOS's signature
    public void registerConfigFactory(ConfigFactory factory) {
      factories.add(factory);
    }

    @Override
    @SuppressWarnings("rawtypes") // ONOS's signature
    public Set<ConfigFactory> getConfigFactories() {
      return ImmutableSet.copyOf(factories);
    }

    @Override
    public <S, C extends Config<S>> @Nullable C getConfig(S subject, Class<C> type) {
      for (ConfigFactory<?, ?> f : factories) {
        if (f.configClass().equals(type)) {
          C config = type.cast(f.createConfig());
          config.init(
              subject,
              f.configKey(),
              json,
              new ObjectMapper(),
              new ConfigApplyDelegate() {
                @Override
                @SuppressWarnings("rawtypes") // ONOS's signature
                public void onApply(Config changed) {}
              });
          if (!config.isValid()) {
            throw new IllegalArgumentException("not valid");
          }
          return config;
        }
      }
      return null;
    }
  }
}
