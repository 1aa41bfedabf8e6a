package io.myelin.node;

import java.io.IOException;

/** Opens web doors. Found by {@link java.util.ServiceLoader}: a node runs without one, too. */
public interface WebDoorFactory {
  /**
   * Opens a door; what the context has stays its owner's.
   *
   * @throws IOException naming the address when it cannot be bound; nothing is left open then
   */
  WebDoor open(WebOptions options, DoorContext context) throws IOException;
}
