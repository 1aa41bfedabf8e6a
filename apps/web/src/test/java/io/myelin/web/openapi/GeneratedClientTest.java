package io.myelin.web.openapi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.myelin.lab.FabricSpec;
import io.myelin.lab.Lab;
import io.myelin.lab.LabSwitches;
import io.myelin.node.WebDoor;
import io.myelin.node.WebOptions;
import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openapitools.codegen.DefaultGenerator;
import org.openapitools.codegen.config.CodegenConfigurator;

/** A client that somebody else's generator makes of the OpenAPI document does the main job. */
final class GeneratedClientTest {
  private static final FabricSpec SPEC = new FabricSpec(2, 2, 2, 40_000_000, 20_000, 200_000, 1024);

  @TempDir Path dir = Path.of("");

  @Test
  void itCreatesAndReleasesALease() throws Exception {
    InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    try (Lab lab = new Lab(new LabSwitches(SPEC, 0), any, Lab.PACE, WebOptions.at(any));
        URLClassLoader client = client()) {
      lab.awaitConverged();
      WebDoor door = Objects.requireNonNull(lab.node().door());
      Object api = client.loadClass("generated.ApiClient").getConstructor().newInstance();
      call(api, "updateBaseUri", door.url().substring(0, door.url().length() - 1));
      Object leases =
          client
              .loadClass("generated.api.LeaseServiceApi")
              .getConstructor(api.getClass())
              .newInstance(api);
      Object lease = client.loadClass("generated.model.Lease").getConstructor().newInstance();
      call(lease, "setSource", "gpu-1-1");
      call(lease, "setDestination", "gpu-2-1");
      call(lease, "setBandwidthBps", "1000000");
      Object created = call(leases, "createLease", "blue", lease, "generated", null, null, null);
      Object made = call(created, "getLease");
      assertEquals("tenants/blue/leases/generated", call(made, "getName"));
      assertEquals("LEASE_STATE_ACTIVE", String.valueOf(call(made, "getState")));
      Object read = call(call(leases, "getLease", "blue", "generated"), "getLease");
      assertEquals(made, read);
      Object empty =
          client.loadClass("generated.model.ReleaseLeaseRequest").getConstructor().newInstance();
      Object released = call(call(leases, "releaseLease", "blue", "generated", empty), "getLease");
      assertEquals("LEASE_STATE_RELEASED", String.valueOf(call(released, "getState")));
    }
  }

  /** Calls the method of a name that takes so many arguments. */
  private static Object call(Object on, String method, @Nullable Object... arguments)
      throws Exception {
    for (Method m : on.getClass().getMethods()) {
      if (m.getName().equals(method) && m.getParameterCount() == arguments.length) {
        try {
          return m.invoke(on, arguments);
        } catch (InvocationTargetException e) {
          throw new AssertionError(method, e.getCause());
        }
      }
    }
    throw new AssertionError(
        method
            + " is not there: "
            + Stream.of(on.getClass().getMethods())
                .filter(m -> m.getName().equals(method))
                .map(Method::toString)
                .toList());
  }

  private URLClassLoader client() throws IOException {
    Path document = dir.resolve("openapi.json");
    Files.writeString(
        document, OpenApi.document(io.myelin.web.transcode.HttpMethods.of(OpenApiTest.services())));
    CodegenConfigurator how =
        new CodegenConfigurator()
            .setGeneratorName("java")
            .setLibrary("native")
            .setInputSpec(document.toString())
            .setOutputDir(dir.resolve("client").toString())
            .setApiPackage("generated.api")
            .setModelPackage("generated.model")
            .setInvokerPackage("generated")
            .addAdditionalProperty("openApiNullable", false)
            .addAdditionalProperty("annotationLibrary", "none")
            .addAdditionalProperty("documentationProvider", "none")
            .addAdditionalProperty("hideGenerationTimestamp", true)
            .addAdditionalProperty("useJspecify", true)
            .addAdditionalProperty("useJakartaEe", true);
    DefaultGenerator generator = new DefaultGenerator();
    generator.setGeneratorPropertyDefault("apiTests", "false");
    generator.setGeneratorPropertyDefault("modelTests", "false");
    generator.setGeneratorPropertyDefault("apiDocs", "false");
    generator.setGeneratorPropertyDefault("modelDocs", "false");
    generator.opts(how.toClientOptInput()).generate();
    return compiled(dir.resolve("client/src/main/java"));
  }

  private URLClassLoader compiled(Path sources) throws IOException {
    Path classes = Files.createDirectory(dir.resolve("classes"));
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "-nowarn",
                "-proc:none",
                "-d",
                classes.toString(),
                "-cp",
                System.getProperty("java.class.path")));
    try (Stream<Path> files = Files.walk(sources)) {
      files.map(Path::toString).filter(f -> f.endsWith(".java")).forEach(arguments::add);
    }
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    StringWriter said = new StringWriter();
    boolean ok =
        compiler
            .getTask(
                new PrintWriter(said),
                null,
                null,
                arguments.subList(0, 6),
                null,
                compiler
                    .getStandardFileManager(null, null, null)
                    .getJavaFileObjects(
                        arguments.subList(6, arguments.size()).stream()
                            .map(File::new)
                            .toArray(File[]::new)))
            .call();
    assertTrue(ok, said.toString());
    assertTrue(Arrays.asList(classes.toFile().list()).contains("generated"));
    return new URLClassLoader(new URL[] {classes.toUri().toURL()});
  }
}
