package io.myelin.lab.net;

import io.myelin.softswitch.time.Scheduler;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * A cable with two ends. It only delays (and, if asked, loses): rate and queue belong to the
 * sender. Frames arrive in the order in which they were sent.
 *
 * <p>Confined to the scheduler's thread.
 */
public final class EmulatedLink {
  private final Scheduler scheduler;
  private final String name;
  private long latencyNs;
  private long jitterNs;
  private final Way aToB = new Way();
  private final Way bToA = new Way();
  private final List<FrameTap> taps = new ArrayList<>();
  private final List<StateListener> stateListeners = new ArrayList<>();
  private boolean up = true;

  /** Raised by every cut: frames of an earlier epoch were on the cable then, and are lost. */
  private long epoch;

  /** Which way a frame goes. */
  public enum Direction {
    A_TO_B,
    B_TO_A
  }

  /** Is told when the cable is cut or mended, so that ports can follow. */
  @FunctionalInterface
  public interface StateListener {
    void stateChanged(boolean up);
  }

  /**
   * What one end offered since the cable was made.
   *
   * @param frames offered, lost ones included
   * @param bytes offered, without FCS, lost ones included
   * @param lost frames of these lost at random or by a cut
   */
  public record Counters(long frames, long bytes, long lost) {}

  private static final class Way {
    FrameSink sink = f -> {};
    double lossProbability;
    SplittableRandom random = new SplittableRandom(0);
    SplittableRandom jitter = new SplittableRandom(0);

    /** No frame arrives before one that was sent earlier. */
    long lastArrivalNs;

    long frames;
    long bytes;
    long lost;
    long inFlight;
  }

  /**
   * A cable whose ends are attached later.
   *
   * @param name shown to operators
   * @param latencyNs from end to end, nanoseconds, not negative
   */
  public EmulatedLink(Scheduler scheduler, String name, long latencyNs) {
    if (latencyNs < 0) {
      throw new IllegalArgumentException(
          "latencyNs " + latencyNs + " of cable '" + name + "' is not allowed; allowed: 0 or more");
    }
    this.scheduler = scheduler;
    this.name = name;
    this.latencyNs = latencyNs;
  }

  /**
   * A cable between two receivers.
   *
   * @param endA takes what end B sends
   * @param endB takes what end A sends
   */
  public EmulatedLink(
      Scheduler scheduler, String name, long latencyNs, FrameSink endA, FrameSink endB) {
    this(scheduler, name, latencyNs);
    attachA(endA);
    attachB(endB);
  }

  public String name() {
    return name;
  }

  /** From end to end, nanoseconds. */
  public long latencyNs() {
    return latencyNs;
  }

  /** By how much the latency of a frame may differ from {@link #latencyNs}, nanoseconds. */
  public long jitterNs() {
    return jitterNs;
  }

  /**
   * Delays what is sent from now on, in both directions. Frames keep their order: one that would
   * overtake another arrives with it.
   *
   * @param nowLatencyNs from end to end, nanoseconds, not negative
   * @param nowJitterNs a frame's latency is drawn evenly from so much below to so much above; not
   *     negative, and not above the latency
   * @param seed the same seed delays the same frames alike
   */
  public void delay(long nowLatencyNs, long nowJitterNs, long seed) {
    if (nowLatencyNs < 0 || nowJitterNs < 0 || nowJitterNs > nowLatencyNs) {
      throw new IllegalArgumentException(
          "latencyNs "
              + nowLatencyNs
              + " with jitterNs "
              + nowJitterNs
              + " is not allowed; allowed: 0 or more, and no more jitter than latency");
    }
    latencyNs = nowLatencyNs;
    jitterNs = nowJitterNs;
    SplittableRandom seeds = new SplittableRandom(seed);
    aToB.jitter = seeds.split();
    bToA.jitter = seeds.split();
  }

  /** Sets who receives at end A; nobody does before. */
  public void attachA(FrameSink sink) {
    bToA.sink = sink;
  }

  /** Sets who receives at end B; nobody does before. */
  public void attachB(FrameSink sink) {
    aToB.sink = sink;
  }

