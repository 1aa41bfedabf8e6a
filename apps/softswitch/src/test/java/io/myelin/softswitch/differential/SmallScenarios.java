package io.myelin.softswitch.differential;

import io.myelin.p4.config.v1.Table;
import java.math.BigInteger;
import java.util.List;
import java.util.Random;
import java.util.function.Function;

/** Programs that have what myelin.p4 has not. */
final class SmallScenarios {
  /** Operations of externs.p4 but random numbers and {@code assert}, which ends BMv2. */
  private static final List<Integer> EXTERNS =
      List.of(
          1, 2, 3, 4, 5, 6, 7, 0x10, 0x11, 0x12, 0x13, 0x14, 0x15, 0x20, 0x21, 0x23, 0x40, 0x41);

  private SmallScenarios() {}

  /** Few values per field, so that entries and packets meet. */
  private static final class SmallValues extends Hints {
    SmallValues(Random random) {
      super(random);
    }

    @Override
    int entries(Table table) {
      return 30;
    }

    @Override
    BigInteger value(String owner, String field, int width) {
      if (field.equals("port")) {
        return BigInteger.valueOf(rarely(10) ? 255 : 1 + random.nextInt(8));
      } else if (rarely(8)) {
        return super.value(owner, field, width);
      }
      // The low bits, and with wide fields some high ones: prefixes and masks have both.
      BigInteger low = BigInteger.valueOf(random.nextInt(width < 8 ? 1 << width : 12));
      return width < 32 || rarely(2)
          ? low
          : low.or(BigInteger.valueOf(random.nextInt(4)).shiftLeft(width - 3));
    }
  }

  private static Comparison.Scenario of(Program p, Mask mask, Function<Random, Packets> packets) {
    return new Comparison.Scenario(
        p,
        mask,
        !p.name.equals("replicate"),
        r -> Entries.generate(p, new SmallValues(r)),
        packets,
        List.of());
  }

  private static int port(Random r) {
    return 1 + r.nextInt(8);
  }

  /**
   * With a random payload. Headers are whole: these programs read them without asking whether they
   * are valid, and then BMv2 reads what an earlier packet left.
   */
  private static Packets.Packet packet(Random r, int port, Packets.Bytes b) {
    return new Packets.Packet(port, b.random(r, r.nextInt(40)).array());
  }

  /** All match kinds, constant entries, profiles, selectors, switch statements. */
  static Comparison.Scenario tables() {
    Program p = Program.test("p4", "tables");
    return of(
        p,
        new Mask(p),
        r -> {
          SmallValues v = new SmallValues(r);
          return () ->
              packet(
                  r,
                  port(r),
                  new Packets.Bytes()
                      .put(r.nextInt(11), 1)
                      .put(v.value("", "a", 8), 1)
                      .put(v.value("", "b", 16), 2)
                      .put(v.value("", "c", 32), 4)
                      .put(v.value("", "d", 128), 16)
                      .random(r, 3));
        });
  }

  /** Registers, counters, meters, hashes, checksums, digests, truncation. */
  static Comparison.Scenario externs() {
    Program p = Program.test("p4", "externs");
    return of(
        p,
        new Mask(p),
        r ->
            () ->
                packet(
                    r,
                    port(r),
                    new Packets.Bytes()
                        .put(EXTERNS.get(r.nextInt(EXTERNS.size())), 1)
                        .put(r.nextInt(4), 4)
                        .random(r, 16)));
  }

  /** Clones, resubmission, recirculation, multicast, priorities; queueing metadata are hidden. */
  static Comparison.Scenario replication() {
    Program p = Program.test("p4", "replicate");
    return of(
        p,
        new Mask(p, 11, 21),
        r ->
            () ->
                packet(
                    r,
                    port(r),
                    new Packets.Bytes()
                        .put(r.nextInt(11), 1)
                        .put(r.nextInt(10), 1)
                        .put(r.nextInt(256), 1)));
  }

  /** Ranges, optionals, direct and indexed meters, selectors with crc16, packet-ins and -outs. */
  static Comparison.Scenario p4Runtime() {
    Program p = Program.test("p4rt", "conformance");
    return of(
        p,
        new Mask(p),
        r -> {
          SmallValues v = new SmallValues(r);
          return () -> {
            boolean out = r.nextInt(12) == 0;
            Packets.Bytes b = new Packets.Bytes();
            if (out) {
              b.put((long) port(r) << 7, 2);
            }
            b.put(v.value("", "dst", 48), 6)
                .put(v.value("", "src", 48), 6)
                .put(v.value("", "type", 16), 2);
            return packet(r, out ? 255 : port(r), b);
          };
        });
  }
}
