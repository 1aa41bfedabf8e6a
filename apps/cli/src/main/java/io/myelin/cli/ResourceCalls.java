package io.myelin.cli;

import com.google.protobuf.Message;
import io.grpc.Channel;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.UUID;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * The steps that commands about leases and commands about jobs share: they show one, list, release
 * and watch.
 *
 * @param plural what they are called
 * @param one one of them, for people
 * @param table several, for people
 * @param json several, as a message
 */
record ResourceCalls<R extends Message>(
    String plural,
    Function<R, String> one,
    Function<List<R>, String> table,
    Function<List<R>, Message> json) {

  /** One page of a list. */
  record Page<R>(List<R> resources, String nextToken) {}

  /** A new id for a request, under which it is made once however often it is sent. */
  static String requestId() {
    return UUID.randomUUID().toString();
  }

  int show(ServerOptions server, R resource) {
    if (server.json()) {
      server.print(resource);
    } else {
      System.out.print(one.apply(resource));
    }
    return 0;
  }

  /**
   * Shows all of them.
   *
   * @param page from a token on
   */
  int list(ServerOptions server, BiFunction<Channel, String, Page<R>> page) {
    List<R> all =
        server.call(
            c -> {
              List<R> some = new ArrayList<>();
              String token = "";
              do {
                Page<R> next = page.apply(c, token);
                some.addAll(next.resources());
                token = next.nextToken();
              } while (!token.isEmpty());
              return some;
            });
    if (server.json()) {
      server.print(json.apply(all));
    } else {
      System.out.print(table.apply(all));
    }
    return 0;
  }

  /** Gives some back, and shows them: also those before one that failed. */
  int release(ServerOptions server, List<String> names, BiFunction<Channel, String, R> release) {
    List<R> released = new ArrayList<>();
    try {
      for (String name : names) {
        R one = server.call(c -> release.apply(c, name));
        released.add(one);
      }
    } finally {
      if (server.json()) {
        server.print(json.apply(released));
      } else if (!released.isEmpty()) {
        System.out.print(table.apply(released));
      }
    }
    return 0;
  }

  /**
   * Prints what changes, until it is stopped.
   *
   * @param tenant whose; {@code -}: everybody's
   * @param line what a message says of a change; empty: nothing
   * @param synced whether a message ends the snapshot
   */
  <W extends Message> int watch(
      ServerOptions server,
      String tenant,
      Function<Channel, Iterator<W>> watch,
      Function<W, String> line,
      Predicate<W> synced) {
    return server.call(
        c -> {
          Iterator<W> stream = watch.apply(c);
          server.sayWatching(tenant.equals("-") ? "all " + plural : plural + " of " + tenant);
          while (stream.hasNext()) {
            W m = stream.next();
            String text = line.apply(m);
            if (server.json()) {
              server.printLine(m);
            } else if (!text.isEmpty()) {
              System.out.println(text);
            } else if (synced.test(m)) {
              System.out.println("-- that was the snapshot; now changes --");
            }
          }
          return 0;
        });
  }
}
