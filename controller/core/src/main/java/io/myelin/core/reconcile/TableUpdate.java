package io.myelin.core.reconcile;

import io.myelin.core.pipeline.Entry;

/** One change to one table. */
public record TableUpdate(Type type, Entry entry) {

  /** P4Runtime's update types. */
  public enum Type {
    INSERT,
    MODIFY,
    DELETE
  }
}
