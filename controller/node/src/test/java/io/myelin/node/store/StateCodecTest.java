package io.myelin.node.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.myelin.core.state.Applied;
import io.myelin.core.state.Command;
import io.myelin.core.state.FabricState;
import io.myelin.core.state.Lease;
import io.myelin.core.state.LeaseName;
import io.myelin.core.state.LinkState;
import io.myelin.core.state.QuotaUsage;
import io.myelin.core.state.StateMachine;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class StateCodecTest {
  private static final int SEEDS = 20;
  private static final int COMMANDS = 400;

  static byte[] bytes(FabricState state) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    StateCodec.encode(state, out);
    return out.toByteArray();
  }

  /** Two replicas, one of which knows the commands only as bytes, and is restarted in between. */
  @Test
  void whatIsReadIsWhatWasWritten() throws IOException {
    Set<String> seen = new TreeSet<>();
    int refused = 0;
    for (int seed = 0; seed < SEEDS; seed++) {
      SmallFabric script = new SmallFabric(seed);
      FabricState a = StateMachine.apply(FabricState.EMPTY, SmallFabric.inventory()).after();
      FabricState b = a;
      for (int i = 0; i < COMMANDS; i++) {
        for (Command c : i % 40 == 39 ? script.newer(a) : List.of(script.next(a))) {
          byte[] written = new LogRecord(c, 0).encode();
          Command read = Objects.requireNonNull(LogRecord.decode(written).command());
          assertArrayEquals(written, new LogRecord(read, 0).encode(), "seed " + seed + ": " + c);
          Applied applied = StateMachine.apply(a, c);
          refused += applied.changes().isEmpty() ? 1 : 0;
          seen.add(c.getClass().getSimpleName());
          a = applied.after();
          b = StateMachine.apply(b, read).after();
        }
        if (i % 100 == 50) {
          b = StateCodec.decodeState(StateCodec.FORMAT, new ByteArrayInputStream(bytes(b)));
        }
      }
      assertArrayEquals(bytes(a), bytes(b), "seed " + seed);
      assertEquals(a.leases(), b.leases(), "seed " + seed);
      assertEquals(a.links(), b.links(), "seed " + seed);
    }
    assertTrue(refused < SEEDS * COMMANDS / 2, refused + " of the commands changed nothing");
    Set<String> all = new TreeSet<>(Set.of("SetInventory"));
    for (Class<?> kind : Command.class.getPermittedSubclasses()) {
      all.add(kind.getSimpleName());
    }
    seen.add("SetInventory");
    assertEquals(all, seen, "a kind of command is not tested");
  }

  @Test
  void whatANewerVersionWroteIsRefusedAndNotGuessedAt() {
    byte[] written = new LogRecord(new Command.Tick(5), 0).encode();
    written[0] = StateCodec.FORMAT + 1;
    IOException e = assertThrows(IOException.class, () -> LogRecord.decode(written));
    assertTrue(String.valueOf(e.getMessage()).contains("upgrade this member"), e.getMessage());
  }

  /** A member is upgraded: its disk holds what the version before quotas wrote. */
  @Test
  void whatFormat1HoldsIsTakenOver() throws IOException {
    FabricState s = snapshot("format-1");
    assertEquals(QuotaUsage.of(s.leases()), s.tenants().usage());
    s = replayed(s, "format-1");
    SmallFabric script = new SmallFabric(7);
    FabricState now = StateMachine.apply(FabricState.EMPTY, SmallFabric.inventory()).after();
    for (int i = 0; i < 150 + 60; i++) {
      now = StateMachine.apply(now, asBeforeFormat6(script.next(now))).after();
    }
    assertEquals(now.leases(), s.leases());
    // Format 1 did not say when links failed.
    for (int l = 0; l < s.links().size(); l++) {
      LinkState is = s.links().get(l);
      LinkState would = now.links().get(l);
      assertEquals(List.of(), is.failuresMs());
      assertEquals(would.up(), is.up());
      assertEquals(would.booked(), is.booked());
      assertEquals(would.leases(), is.leases());
      assertEquals(would.heldBps(), is.heldBps());
    }
    assertEquals(0, s.inventoryVersion());
    assertEquals(now.jobs(), s.jobs());
    assertEquals(now.requestLog(), s.requestLog());
    assertEquals(now.leaseIndices(), s.leaseIndices());
    long living = 0;
    for (Map.Entry<LeaseName, Lease> e : s.leases()) {
      living += e.getValue().state().lives() ? 1 : 0;
    }
    assertTrue(living > 0);
    assertEquals(living, s.tenants().usage().iterator().next().getValue().leases());
    assertArrayEquals(
        bytes(s),
        bytes(StateCodec.decodeState(StateCodec.FORMAT, new ByteArrayInputStream(bytes(s)))));
  }

  /** What was counted of an entry that had no text goes on where it stood: nothing counts twice. */
  @Test
  void whatFormat7HoldsIsTakenOver() throws IOException {
    FabricState s = replayed(snapshot("format-7"), "format-7");
    SmallFabric script = new SmallFabric(7);
    FabricState now = StateMachine.apply(FabricState.EMPTY, SmallFabric.inventory()).after();
    for (int i = 0; i < 150 + 60; i++) {
      now = StateMachine.apply(now, script.next(now)).after();
    }
    assertTrue(now.usage().iterator().next().getValue().counters().size() > 0);
    assertEquals(now.usage(), s.usage());
    assertArrayEquals(bytes(now), bytes(s));
  }

  private static FabricState snapshot(String format) throws IOException {
    return SnapshotFile.read(format, resource(format + ".snapshot")).state();
  }

  private static FabricState replayed(FabricState state, String format) throws IOException {
    FabricState s = state;
    try (DataInputStream log =
        new DataInputStream(new ByteArrayInputStream(resource(format + ".log")))) {
      while (log.available() > 0) {
        LogRecord entry = LogRecord.decode(log.readNBytes(log.readInt()));
        s = StateMachine.apply(s, Objects.requireNonNull(entry.command())).after();
      }
    }
    return s;
  }

  /** What a change meant then: what it gives up is free at once. */
  private static Command asBeforeFormat6(Command c) {
    if (c instanceof Command.UpdateLease u) {
      return new Command.UpdateLease(
          u.name(), u.spec(), u.route(), u.etag(), u.request(), u.timeMs(), Command.Shrink.AT_ONCE);
    } else if (c instanceof Command.UpdateJob u) {
      return new Command.UpdateJob(
          u.name(),
          u.spec(),
          u.routes(),
          u.moves(),
          u.fit(),
          u.etag(),
          u.request(),
          u.timeMs(),
          u.names(),
          Command.Shrink.AT_ONCE);
    }
    return c;
  }

  private static byte[] resource(String name) throws IOException {
    try (InputStream in = StateCodecTest.class.getResourceAsStream(name)) {
      return Objects.requireNonNull(in, name).readAllBytes();
    }
  }

  @Test
  void aDamagedSnapshotIsRefused(@TempDir Path dir) throws IOException {
    Path file = dir.resolve("s");
    FabricState state = StateMachine.apply(FabricState.EMPTY, SmallFabric.inventory()).after();
    SnapshotFile.write(file, new SnapshotFile.Content(state, 7, 8, 9));
    SnapshotFile.Content read = SnapshotFile.read(file);
    assertEquals(7, read.index());
    assertEquals(8, read.timeMs());
    assertEquals(9, read.epoch());
    assertArrayEquals(bytes(state), bytes(read.state()));
    byte[] content = Files.readAllBytes(file);
    for (int at = 0; at < content.length; at += 13) {
      byte[] broken = content.clone();
      broken[at] ^= 0x10;
      Files.write(file, broken);
      assertThrows(IOException.class, () -> SnapshotFile.read(file), "byte " + at);
    }
    Files.write(file, java.util.Arrays.copyOf(content, content.length - 1));
    assertThrows(IOException.class, () -> SnapshotFile.read(file));
    Files.write(file, "not a snapshot".getBytes(StandardCharsets.UTF_8));
    assertThrows(IOException.class, () -> SnapshotFile.read(file));
  }
}
