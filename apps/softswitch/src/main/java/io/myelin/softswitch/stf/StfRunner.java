package io.myelin.softswitch.stf;

import io.myelin.softswitch.engine.InvalidProgramException;
import io.myelin.softswitch.engine.MeterRates;
import io.myelin.softswitch.engine.P4Program;
import io.myelin.softswitch.engine.PortConfig;
import io.myelin.softswitch.engine.Softswitch;
import io.myelin.softswitch.stf.StfResult.Outcome;
import io.myelin.softswitch.stf.StfStatement.Expect;
import io.myelin.softswitch.time.VirtualScheduler;
import java.math.BigDecimal;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Runs a test on the softswitch's engine in virtual time: no sockets, no waiting. The meaning of
 * the statements is that of p4c's bmv2stf.py, with these differences: {@code check_counter}, {@code
 * remove} and {@code no_packet} are obeyed (bmv2stf.py skips them), and ranges may be matched.
 *
 * <p>Ports are 0 to 510. What leaves by a port that a {@code packet} or {@code expect} names must
 * be expected; what leaves by others is of interest to {@code no_packet} only.
 */
public final class StfRunner {
  private static final long SECOND_NS = 1_000_000_000;

  /** No 9-bit port: programs see 255 as a port like any other, as in BMv2 by default. */
  private static final int CPU_PORT = 65_535;

  private static final int DROP_PORT = 511;

  private record Entry(String table, long handle) {}

  private final String file;
  private final StfNames names;
  private final VirtualScheduler clock = new VirtualScheduler();
  private final Softswitch sw = new Softswitch(clock, CPU_PORT);
  private final StfReplication replication = new StfReplication(sw);
  private final Map<Integer, Deque<String>> sent = new TreeMap<>();
  private final Map<Integer, List<Expect>> expected = new TreeMap<>();
  private final List<Entry> entries = new ArrayList<>();
  private final Map<String, Entry> named = new HashMap<>();
  private boolean nothingElse;
  private long elsewhere;

  private StfRunner(String file, P4Program program, StfNames names) {
    this.file = file;
    this.names = names;
    sw.load(program);
  }

  /**
   * Runs one test.
   *
   * @param name of the test, for the result
   * @param bmv2Json the compiled program
   * @param stfFile name of the test's file, for messages
   * @param stf the test's text
   */
  public static StfResult run(String name, byte[] bmv2Json, String stfFile, String stf) {
    try {
      List<StfStatement> statements = StfParser.parse(stfFile, stf);
      StfRunner runner = new StfRunner(stfFile, P4Program.parse(bmv2Json), new StfNames(bmv2Json));
      runner.attachPorts(statements);
      boolean checks = false;
      for (StfStatement s : statements) {
        runner.execute(s);
        checks |=
            s instanceof Expect
                || s instanceof StfStatement.Packet
                || s instanceof StfStatement.NoPacket
                || s instanceof StfStatement.CheckCounter;
      }
      runner.clock.runUntilIdle();
      runner.compare();
      return checks
          ? new StfResult(name, Outcome.PASSED, "")
          : new StfResult(name, Outcome.UNSUPPORTED, stfFile + " has neither packets nor checks");
    } catch (InvalidProgramException e) {
      return new StfResult(name, Outcome.UNSUPPORTED, "program: " + e.getMessage());
    } catch (StfException e) {
      return new StfResult(
          name,
          e.isUnsupported() ? Outcome.UNSUPPORTED : Outcome.FAILED,
          String.valueOf(e.getMessage()));
    }
  }

  private void attachPorts(List<StfStatement> statements) {
    for (StfStatement s : statements) {
      int port =
          s instanceof StfStatement.Packet p ? p.port() : s instanceof Expect e ? e.port() : -1;
      if (port >= 0) {
        sent.putIfAbsent(port, new ArrayDeque<>());
      }
    }
    sent.forEach(
        (port, out) ->
            sw.attach(
                port,
                f -> out.add(HexFormat.of().withUpperCase().formatHex(f)),
                PortConfig.UNLIMITED));
    // Egress runs for the other ports too: it may clone or recirculate.
    for (int port = 0; port < DROP_PORT; port++) {
      if (!sent.containsKey(port)) {
        sw.attach(port, f -> elsewhere++, PortConfig.UNLIMITED);
      }
    }
  }

