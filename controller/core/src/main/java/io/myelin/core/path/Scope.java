package io.myelin.core.path;

/** What two paths must not have in common. */
public enum Scope {
  /** No cable, in either direction. */
  LINK,
  /** No switch but those that their own endpoints are attached to; nor a cable. */
  NODE,
  /** No shared risk link group; nor a cable. */
  SRLG
}
