package io.myelin.node;

import io.myelin.core.model.Inventory;
import io.myelin.core.model.InventoryDifferences;
import io.myelin.core.port.StateLog;
import io.myelin.core.state.Applied;
import io.myelin.core.state.Command;
import io.myelin.core.state.FabricState;
import io.myelin.core.state.Outcome;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a member's inventory file is to its fabric: the first description of one that has none, and
 * from then on nothing but something to compare with, unless it is watched, or rules (ADR 40).
 * Thread-safe.
 */
public final class InventorySource {
  private static final Logger log = LoggerFactory.getLogger(InventorySource.class);

  /** Which goes before the other: the file, or what the log holds. */
  public enum Precedence {
    /** The file describes a fabric of which the log knows nothing; else the log counts. */
    LOG,
    /**
     * Whoever leads applies the file: for files that are alike on all members by other means, as
     * ONOS's network configuration is.
     */
    FILE
  }

  private final StateLog stateLog;
  private final LongSupplier clockMs;
  private final Precedence precedence;
  private volatile Inventory file;
  private volatile String refused = "";
  private @Nullable Pending pending;
  private @Nullable Compared compared;

  /** A file that changed, to be applied as long as the inventory it changed beside is in force. */
  private record Pending(Inventory inventory, long base) {}

  /** How many differences there are, of these two. */
  private record Compared(Inventory file, Inventory inForce, int differences) {}

  /**
   * @param file what it says; {@link Inventory#EMPTY}: there is none
   */
  InventorySource(StateLog stateLog, LongSupplier clockMs, Precedence precedence, Inventory file) {
    this.stateLog = stateLog;
    this.clockMs = clockMs;
    this.precedence = precedence;
    this.file = file;
  }

  /** What a new leader proposes before anything else; null: nothing. */
  @Nullable Command opening(FabricState state) {
    if (precedence == Precedence.FILE) {
      return new Command.SetInventory(file, clockMs.getAsLong());
    }
    boolean described = state.inventoryVersion() > 0 || !state.inventory().equals(Inventory.EMPTY);
    return described || file.equals(Inventory.EMPTY)
        ? null
        : new Command.SeedInventory(file, clockMs.getAsLong());
  }

  /** What became of {@link #opening}. */
  void opened(Outcome outcome) {
    boolean matters = precedence == Precedence.FILE && outcome instanceof Outcome.Refused;
    refuse(
        matters
            ? "the inventory is not taken over, the last one stays in force: " + why(outcome)
            : "");
  }

  /** The watched file was written: it is applied by whoever leads, if this member does. */
  void changed(Inventory next) {
    synchronized (this) {
      FabricState state = stateLog.state();
      file = next;
      pending = next.equals(state.inventory()) ? null : new Pending(next, state.inventoryVersion());
      refused = "";
    }
    propose();
  }

  /** What waits for this member to lead is proposed, unless the inventory has changed since. */
  void propose() {
    Pending p;
    synchronized (this) {
      p = pending;
      if (p == null || !stateLog.leadership().leads()) {
        return;
      }
      pending = null;
    }
    stateLog
        .submit(new Command.ApplyInventory(p.inventory, p.base, clockMs.getAsLong()))
        .whenComplete((a, t) -> answered(p, a, t));
  }

  private void answered(Pending p, @Nullable Applied a, @Nullable Throwable t) {
    if (a == null) {
      synchronized (this) {
        pending = pending == null ? p : pending; // the next leadership of this member
      }
      log.info("leadership ended before the log had the inventory file: {}", String.valueOf(t));
    } else if (a.outcome() instanceof Outcome.Refused) {
      refuse("the inventory file is not applied: " + why(a.outcome()));
    } else {
      refuse("");
      log.info("the inventory file was applied; its etag is {}", a.after().inventoryVersion());
    }
  }

  private void refuse(String why) {
    refused = why;
    if (!why.isEmpty()) {
      log.error("{}", why);
    }
  }

  private static String why(Outcome outcome) {
    if (outcome instanceof Outcome.InventoryInUse used) {
      return used.by() + " needs the " + used.what();
    } else if (outcome instanceof Outcome.InventoryUsed used) {
      return used.use().count() + " still use what it does not have: " + used.use().text();
    } else if (outcome instanceof Outcome.InventoryOvertaken) {
      return "another inventory came into force meanwhile; write the file again to apply it";
    }
    return outcome.toString();
  }

  /** Why the file is not applied although it should be; empty: nothing is wrong. */
  String refused() {
    if (!refused.isEmpty() && file.equals(stateLog.state().inventory())) {
      refused = ""; // somebody else applied the same
    }
    return refused;
  }

  /** In how much the file differs from what is in force; empty: in nothing. */
  String differs() {
    Inventory inForce = stateLog.state().inventory();
    Inventory own = file;
    if (precedence == Precedence.FILE
        || own.equals(Inventory.EMPTY)
        || inForce.equals(Inventory.EMPTY)) {
      return "";
    }
    int n = differences(own, inForce);
    return n == 0
        ? ""
        : "inventory file differs from the fabric's: "
            + n
            + (n == 1 ? " difference" : " differences")
            + "; myelin inventory diff";
  }

  @SuppressWarnings("ReferenceEquality") // comparing them is what this saves
  private synchronized int differences(Inventory own, Inventory inForce) {
    Compared c = compared;
    if (c == null || c.file != own || c.inForce != inForce) {
      c = new Compared(own, inForce, InventoryDifferences.between(inForce, own).size());
      compared = c;
    }
    return c.differences;
  }
}
