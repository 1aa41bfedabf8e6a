package io.myelin.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.myelin.node.inventory.NodeFile;
import io.myelin.node.store.RaftBackup;
import io.myelin.node.store.RaftOptions;
import io.myelin.v1.BackupRequest;
import io.myelin.v1.BackupResponse;
import io.myelin.v1.ClusterMember;
import io.myelin.v1.ClusterServiceGrpc;
import io.myelin.v1.GetClusterRequest;
import io.myelin.v1.GetClusterResponse;
import io.myelin.v1.MemberRole;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Iterator;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code myelin cluster …}. */
@Command(
    name = "cluster",
    mixinStandardHelpOptions = true,
    description = "The members that hold the state together.")
final class ClusterCommand {

  @Command(
      name = "status",
      mixinStandardHelpOptions = true,
      description = {
        "Who leads, and how far each member is. Exit code 1: some member does not answer, does not",
        "serve or has stopped."
      })
  int status(@Mixin ServerOptions server) {
    GetClusterResponse first = server.call(ClusterCommand::ask);
    Map<String, GetClusterResponse> answers = new TreeMap<>();
    boolean well = first.getMembersCount() > 0 || first.getServing();
    for (ClusterMember m : first.getMembersList()) {
      GetClusterResponse r =
          m.getId().equals(first.getMember()) ? first : reached(server, m.getApiAddress());
      well &= r != null && r.getServing();
      if (r != null) {
        answers.put(m.getId(), r);
      }
    }
    if (server.json()) {
      server.print(json(first, answers));
    } else {
      show(first, answers);
    }
    return well ? 0 : ErrorOutput.REFUSED;
  }

  /** What the member said that was asked, and of every other one whether and what it answers. */
  private static ObjectNode json(
      GetClusterResponse first, Map<String, GetClusterResponse> answers) {
    ObjectNode all = Json.object(first);
    ArrayNode members = all.putArray("members");
    for (ClusterMember m : first.getMembersList()) {
      ObjectNode member = Json.object(m);
      GetClusterResponse r = answers.get(m.getId());
      member.put("answers", r != null);
      if (r != null) {
        member.set("status", Json.object(r.toBuilder().clearMembers().build()));
      }
      members.add(member);
    }
    return all;
  }

  /** Who knows best: the leader, if it answers; of several that say so the one of the last term. */
  private static GetClusterResponse best(
      GetClusterResponse first, Map<String, GetClusterResponse> answers) {
    GetClusterResponse best = first;
    for (GetClusterResponse r : answers.values()) {
      boolean leads = r.getRole() == MemberRole.MEMBER_ROLE_LEADER;
      boolean bestLeads = best.getRole() == MemberRole.MEMBER_ROLE_LEADER;
      if (leads && (!bestLeads || r.getTerm() > best.getTerm())) {
        best = r;
      }
    }
    return best;
  }

  /** What a member does not know is left out. */
  static String headline(GetClusterResponse r) {
    return (r.getLeader().isEmpty() ? "leader unknown" : "leader " + r.getLeader())
        + (r.getTerm() > 0 ? ", term " + r.getTerm() : "")
        + (r.getEpoch() > 0 ? (r.getTerm() > 0 ? " of" : ",") + " epoch " + r.getEpoch() : "")
        + ", state "
        + (r.getDurable() ? "on disk" : "in memory");
  }

  private static void show(GetClusterResponse first, Map<String, GetClusterResponse> answers) {
    System.out.println(headline(best(first, answers)));
    Columns table =
        new Columns("MEMBER", "ROLE", "SERVING", "COMMANDS", "BEHIND", "API", "PROBLEM");
    if (first.getMembersCount() == 0) {
      row(table, first, "");
    }
    for (ClusterMember m : first.getMembersList()) {
      GetClusterResponse r = answers.get(m.getId());
      if (r == null) {
        table.row(m.getId(), "?", "no", "", "", m.getApiAddress(), "does not answer");
      } else {
        row(table, r, m.getApiAddress());
      }
    }
    System.out.print(table);
    // Every member has its own: one that does not lead does not know of cables, and logs are its.
    Map<String, GetClusterResponse> all =
        answers.isEmpty() ? Map.of(first.getMember(), first) : answers;
    all.forEach(
        (member, r) ->
            r.getConditionsList()
                .forEach(c -> System.out.println(member + ": " + Conditions.line(c))));
  }

