package io.myelin.onos.pipeline;

import java.lang.reflect.Field;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.onosproject.net.AbstractProjectableModel;
import org.onosproject.net.Device;
import org.onosproject.net.device.DeviceService;
import org.onosproject.net.driver.Driver;
import org.onosproject.net.driver.DriverAdminService;
import org.onosproject.net.driver.DriverProvider;
import org.onosproject.net.pi.model.PiPipeconf;
import org.onosproject.net.pi.model.PiPipeconfId;
import org.onosproject.net.pi.model.PiPipelineInterpreter;
import org.onosproject.net.pi.service.PiPipeconfService;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The drivers that ONOS makes of a switch's own driver and our pipeline's classes. ONOS 2.7 keeps
 * them when a pipeconf is unregistered ({@code PiPipeconfManager}: "TODO add mechanism to remove
 * from device"), and keeps a device's driver as long as the device ({@code
 * AbstractProjectableModel}). After the application is replaced these would still mean the classes
 * of the bundle that is gone, and no packet could be interpreted until ONOS is restarted.
 */
public final class MergedDrivers {
  private static final Logger log = LoggerFactory.getLogger(MergedDrivers.class);

  /** Between the names of a switch's driver and a pipeconf. */
  private static final String SEPARATOR = ":";

  private MergedDrivers() {}

  /** Replaces what an earlier version has left behind; to be called once our pipeconf is there. */
  public static void renew(
      DriverAdminService drivers, PiPipeconfService pipeconfs, DeviceService devices) {
    int stale = 0;
    for (DriverProvider provider : drivers.getProviders()) {
      if (provider.getDrivers().stream().anyMatch(d -> named(d) && isStale(d))) {
        drivers.unregisterProvider(provider);
        stale++;
      }
    }
    if (stale == 0) {
      return;
    }
    int renewed = 0;
    for (Device device : devices.getDevices()) {
      Optional<PiPipeconfId> id = pipeconfs.getPipeconf(device.id()).map(PiPipeconf::id);
      if (id.filter(MyelinPipeconf.ID::equals).isPresent()) {
        pipeconfs.getMergedDriver(device.id(), MyelinPipeconf.ID);
        renewed += renew(device) ? 1 : 0;
      }
    }
    log.info("{} drivers of an earlier version replaced, on {} devices", stale, renewed);
  }

  private static boolean named(Driver d) {
    return d.name().endsWith(SEPARATOR + MyelinPipeconf.ID);
  }

  /** Whether it interprets packets with classes of another bundle than this one. */
  private static boolean isStale(Driver d) {
    Class<?> interpreter = d.implementation(PiPipelineInterpreter.class);
    return interpreter != null && interpreter != MyelinInterpreter.class;
  }

  /** Makes a device look for its driver again, if what it has is an earlier version's. */
  private static boolean renew(Device device) {
    if (!(device instanceof AbstractProjectableModel model)
        || model.driver() == null
        || !isStale(model.driver())) {
      return false;
    }
    Field kept = kept();
    if (kept == null) {
      log.warn("{} keeps the driver of an earlier version; restart this ONOS node", device.id());
      return false;
    }
    try {
      kept.set(model, null);
      return true;
    } catch (IllegalAccessException e) {
      log.warn(
          "{} keeps the driver of an earlier version ({}); restart this ONOS node",
          device.id(),
          e.toString());
      return false;
    }
  }

  private static @Nullable Field kept() {
    try {
      Field f = AbstractProjectableModel.class.getDeclaredField("driver");
      f.setAccessible(true);
      return f;
    } catch (NoSuchFieldException | RuntimeException e) {
      return null; // another ONOS than 2.7
    }
  }
}
