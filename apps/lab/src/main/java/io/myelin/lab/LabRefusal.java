package io.myelin.lab;

/** What was asked of a running lab cannot be done; the message is for whoever asked. */
public final class LabRefusal extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final Kind kind;

  /** Why. */
  public enum Kind {
    /** Nothing has that name. */
    NOT_FOUND,
    /** A value is not allowed. */
    INVALID,
    /** The lab is not in the state for it. */
    STATE
  }

  public LabRefusal(Kind kind, String message) {
    super(message);
    this.kind = kind;
  }

  public Kind kind() {
    return kind;
  }

  static void unless(boolean ok, Kind kind, String message) {
    if (!ok) {
      throw new LabRefusal(kind, message);
    }
  }
}