  private static void row(Columns table, GetClusterResponse r, String api) {
    table.row(
        r.getMember(),
        role(r.getRole()),
        r.getServing() ? "yes" : "no",
        Long.toString(r.getAppliedIndex()),
        r.getBehindMs() < 0 ? "unknown" : r.getBehindMs() + " ms",
        api,
        r.getTrouble());
  }

  private static String role(MemberRole role) {
    return role.name().replace("MEMBER_ROLE_", "").toLowerCase(Locale.ROOT);
  }

  private static @Nullable GetClusterResponse reached(ServerOptions server, String api) {
    try {
      return api.isEmpty() ? null : server.call(api, ClusterCommand::ask);
    } catch (io.grpc.StatusRuntimeException | ErrorOutput.Failure e) {
      return null; // the table says so
    }
  }

  private static GetClusterResponse ask(io.grpc.Channel c) {
    return ClusterServiceGrpc.newBlockingStub(c)
        .withDeadlineAfter(2, java.util.concurrent.TimeUnit.SECONDS)
        .getCluster(GetClusterRequest.getDefaultInstance());
  }

  @Command(
      name = "backup",
      mixinStandardHelpOptions = true,
      description = "Writes the whole state of the member that answers into a file.")
  int backup(
      @Mixin ServerOptions server,
      @Parameters(paramLabel = "FILE", description = "Replaced if it is there.") Path file)
      throws IOException {
    Path part = file.resolveSibling(file.getFileName() + ".part");
    try {
      long bytes = server.call(c -> download(c, part));
      RaftBackup.Summary s = RaftBackup.summary(part);
      Files.move(part, file, StandardCopyOption.REPLACE_EXISTING);
      if (server.json()) {
        ObjectNode summary = Json.object().put("file", file.toString()).put("bytes", bytes);
        server.print(summary.put("commands", s.commands()).put("leases", s.leases()));
      } else {
        System.err.printf(
            "%s: %d bytes, %d commands, %d leases%n", file, bytes, s.commands(), s.leases());
      }
    } catch (UncheckedIOException e) {
      throw new IOException(file + " cannot be written: " + Reasons.of(e), e);
    } finally {
      Files.deleteIfExists(part);
    }
    return 0;
  }

  private static long download(io.grpc.Channel c, Path to) {
    Iterator<BackupResponse> pieces =
        ClusterServiceGrpc.newBlockingStub(c).backup(BackupRequest.getDefaultInstance());
    try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(to))) {
      long bytes = 0;
      while (pieces.hasNext()) {
        BackupResponse p = pieces.next();
        p.getData().writeTo(out);
        bytes += p.getData().size();
      }
      return bytes;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Command(
      name = "restore",
      mixinStandardHelpOptions = true,
      description = {
        "Begins a cluster anew with the state of a backup: run it on every member, with the same",
        "file, before any of them starts. The directory must be empty."
      })
  int restore(
      @Parameters(paramLabel = "FILE", description = "As backup wrote it.") Path file,
      @Option(
              names = {"-c", "--config"},
              paramLabel = "FILE",
              description = "The member's node.yaml.")
          @Nullable Path config,
      @Option(
              names = {"-d", "--data"},
              paramLabel = "DIR",
              description = "The directory of a node alone; instead of --config.")
          @Nullable Path data)
      throws IOException {
    RaftOptions options;
    if (config != null && data == null) {
      NodeFile f = NodeFile.read(config);
      options = new RaftOptions(f.member(), f.raft(), f.data());
    } else if (data != null && config == null) {
      options = RaftOptions.alone(data);
    } else {
      throw new ErrorOutput.Failure(ErrorOutput.USAGE, "one of --config and --data is needed");
    }
    RaftBackup.Summary s = RaftBackup.restore(file, options);
    System.err.printf(
        "%s: %d commands, %d leases; start the member now%n",
        options.directory(), s.commands(), s.leases());
    return 0;
  }
}