  private void execute(StfStatement statement) {
    try {
      if (statement instanceof StfStatement.Packet p) {
        clock.at(clock.nowNs(), () -> sw.receive(p.port(), p.frame()));
        clock.runUntilIdle();
      } else if (statement instanceof Expect e) {
        expected.computeIfAbsent(e.port(), k -> new ArrayList<>()).add(e);
      } else if (statement instanceof StfStatement.NoPacket) {
        nothingElse = true;
      } else if (statement instanceof StfStatement.Wait) {
        clock.runUntil(clock.nowNs() + SECOND_NS);
      } else if (statement instanceof StfStatement.CheckCounter c) {
        check(c);
      } else {
        control(statement);
        // The reference runner waits a second between commands and packets.
        clock.runUntil(clock.nowNs() + SECOND_NS);
      }
    } catch (IllegalArgumentException | IllegalStateException e) {
      throw StfException.wrong(file, statement.line(), String.valueOf(e.getMessage()));
    }
  }

  private void control(StfStatement statement) {
    if (statement instanceof StfStatement.Add a) {
      StfNames.Table t = names.table(a.table());
      Integer given = a.priority();
      int priority = t.ranked() && given != null ? given : 0;
      Entry e =
          new Entry(
              t.name(),
              sw.addEntry(
                  t.name(), names.match(t, a.matches()), priority, names.call(t, a.action())));
      entries.add(e);
      if (a.id() != null) {
        named.put(a.id(), e);
      }
    } else if (statement instanceof StfStatement.SetDefault d) {
      StfNames.Table t = names.table(d.table());
      sw.setDefaultAction(t.name(), names.call(t, d.action()));
    } else if (statement instanceof StfStatement.Remove r) {
      if (r.id() == null) {
        List.copyOf(entries).forEach(this::remove);
      } else {
        remove(entry(r.id()));
      }
    } else if (statement instanceof StfStatement.Command c) {
      command(c);
    }
  }

  private Entry entry(String id) {
    String key = id.startsWith("$") ? id.substring(1) : id;
    Entry e = named.get(key);
    if (e == null) {
      throw new IllegalArgumentException("no entry was added as " + key);
    }
    return e;
  }

  private void remove(Entry e) {
    sw.removeEntry(e.table(), e.handle());
    entries.remove(e);
    named.values().remove(e);
  }

  private void command(StfStatement.Command c) {
    Words w = new Words(c);
    switch (c.command()) {
      case "mirroring_add" -> replication.mirror(w.integer(), w.integer());
      case "mirroring_add_mc" -> replication.mirrorToGroup(w.integer(), w.integer());
      case "mirroring_delete" -> replication.unmirror(w.integer());
      case "mc_mgrp_create" -> replication.createGroup(w.integer());
      case "mc_node_create" -> replication.createNode(w.integer(), w.integers());
      case "mc_node_update" -> replication.updateNode(w.integer(), w.integers());
      case "mc_node_associate" -> replication.associate(w.integer(), w.integer());
      case "counter_read" -> sw.counter(names.extern(w.next()), w.integer());
      case "counter_write" -> counterWrite(w);
      case "register_read" -> sw.register(names.extern(w.next()), w.integer());
      case "register_write" ->
          sw.setRegister(names.extern(w.next()), w.integer(), StfNumbers.bytes(w.next()));
      case "register_reset" -> {
        String name = names.extern(w.next());
        for (int i = 0; i < sw.registerSize(name); i++) {
          sw.setRegister(name, i, new byte[1]);
        }
      }
      case "meter_set_rates" -> sw.setMeter(names.extern(w.next()), w.integer(), rates(w));
      case "meter_array_set_rates" -> {
        String name = names.extern(w.next());
        MeterRates rates = rates(w);
        for (int i = 0; i < sw.meterSize(name); i++) {
          sw.setMeter(name, i, rates);
        }
      }
      // Reading changes nothing; the reference prints and checks nothing either.
      case "mirroring_get" -> w.integer();
      case "meter_get_rates" -> {
        names.extern(w.next());
        w.integer();
      }
      default -> throw StfException.unsupported(file, c.line(), "unknown command " + c.command());
    }
    w.end();
  }

