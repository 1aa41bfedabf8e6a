package io.myelin.web.openapi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.grpc.MethodDescriptor;
import io.grpc.ServerServiceDefinition;
import io.myelin.v1.AccessServiceGrpc;
import io.myelin.v1.AuditServiceGrpc;
import io.myelin.v1.ClusterServiceGrpc;
import io.myelin.v1.FabricServiceGrpc;
import io.myelin.v1.JobServiceGrpc;
import io.myelin.v1.LeaseServiceGrpc;
import io.myelin.v1.PathServiceGrpc;
import io.myelin.v1.TelemetryServiceGrpc;
import io.myelin.web.transcode.HttpMethods;
import io.swagger.v3.parser.OpenAPIV3Parser;
import io.swagger.v3.parser.core.models.ParseOptions;
import io.swagger.v3.parser.core.models.SwaggerParseResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/**
 * The description of the HTTP API: every method is in it, a validator takes it, and the committed
 * one is it. {@code MYELIN_RECORD_API=1} commits it anew.
 */
public final class OpenApiTest {
  private static final Path COMMITTED = Path.of("../../docs/openapi.json");
  private static final ObjectMapper JSON = new ObjectMapper();

  /** All services, without anything behind them. */
  public static List<ServerServiceDefinition> services() {
    return List.of(
        new LeaseServiceGrpc.LeaseServiceImplBase() {}.bindService(),
        new JobServiceGrpc.JobServiceImplBase() {}.bindService(),
        new PathServiceGrpc.PathServiceImplBase() {}.bindService(),
        new FabricServiceGrpc.FabricServiceImplBase() {}.bindService(),
        new TelemetryServiceGrpc.TelemetryServiceImplBase() {}.bindService(),
        new ClusterServiceGrpc.ClusterServiceImplBase() {}.bindService(),
        new AuditServiceGrpc.AuditServiceImplBase() {}.bindService(),
        new AccessServiceGrpc.AccessServiceImplBase() {}.bindService());
  }

  private static String document() {
    return OpenApi.document(HttpMethods.of(services()));
  }

  @Test
  void everyMethodIsInIt() throws IOException {
    Set<String> methods = new TreeSet<>();
    for (ServerServiceDefinition s : services()) {
      for (MethodDescriptor<?, ?> m : s.getServiceDescriptor().getMethods()) {
        methods.add(m.getBareMethodName());
      }
    }
    Set<String> described = new TreeSet<>();
    for (JsonNode path : JSON.readTree(document()).path("paths")) {
      for (JsonNode operation : path) {
        assertTrue(described.add(operation.path("operationId").asText()), operation.toString());
        assertTrue(
            operation.path("summary").asText().length() > 5,
            "no comment in the proto: " + operation);
      }
    }
    assertEquals(methods, described);
  }

  @Test
  void aValidatorTakesIt() {
    ParseOptions options = new ParseOptions();
    options.setResolve(true);
    SwaggerParseResult read = new OpenAPIV3Parser().readContents(document(), null, options);
    assertEquals(List.of(), read.getMessages());
    assertNotNull(read.getOpenAPI());
    assertEquals("3.1.0", read.getOpenAPI().getOpenapi());
    assertEquals(
        "CreateLease",
        Objects.requireNonNull(read.getOpenAPI().getPaths().get("/v1/tenants/{tenant}/leases"))
            .getPost()
            .getOperationId());
  }

  @Test
  void everyReferenceLeadsSomewhere() throws IOException {
    JsonNode root = JSON.readTree(document());
    Set<String> missing = new HashSet<>();
    for (JsonNode ref : root.findValues("$ref")) {
      if (root.at(ref.asText().substring(1)).isMissingNode()) {
        missing.add(ref.asText());
      }
    }
    assertEquals(Set.of(), missing);
  }

  @Test
  void theCommittedOneIsIt() throws IOException {
    if (System.getenv("MYELIN_RECORD_API") != null) {
      Files.writeString(COMMITTED, document());
    }
    assertEquals(
        document(), Files.readString(COMMITTED), "MYELIN_RECORD_API=1 mvn test commits it anew");
  }
}
