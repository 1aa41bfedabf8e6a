package io.myelin.node.observe;

import io.grpc.Status;
import io.myelin.core.model.DeviceId;
import io.myelin.core.port.WriteOutcome;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

/** Passes on what happens to all who asked, in the order in which they did. */
public final class EventRelay implements MemberEvents {
  private final List<MemberEvents> listeners = new CopyOnWriteArrayList<>();

  /** From now on. */
  public void add(MemberEvents listener) {
    listeners.add(listener);
  }

  @Override
  public void called(String method, Status.Code code, long ns) {
    listeners.forEach(l -> l.called(method, code, ns));
  }

  @Override
  public void committed(long ns) {
    listeners.forEach(l -> l.committed(ns));
  }

  @Override
  public void written(DeviceId device, Map<WriteOutcome.Kind, Integer> outcomes, long ns) {
    listeners.forEach(l -> l.written(device, outcomes, ns));
  }

  @Override
  public void unanswered(DeviceId device) {
    listeners.forEach(l -> l.unanswered(device));
  }
}
