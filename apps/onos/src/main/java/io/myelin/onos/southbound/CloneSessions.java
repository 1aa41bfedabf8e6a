package io.myelin.onos.southbound;

import io.myelin.core.model.U128;
import io.myelin.core.pipeline.Entry;
import io.myelin.core.pipeline.EntryAction;
import io.myelin.core.pipeline.EntryKey;
import io.myelin.core.pipeline.FieldMatch;
import io.myelin.core.pipeline.Table;
import io.myelin.core.reconcile.TableUpdate;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.onosproject.core.ApplicationId;
import org.onosproject.net.Device;
import org.onosproject.net.DeviceId;
import org.onosproject.net.PortNumber;
import org.onosproject.net.device.DeviceService;
import org.onosproject.net.flow.DefaultTrafficTreatment;
import org.onosproject.net.flow.instructions.Instruction;
import org.onosproject.net.flow.instructions.Instructions.OutputInstruction;
import org.onosproject.net.group.DefaultGroupBucket;
import org.onosproject.net.group.DefaultGroupDescription;
import org.onosproject.net.group.DefaultGroupKey;
import org.onosproject.net.group.Group;
import org.onosproject.net.group.GroupBuckets;
import org.onosproject.net.group.GroupDescription;
import org.onosproject.net.group.GroupEvent;
import org.onosproject.net.group.GroupKey;
import org.onosproject.net.group.GroupListener;
import org.onosproject.net.group.GroupProgrammable;
import org.onosproject.net.group.GroupService;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Clone sessions as ONOS's groups of type CLONE. ONOS tells of a group that is on the switch with
 * its next poll, by default every 30 s, and never of one that could not be written; its driver
 * knows at once what it has written, so that is who is asked.
 */
final class CloneSessions implements GroupListener {
  private static final Logger log = LoggerFactory.getLogger(CloneSessions.class);

  /** Between looks at what the driver has written, and how many: 10 s, twice ONOS's own limit. */
  private static final long LOOK_MS = 100;

  private static final int LOOKS = 100;

  private final DeviceService devices;
  private final GroupService groups;
  private final ApplicationId app;
  private final Table table;
  private final Map<String, CompletableFuture<Boolean>> waiting = new ConcurrentHashMap<>();

  CloneSessions(Table table, DeviceService devices, GroupService groups, ApplicationId app) {
    this.table = table;
    this.devices = devices;
    this.groups = groups;
    this.app = app;
    groups.addListener(this);
  }

  /** Completes with whether ONOS took it to the switch. */
  CompletableFuture<Boolean> write(DeviceId device, TableUpdate update) {
    Entry entry = update.entry();
    FieldMatch id = entry.key().on(Table.SESSION_ID);
    if (id == null || !(entry.action() instanceof EntryAction.Call call)) {
      throw new IllegalArgumentException("not a clone session: " + entry);
    }
    int session = (int) id.value().lo();
    PortNumber port = PortNumber.portNumber(call.args().get(0).value().lo());
    GroupKey key = key(session);
    CompletableFuture<Boolean> done = new CompletableFuture<>();
    waiting.put(name(device, session), done);
    Group there = groups.getGroup(device, key);
    if (update.type() == TableUpdate.Type.DELETE) {
      if (there == null) {
        done.complete(true);
      } else {
        groups.removeGroup(device, key, app);
        look(device, session, null, done, LOOKS);
      }
      return done;
    }
    GroupBuckets buckets = buckets(port);
    if (there == null) {
      groups.addGroup(
          new DefaultGroupDescription(
              device, GroupDescription.Type.CLONE, buckets, key, session, app));
    } else if (!there.buckets().equals(buckets)) {
      groups.setBucketsForGroup(device, key, buckets, key, app);
    } else if (there.state() == Group.GroupState.ADDED) {
      done.complete(true);
    }
    look(device, session, buckets, done, LOOKS);
    return done;
  }

  /** Looks until the driver has written the session, null: removed it, or the event says so. */
  private void look(
      DeviceId device,
      int session,
      @Nullable GroupBuckets wanted,
      CompletableFuture<Boolean> done,
      int looks) {
    if (done.isDone()) {
      return;
    }
    if (looks == 0) {
      done.complete(false);
      return;
    }
    CompletableFuture.delayedExecutor(LOOK_MS, TimeUnit.MILLISECONDS)
        .execute(
            () -> {
              if (!done.isDone() && isWritten(device, session, wanted)) {
                done.complete(true);
              }
              look(device, session, wanted, done, looks - 1);
            });
  }

  private boolean isWritten(DeviceId id, int session, @Nullable GroupBuckets wanted) {
    try {
      Device device = devices.getDevice(id);
      if (device == null || !device.is(GroupProgrammable.class)) {
        return false;
      }
      GroupBuckets found = null;
      for (Group g : device.as(GroupProgrammable.class).getGroups()) {
        if (g.type() == GroupDescription.Type.CLONE && g.id().id() == session) {
          found = g.buckets();
        }
      }
      return Objects.equals(wanted, found);
    } catch (IllegalStateException e) { // the device has just gone
      log.debug("{}: no look at clone session {}", id, session, e);
      return false;
    }
  }

  private static GroupBuckets buckets(PortNumber port) {
    return new GroupBuckets(
        List.of(
            DefaultGroupBucket.createCloneGroupBucket(
                DefaultTrafficTreatment.builder().setOutput(port).build())));
  }

  private static GroupKey key(int session) {
    return new DefaultGroupKey(("myelin-clone-" + session).getBytes(StandardCharsets.UTF_8));
  }

  private static String name(DeviceId device, int session) {
    return device + "/" + session;
  }

  /** What ONOS knows the switch to hold. */
  List<Entry> read(DeviceId device) {
    List<Entry> all = new ArrayList<>();
    for (Group g : groups.getGroups(device, app)) {
      if (g.type() != GroupDescription.Type.CLONE || g.state() != Group.GroupState.ADDED) {
        continue;
      }
      g.buckets()
          .buckets()
          .forEach(
              b -> {
                for (Instruction i : b.treatment().allInstructions()) {
                  if (i instanceof OutputInstruction out) {
                    all.add(entry(g.id().id(), out.port().toLong()));
                  }
                }
              });
    }
    return all;
  }

  private Entry entry(int session, long port) {
    return new Entry(
        new EntryKey(table, List.of(FieldMatch.exact(Table.SESSION_ID, session)), 0),
        new EntryAction.Call(
            EntryAction.CLONE_TO, List.of(new EntryAction.Arg("port", U128.of(port)))));
  }

  @Override
  public void event(GroupEvent event) {
    Group g = event.subject();
    CompletableFuture<Boolean> done = waiting.get(name(g.deviceId(), g.id().id()));
    if (done == null || g.type() != GroupDescription.Type.CLONE) {
      return;
    }
    switch (event.type()) {
      case GROUP_ADDED, GROUP_UPDATED, GROUP_REMOVED -> done.complete(true);
      case GROUP_ADD_FAILED, GROUP_UPDATE_FAILED, GROUP_REMOVE_FAILED -> done.complete(false);
      case GROUP_ADD_REQUESTED,
          GROUP_UPDATE_REQUESTED,
          GROUP_REMOVE_REQUESTED,
          GROUP_BUCKET_FAILOVER -> {}
    }
  }

  void close() {
    groups.removeListener(this);
  }
}
