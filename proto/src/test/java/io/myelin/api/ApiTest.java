package io.myelin.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorSet;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * The protos of this project keep the rules of {@link ProtoLint} and break nothing of the last
 * release. At a release {@code MYELIN_RECORD_API=1} records them as the last one's:
 * docs/VERSIONS.md.
 */
final class ApiTest {
  private static final String RELEASED = "/api/released.binpb";

  @Test
  void protosKeepTheRules() throws IOException {
    assertEquals(List.of(), ProtoLint.violations(current()));
  }

  @Test
  void nothingOfTheLastReleaseIsBroken() throws IOException {
    FileDescriptorSet current = current();
    if (System.getenv("MYELIN_RECORD_API") != null) {
      Path recorded = Path.of("src/test/resources" + RELEASED);
      if (Files.exists(recorded)) {
        // What breaks the last release is not recorded as the next one.
        assertEquals(List.of(), BreakingChanges.between(read(recorded), current));
      }
      Files.createDirectories(recorded.getParent());
      Files.write(recorded, bare(current).toByteArray());
      return;
    }
    try (InputStream in = ApiTest.class.getResourceAsStream(RELEASED)) {
      FileDescriptorSet released = FileDescriptorSet.parseFrom(in);
      assertFalse(released.getFileList().isEmpty());
      assertEquals(List.of(), BreakingChanges.between(released, current));
    }
  }

  /** As protoc wrote them in this build, with comments. */
  private static FileDescriptorSet current() throws IOException {
    FileDescriptorSet set = read(Path.of(System.getProperty("myelin.descriptors")));
    Protos own = Protos.own(set);
    assertTrue(
        own.files.stream().anyMatch(f -> f.getName().equals("myelin/v1/lease.proto")),
        "not the descriptors of this module");
    return set;
  }

  private static FileDescriptorSet read(Path file) throws IOException {
    return FileDescriptorSet.parseFrom(Files.readAllBytes(file));
  }

  /** Only this project's files, in order, and without comments. */
  private static FileDescriptorSet bare(FileDescriptorSet set) {
    FileDescriptorSet.Builder bare = FileDescriptorSet.newBuilder();
    Protos.own(set).files.stream()
        .sorted(Comparator.comparing(FileDescriptorProto::getName))
        .forEach(f -> bare.addFile(f.toBuilder().clearSourceCodeInfo()));
    return bare.build();
  }
}
