package io.myelin.lab.net;

import io.myelin.softswitch.time.Scheduler;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Consumer;

/**
 * A cable with two ends. It only delays (and, if asked, loses): rate and queue belong to the
 * sender.
 *
 * <p>Confined to the scheduler's thread.
 */
public final class Link {
  private final Scheduler scheduler;
  private final String name;
  private final long latencyNs;
  private final Direction aToB = new Direction();
  private final Direction bToA = new Direction();
  private final List<Tap> taps = new ArrayList<>();
  private final List<Consumer<Boolean>> stateListeners = new ArrayList<>();
  private double lossProbability;
  private SplittableRandom random = new SplittableRandom(0);
  private boolean up = true;
  private long epoch; // frames of an earlier epoch were on the cable when it was cut

  /** Sees every frame that is put on the cable. */
  public interface Tap {
    /**
     * @param fromA the direction
     * @param timeNs when its last bit left the sender
     */
    void frame(boolean fromA, long timeNs, byte[] frame);
  }

  /**
   * What went one way.
   *
   * @param lost by loss, by a cut, or because nobody is at the other end
   */
  public record Counters(long frames, long bytes, long lost) {}

  private static final class Direction {
    FrameSink sink = f -> {};
    long frames;
    long bytes;
    long lost;

    Counters counters() {
      return new Counters(frames, bytes, lost);
    }
  }

  /**
   * @param latencyNs from end to end, nanoseconds
   */
  public Link(Scheduler scheduler, String name, long latencyNs) {
    this.scheduler = scheduler;
    this.name = name;
    this.latencyNs = latencyNs;
  }

  public String name() {
    return name;
  }

  /** Sets who receives at end A. */
  public void attachA(FrameSink sink) {
    bToA.sink = sink;
  }

  /** Sets who receives at end B. */
  public void attachB(FrameSink sink) {
    aToB.sink = sink;
  }

  /** Puts a frame on the cable at end A. */
  public void sendFromA(byte[] frame) {
    send(aToB, true, frame);
  }

  /** Puts a frame on the cable at end B. */
  public void sendFromB(byte[] frame) {
    send(bToA, false, frame);
  }

  private void send(Direction d, boolean fromA, byte[] frame) {
    for (int i = 0; i < taps.size(); i++) {
      taps.get(i).frame(fromA, scheduler.nowNs(), frame);
    }
    d.frames++;
    d.bytes += frame.length;
    if (!up || (lossProbability > 0 && random.nextDouble() < lossProbability)) {
      d.lost++;
      return;
    }
    long mine = epoch;
    scheduler.after(
        latencyNs,
        () -> {
          if (mine == epoch) {
            d.sink.deliver(frame);
          } else {
            d.lost++;
          }
        });
  }

  /** Loses each frame with this probability, by a generator with this seed. */
  public void lose(double probability, long seed) {
    lossProbability = probability;
    random = new SplittableRandom(seed);
  }

  /** Cuts or mends the cable; what is on it is lost. Both ends are told. */
  public void setUp(boolean now) {
    if (up != now) {
      up = now;
      epoch++;
      stateListeners.forEach(l -> l.accept(now));
    }
  }

  public boolean isUp() {
    return up;
  }

  /** Tells {@code listener} when the cable is cut or mended. */
  public void onState(Consumer<Boolean> listener) {
    stateListeners.add(listener);
  }

  public void tap(Tap tap) {
    taps.add(tap);
  }

  public Counters fromA() {
    return aToB.counters();
  }

  public Counters fromB() {
    return bToA.counters();
  }
}