  /** Puts a frame, whose last bit has just left the sender, on the cable at end A. */
  public void sendFromA(byte[] frame) {
    send(Direction.A_TO_B, aToB, frame);
  }

  /** Puts a frame, whose last bit has just left the sender, on the cable at end B. */
  public void sendFromB(byte[] frame) {
    send(Direction.B_TO_A, bToA, frame);
  }

  private void send(Direction direction, Way way, byte[] frame) {
    way.frames++;
    way.bytes += frame.length;
    if (!up) {
      way.lost++;
      return;
    }
    long nowNs = scheduler.nowNs();
    for (int i = 0; i < taps.size(); i++) {
      taps.get(i).frame(direction, nowNs, frame);
    }
    if (way.lossProbability > 0 && way.random.nextDouble() < way.lossProbability) {
      way.lost++;
      return;
    }
    way.inFlight++;
    long sentIn = epoch;
    way.lastArrivalNs = Math.max(way.lastArrivalNs, nowNs + delayNs(way));
    scheduler.at(way.lastArrivalNs, () -> arrive(way, sentIn, frame));
  }

  private long delayNs(Way way) {
    return jitterNs == 0
        ? latencyNs
        : latencyNs + way.jitter.nextLong(-jitterNs, Math.addExact(jitterNs, 1));
  }

  private void arrive(Way way, long sentIn, byte[] frame) {
    if (sentIn == epoch) {
      way.inFlight--;
      way.sink.deliver(frame);
    }
  }

  /**
   * Loses frames of one direction at random from now on.
   *
   * @param probability of each frame, 0 to 1
   * @param seed the same seed loses the same frames
   */
  public void lose(Direction direction, double probability, long seed) {
    if (!(probability >= 0 && probability <= 1)) {
      throw new IllegalArgumentException(
          "loss probability " + probability + " is not allowed; allowed: 0 to 1");
    }
    Way way = way(direction);
    way.lossProbability = probability;
    way.random = new SplittableRandom(seed);
  }

  /** Share of frames of a direction that is lost at random, 0 to 1. */
  public double lossProbability(Direction direction) {
    return way(direction).lossProbability;
  }

  /** Loses frames of both directions at random, independently of each other. */
  public void lose(double probability, long seed) {
    SplittableRandom seeds = new SplittableRandom(seed);
    lose(Direction.A_TO_B, probability, seeds.nextLong());
    lose(Direction.B_TO_A, probability, seeds.nextLong());
  }

  /**
   * Cuts or mends the cable. A cut loses what is on it, and what is offered until it is mended.
   * Listeners are told of changes only.
   */
  public void setUp(boolean nowUp) {
    if (up == nowUp) {
      return;
    }
    up = nowUp;
    if (!nowUp) {
      epoch++;
      loseInFlight(aToB);
      loseInFlight(bToA);
    }
    for (StateListener listener : List.copyOf(stateListeners)) {
      listener.stateChanged(nowUp);
    }
  }

  private static void loseInFlight(Way way) {
    way.lost += way.inFlight;
    way.inFlight = 0;
    way.lastArrivalNs = 0;
  }

  public boolean isUp() {
    return up;
  }

  /** Tells {@code listener} of every cut and mending from now on. */
  public void onState(StateListener listener) {
    stateListeners.add(listener);
  }

  /** Shows {@code tap} every frame that enters an unbroken cable from now on. */
  public void tap(FrameTap tap) {
    taps.add(tap);
  }

  /** Takes a tap off again. */
  public void untap(FrameTap tap) {
    taps.remove(tap);
  }

  /** What end A offered. */
  public Counters fromA() {
    return counters(Direction.A_TO_B);
  }

  /** What end B offered. */
  public Counters fromB() {
    return counters(Direction.B_TO_A);
  }

  /** What was offered for one direction. */
  public Counters counters(Direction direction) {
    Way way = way(direction);
    return new Counters(way.frames, way.bytes, way.lost);
  }

  private Way way(Direction direction) {
    return switch (direction) {
      case A_TO_B -> aToB;
      case B_TO_A -> bToA;
    };
  }
}
