package io.myelin.onos.pipeline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.onlab.packet.ChassisId;
import org.onosproject.net.AbstractProjectableModel;
import org.onosproject.net.AnnotationKeys;
import org.onosproject.net.DefaultAnnotations;
import org.onosproject.net.DefaultDevice;
import org.onosproject.net.Device;
import org.onosproject.net.DeviceId;
import org.onosproject.net.PortNumber;
import org.onosproject.net.device.DeviceServiceAdapter;
import org.onosproject.net.driver.AbstractHandlerBehaviour;
import org.onosproject.net.driver.Behaviour;
import org.onosproject.net.driver.DefaultDriver;
import org.onosproject.net.driver.Driver;
import org.onosproject.net.driver.DriverAdminServiceAdapter;
import org.onosproject.net.driver.DriverProvider;
import org.onosproject.net.driver.DriverServiceAdapter;
import org.onosproject.net.flow.TrafficTreatment;
import org.onosproject.net.flow.criteria.Criterion;
import org.onosproject.net.packet.InboundPacket;
import org.onosproject.net.packet.OutboundPacket;
import org.onosproject.net.pi.PiPipeconfServiceAdapter;
import org.onosproject.net.pi.model.PiMatchFieldId;
import org.onosproject.net.pi.model.PiPipeconf;
import org.onosproject.net.pi.model.PiPipeconfId;
import org.onosproject.net.pi.model.PiPipelineInterpreter;
import org.onosproject.net.pi.model.PiTableId;
import org.onosproject.net.pi.runtime.PiAction;
import org.onosproject.net.pi.runtime.PiPacketOperation;
import org.onosproject.net.provider.ProviderId;

class MergedDriversTest {
  private static final String NAME = "bmv2:" + MyelinPipeconf.ID;
  private static final DeviceId LEAF = DeviceId.deviceId("device:leaf1");

  private final Drivers drivers = new Drivers();
  private final Pipeconfs pipeconfs = new Pipeconfs();
  private final DefaultDevice device =
      new DefaultDevice(
          new ProviderId("p4runtime", "test"),
          LEAF,
          Device.Type.SWITCH,
          "",
          "",
          "",
          "",
          new ChassisId(),
          DefaultAnnotations.builder().set(AnnotationKeys.DRIVER, NAME).build());

  MergedDriversTest() {
    known(
        new DriverServiceAdapter() {
          @Override
          public Driver getDriver(DeviceId id) {
            return drivers.getDriver(NAME);
          }
        });
  }

  @AfterEach
  void forget() {
    known(null);
  }

  /** Where devices look for drivers. */
  @SuppressWarnings("NullAway") // as ONOS itself leaves it at the end
  private static void known(@Nullable DriverServiceAdapter service) {
    AbstractProjectableModel.setDriverService("test", service);
  }

  private void renew() {
    MergedDrivers.renew(
        drivers,
        pipeconfs,
        new DeviceServiceAdapter() {
          @Override
          public Iterable<Device> getDevices() {
            return List.of(device);
          }
        });
  }

  @Test
  void aDeviceThatKeepsTheClassesOfAnEarlierVersionGetsThoseOfThisOne() {
    drivers.add(OldInterpreter.class);
    assertInstanceOf(OldInterpreter.class, device.as(PiPipelineInterpreter.class));
    renew();
    assertInstanceOf(MyelinInterpreter.class, device.as(PiPipelineInterpreter.class));
    assertEquals(1, drivers.providers.size());
  }

  @Test
  void driversOfThisVersionStay() {
    drivers.add(MyelinInterpreter.class);
    DriverProvider provider = drivers.providers.iterator().next();
    Driver before = drivers.getDriver(NAME);
    assertInstanceOf(MyelinInterpreter.class, device.as(PiPipelineInterpreter.class));
    renew();
    assertSame(provider, drivers.providers.iterator().next());
    assertSame(before, device.driver());
    assertEquals(0, pipeconfs.merged);
  }

  /** The drivers that ONOS has. */
  private static final class Drivers extends DriverAdminServiceAdapter {
    final Set<DriverProvider> providers = new LinkedHashSet<>();

    void add(Class<? extends Behaviour> interpreter) {
      Driver d =
          new DefaultDriver(
              NAME,
              List.of(),
              "",
              "",
              "",
              Map.of(PiPipelineInterpreter.class, interpreter),
              Map.of());
      providers.add(() -> Set.of(d));
    }

    @Override
    public Set<DriverProvider> getProviders() {
      return Set.copyOf(providers);
    }

    @Override
    public void unregisterProvider(DriverProvider provider) {
      providers.remove(provider);
    }

    @Override
    public Driver getDriver(String name) {
      List<Driver> all = new ArrayList<>();
      providers.forEach(p -> all.addAll(p.getDrivers()));
      return all.stream().filter(d -> d.name().equals(name)).findFirst().orElseThrow();
    }
  }

  /** Merges as ONOS does: only when there is no driver of the name. */
  private final class Pipeconfs extends PiPipeconfServiceAdapter {
    int merged;

    @Override
    public Optional<PiPipeconf> getPipeconf(DeviceId id) {
      return Optional.of(
          (PiPipeconf)
              Proxy.newProxyInstance(
                  getClass().getClassLoader(),
                  new Class<?>[] {PiPipeconf.class},
                  (proxy, method, args) -> {
                    assertEquals("id", method.getName());
                    return MyelinPipeconf.ID;
                  }));
    }

    @Override
    public String getMergedDriver(DeviceId id, PiPipeconfId pipeconf) {
      if (drivers.providers.isEmpty()) {
        merged++;
        drivers.add(MyelinInterpreter.class);
      }
      return NAME;
    }
  }

  /** As a bundle had it that is gone. */
  public static final class OldInterpreter extends AbstractHandlerBehaviour
      implements PiPipelineInterpreter {
    @Override
    public Optional<PiMatchFieldId> mapCriterionType(Criterion.Type type) {
      return Optional.empty();
    }

    @Override
    public Optional<PiTableId> mapFlowRuleTableId(int table) {
      return Optional.empty();
    }

    @Override
    public PiAction mapTreatment(TrafficTreatment treatment, PiTableId table) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Collection<PiPacketOperation> mapOutboundPacket(OutboundPacket packet) {
      throw new UnsupportedOperationException();
    }

    @Override
    public InboundPacket mapInboundPacket(PiPacketOperation packet, DeviceId id) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Optional<Integer> mapLogicalPortNumber(PortNumber port) {
      return Optional.empty();
    }
  }
}