  private void counterWrite(Words w) {
    String name = names.extern(w.next());
    int index = w.integer();
    long packets = w.integer();
    sw.setCounter(name, index, new io.myelin.softswitch.engine.CounterValue(packets, w.integer()));
  }

  /** Two pairs of units per microsecond and burst, as simple_switch_CLI takes them. */
  private static MeterRates rates(Words w) {
    String[] committed = w.next().split(":", 2);
    String[] peak = w.next().split(":", 2);
    if (committed.length < 2 || peak.length < 2) {
      throw new IllegalArgumentException("a meter takes RATE:BURST twice");
    }
    return new MeterRates(
        perSecond(committed[0]),
        StfNumbers.integer(committed[1]),
        perSecond(peak[0]),
        StfNumbers.integer(peak[1]));
  }

  private static long perSecond(String perMicrosecond) {
    return new BigDecimal(perMicrosecond).movePointRight(6).longValue();
  }

  private void check(StfStatement.CheckCounter c) {
    String table = names.directCounterTable(c.name());
    boolean isId = !Character.isDigit(c.indexOrId().charAt(0));
    var value =
        isId
            ? sw.entryCounter(
                table != null ? table : names.table(c.name()).name(), entry(c.indexOrId()).handle())
            : sw.counter(names.extern(c.name()), StfNumbers.integer(c.indexOrId()));
    long got = c.bytes() ? value.bytes() : value.packets();
    if (!StfParser.holds(got, c.condition(), c.than())) {
      throw new IllegalArgumentException(
          c.name()
              + "("
              + c.indexOrId()
              + ") is "
              + got
              + ", not "
              + c.condition()
              + " "
              + c.than());
    }
  }

  private void compare() {
    sent.forEach(
        (port, frames) -> {
          for (Expect e : expected.getOrDefault(port, List.of())) {
            String got = frames.poll();
            if (got == null) {
              throw wrong(e, "nothing left by port " + port + "; expected " + pattern(e));
            }
            if (!matches(e, got)) {
              throw wrong(e, "port " + port + " sent " + got + "; expected " + pattern(e));
            }
          }
          String extra = frames.poll();
          if (extra != null) {
            throw StfException.wrong(file, 0, "port " + port + " also sent " + extra);
          }
        });
    if (nothingElse && elsewhere > 0) {
      throw StfException.wrong(
          file, 0, elsewhere + " packets left by ports that the test does not name");
    }
  }

  private StfException wrong(Expect e, String message) {
    return StfException.wrong(file, e.line(), message);
  }

  private static String pattern(Expect e) {
    return e.pattern() == null ? "any frame" : e.pattern() + (e.exact() ? "$" : "");
  }

  static boolean matches(Expect e, String hex) {
    String p = e.pattern();
    if (p == null) {
      return true;
    }
    if (hex.length() < p.length() || (e.exact() && hex.length() > p.length())) {
      return false;
    }
    for (int i = 0; i < p.length(); i++) {
      if (p.charAt(i) != '*' && p.charAt(i) != hex.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  /** The words behind a command, one after the other. */
  private static final class Words {
    private final StfStatement.Command command;
    private int at;

    Words(StfStatement.Command command) {
      this.command = command;
    }

    String next() {
      if (at == command.words().size()) {
        throw new IllegalArgumentException(command.command() + " needs more arguments");
      }
      return command.words().get(at++);
    }

    int integer() {
      return StfNumbers.integer(next());
    }

    List<Integer> integers() {
      List<Integer> out = new ArrayList<>();
      while (at < command.words().size()) {
        out.add(integer());
      }
      return out;
    }

    void end() {
      if (at < command.words().size()) {
        throw new IllegalArgumentException(
            command.command() + " does not take " + command.words().get(at));
      }
    }
  }
}
