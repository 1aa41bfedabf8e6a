package io.myelin.web;

import io.myelin.node.DoorContext;
import io.myelin.node.WebDoor;
import io.myelin.node.WebDoorFactory;
import io.myelin.node.WebOptions;
import java.io.IOException;

/** Opens {@link WebServer}s. */
public final class WebServerFactory implements WebDoorFactory {
  @Override
  public WebDoor open(WebOptions options, DoorContext context) throws IOException {
    return new WebServer(options, context);
  }
}
