package io.myelin.bench.lab;

import io.myelin.core.pipeline.DropReason;
import io.myelin.lab.LabFabric;
import io.myelin.lab.net.EmulatedLink;
import io.myelin.lab.roce.RoceHost;
import io.myelin.softswitch.engine.PortStats;
import io.myelin.softswitch.engine.Softswitch;

/**
 * What went wrong with packets anywhere in a fabric, up to a moment.
 *
 * @param lost frames on cables, in queues, and by switches that had no way for them
 * @param reordered data packets that came ahead of others
 * @param sentAgain data packets
 */
record Losses(long lost, long reordered, long sentAgain) {

  static Losses of(LabFabric fabric) {
    return fabric.call(() -> count(fabric)).join();
  }

  private static Losses count(LabFabric fabric) {
    long lost = 0;
    for (EmulatedLink l : fabric.links().values()) {
      lost += l.fromA().lost() + l.fromB().lost();
    }
    for (Softswitch sw : fabric.switches().values()) {
      for (int port = 1; port <= 254; port++) {
        if (sw.hasPort(port)) {
          for (PortStats.QueueStats q : sw.portStats(port).queues()) {
            lost += q.droppedFull() + q.droppedDown();
          }
        }
      }
      for (DropReason r : DropReason.values()) {
        // What a meter drops was not bought.
        lost +=
            r == DropReason.METER
                ? 0
                : sw.counter("MyelinIngress.drop_counter", r.index()).packets();
      }
    }
    long reordered = 0;
    long again = 0;
    for (RoceHost h : fabric.hosts().values()) {
      reordered += h.stats().outOfOrder();
      again += h.stats().retransmits();
    }
    return new Losses(lost, reordered, again);
  }

  Losses minus(Losses before) {
    return new Losses(
        lost - before.lost, reordered - before.reordered, sentAgain - before.sentAgain);
  }
}
