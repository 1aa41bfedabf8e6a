package io.myelin.onos.rest;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.InputStream;
import java.lang.reflect.Method;
import java.util.Locale;
import java.util.TreeSet;
import javax.ws.rs.DELETE;
import javax.ws.rs.GET;
import javax.ws.rs.POST;
import javax.ws.rs.Path;
import org.junit.jupiter.api.Test;

class ApiDocTest {
  @Test
  void swaggerHasTheResourcesAndNothingElse() throws Exception {
    TreeSet<String> resources = new TreeSet<>();
    for (Method m : LeasesResource.class.getDeclaredMethods()) {
      Path path = m.getAnnotation(Path.class);
      if (path != null) {
        String verb =
            m.isAnnotationPresent(GET.class)
                ? "get"
                : m.isAnnotationPresent(POST.class)
                    ? "post"
                    : m.isAnnotationPresent(DELETE.class) ? "delete" : "?";
        resources.add(verb + " /" + path.value());
      }
    }
    TreeSet<String> documented = new TreeSet<>();
    try (InputStream in = ApiDocTest.class.getResourceAsStream("/apidoc/swagger.json")) {
      JsonNode paths = new ObjectMapper().readTree(in).path("paths");
      paths
          .fieldNames()
          .forEachRemaining(
              p ->
                  paths
                      .path(p)
                      .fieldNames()
                      .forEachRemaining(v -> documented.add(v.toLowerCase(Locale.ROOT) + " " + p)));
    }
    assertEquals(resources, documented);
  }
}
