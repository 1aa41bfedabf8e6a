package io.myelin.cli;

import io.myelin.node.northbound.audit.AuditFile;
import io.myelin.v1.AuditEvent;
import io.myelin.v1.AuditServiceGrpc;
import io.myelin.v1.GetAuditHeadRequest;
import io.myelin.v1.GetAuditHeadResponse;
import io.myelin.v1.ListAuditEventsRequest;
import io.myelin.v1.ListAuditEventsResponse;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code myelin audit …}. */
@Command(
    name = "audit",
    addMethodSubcommands = false,
    mixinStandardHelpOptions = true,
    description = "Who did what, when, and why it was refused.")
final class AuditCommand {

  @Command(
      name = "list",
      mixinStandardHelpOptions = true,
      description = "The newest events of the member that answers, the newest first.")
  int list(
      @Mixin ServerOptions server,
      @Option(
              names = {"-t", "--tenant"},
              defaultValue = "-",
              description = "What concerns a tenant (default: all).")
          String tenant,
      @Option(names = "--limit", defaultValue = "50", description = "At most (default: 50).")
          int limit) {
    ListAuditEventsResponse r =
        server.call(
            c ->
                AuditServiceGrpc.newBlockingStub(c)
                    .listAuditEvents(
                        ListAuditEventsRequest.newBuilder()
                            .setParent("tenants/" + tenant)
                            .setPageSize(limit)
                            .build()));
    if (server.json()) {
      server.print(r);
      return 0;
    }
    Columns table =
        new Columns("SEQ", "TIME", "CALLER", "ROLE", "METHOD", "RESOURCE", "CODE", "REASON");
    for (AuditEvent e : r.getEventsList()) {
      table.row(
          Long.toString(e.getSeq()),
          Instant.ofEpochSecond(e.getTime().getSeconds()).toString(),
          e.getCaller(),
          e.getRole(),
          e.getMethod().replace("myelin.v1.", ""),
          e.getResource(),
          e.getCode(),
          e.getReason());
    }
    System.out.print(table);
    return 0;
  }

  @Command(
      name = "head",
      mixinStandardHelpOptions = true,
      description = "Where a member's log ends: note it elsewhere, for 'audit verify --head'.")
  int head(@Mixin ServerOptions server) {
    GetAuditHeadResponse r =
        server.call(
            c ->
                AuditServiceGrpc.newBlockingStub(c)
                    .getAuditHead(GetAuditHeadRequest.getDefaultInstance()));
    if (server.json()) {
      server.print(r);
    } else {
      System.out.println(r.getSeq() + ":" + r.getHash());
    }
    return 0;
  }

  @Command(
      name = "verify",
      mixinStandardHelpOptions = true,
      description = {
        "Reads a member's log from its beginning. Exit code 1: a line was changed, removed, added",
        "or moved, or the log does not contain a head that was noted."
      })
  int verify(
      @Parameters(paramLabel = "DIR", description = "A member's audit directory.") Path directory,
      @Option(
              names = "--head",
              paramLabel = "SEQ:HASH",
              description = "As 'audit head' said it once: what was cut off since shows.")
          @Nullable String noted)
      throws IOException {
    if (!Files.isDirectory(directory)) {
      throw new ErrorOutput.Failure(ErrorOutput.USAGE, directory + " is no directory");
    }
    if (noted != null && !noted.matches("[0-9]{1,18}:[0-9a-f]{64}")) {
      throw new ErrorOutput.Failure(ErrorOutput.USAGE, "--head: '" + noted + "' is not SEQ:HASH");
    }
    boolean[] seen = {noted == null || noted.startsWith("0:")};
    AuditFile.Head head =
        AuditFile.verify(
            directory, (event, at) -> seen[0] |= (at.seq() + ":" + at.hash()).equals(noted));
    if (!seen[0]) {
      throw new ErrorOutput.Failure(
          ErrorOutput.REFUSED,
          directory
              + ": its "
              + head.seq()
              + " lines fit together, but "
              + noted
              + " is not among them: lines were cut off, or it is another log");
    }
    System.out.printf(
        "%s: %d events, nothing was changed; head %d:%s%n",
        directory, head.seq(), head.seq(), head.hash());
    return 0;
  }
}
