package io.myelin.onos.southbound;

import io.myelin.core.pipeline.Entry;
import io.myelin.core.pipeline.EntryKey;
import io.myelin.core.port.Southbound.Count;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.onosproject.net.DeviceId;
import org.onosproject.net.pi.model.PiCounterId;
import org.onosproject.net.pi.model.PiPipeconf;
import org.onosproject.net.pi.model.PiTableId;
import org.onosproject.net.pi.runtime.PiCounterCell;
import org.onosproject.net.pi.runtime.PiMeterCellConfig;
import org.onosproject.net.pi.runtime.PiMeterCellId;
import org.onosproject.p4runtime.api.P4RuntimeClient;
import org.onosproject.p4runtime.api.P4RuntimeController;
import org.onosproject.p4runtime.api.P4RuntimeReadClient;
import org.onosproject.p4runtime.api.P4RuntimeWriteClient;

/**
 * What ONOS 2.7 has no service for: direct meters (its MeterService gives every meter an index) and
 * indexed counters. They go over ONOS's own session with the switch, so that there is still one
 * primary.
 */
final class DirectMeters {
  private final P4RuntimeController controller;
  private final PiPipeconf pipeconf;
  private final PiEntries entries;
  private final Map<String, PiCounterId> counters = new HashMap<>();
  private final List<PiTableId> metered;

  DirectMeters(P4RuntimeController controller, PiPipeconf pipeconf, PiEntries entries) {
    this.controller = controller;
    this.pipeconf = pipeconf;
    this.entries = entries;
    pipeconf
        .pipelineModel()
        .counters()
        .forEach(
            c -> counters.put(c.id().id().substring(c.id().id().lastIndexOf('.') + 1), c.id()));
    metered = entries.metered();
  }

  private P4RuntimeClient client(DeviceId device) {
    P4RuntimeClient client = controller.get(device);
    if (client == null) {
      throw new IllegalStateException("ONOS has no P4Runtime session with " + device);
    }
    return client;
  }

  /** Writes meters of entries that are there; completes with the keys that failed. */
  CompletableFuture<Map<EntryKey, String>> write(
      DeviceId device, long p4DeviceId, List<Entry> metered) {
    Map<EntryKey, String> failed = new HashMap<>();
    if (metered.isEmpty()) {
      return CompletableFuture.completedFuture(failed);
    }
    P4RuntimeWriteClient.WriteRequest request = client(device).write(p4DeviceId, pipeconf);
    for (Entry e : metered) {
      Entry.Meter m = e.meter();
      if (m != null) {
        request.modify(
            PiMeterCellConfig.builder()
                .withMeterCellId(PiMeterCellId.ofDirect(entries.meteredEntry(e.key())))
                .withCommittedBand(m.committedPerS(), m.committedBurst())
                .withPeakBand(m.peakPerS(), m.peakBurst())
                .build());
      }
    }
    return request
        .submit()
        .thenApply(
            response -> {
              for (P4RuntimeWriteClient.EntityUpdateResponse r : response.failed()) {
                if (r.entity() instanceof PiMeterCellConfig c) {
                  EntryKey key = entries.key(c.cellId().tableEntry());
                  if (key != null) {
                    failed.put(key, "meter: " + r.status() + " " + r.explanation());
                  }
                }
              }
              return failed;
            });
  }

  /** Reads the meters of all tables that have one for each entry. */
  CompletableFuture<Map<EntryKey, Entry.Meter>> read(DeviceId device, long p4DeviceId) {
    return client(device)
        .read(p4DeviceId, pipeconf)
        .directMeterCells(metered)
        .submit()
        .thenApply(
            response -> {
              Map<EntryKey, Entry.Meter> meters = new HashMap<>();
              for (PiMeterCellConfig c : answered(response).all(PiMeterCellConfig.class)) {
                EntryKey key = entries.key(c.cellId().tableEntry());
                if (key != null && !c.isDefaultConfig()) {
                  meters.put(
                      key,
                      new Entry.Meter(
                          c.committedBand().rate(),
                          c.committedBand().burst(),
                          c.peakBand().rate(),
                          c.peakBand().burst()));
                }
              }
              return meters;
            });
  }

  /** Reads indexed counters whole. */
  CompletableFuture<List<List<Count>>> counters(
      DeviceId device, long p4DeviceId, List<String> names) {
    Set<PiCounterId> ids = new HashSet<>();
    List<List<Count>> counts = new ArrayList<>();
    Map<PiCounterId, List<Count>> byId = new HashMap<>();
    for (String name : names) {
      PiCounterId id = counters.get(name);
      if (id == null) {
        throw new IllegalArgumentException(
            "the pipeline has no counter '" + name + "'; it has: " + counters.keySet());
      }
      ids.add(id);
      counts.add(byId.computeIfAbsent(id, k -> new ArrayList<>()));
    }
    return client(device)
        .read(p4DeviceId, pipeconf)
        .counterCells(ids)
        .submit()
        .thenApply(
            response -> {
              for (PiCounterCell c : answered(response).all(PiCounterCell.class)) {
                List<Count> one = byId.get(c.cellId().counterId());
                if (one == null) {
                  continue;
                }
                while (one.size() <= c.cellId().index()) {
                  one.add(new Count(0, 0));
                }
                one.set((int) c.cellId().index(), new Count(c.data().packets(), c.data().bytes()));
              }
              return counts;
            });
  }

  private static P4RuntimeReadClient.ReadResponse answered(P4RuntimeReadClient.ReadResponse r) {
    if (!r.isSuccess()) {
      throw new IllegalStateException("the switch did not answer: " + r.explanation());
    }
    return r;
  }
}
