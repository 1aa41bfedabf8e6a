package io.myelin.web;

import io.myelin.node.door.DoorContext;
import io.myelin.node.door.WebDoor;
import io.myelin.node.door.WebDoorFactory;
import io.myelin.node.door.WebOptions;
import java.io.IOException;

/** Opens {@link WebServer}s. */
public final class WebServerFactory implements WebDoorFactory {
  @Override
  public WebDoor open(WebOptions options, DoorContext context) throws IOException {
    return new WebServer(options, context);
  }
}
