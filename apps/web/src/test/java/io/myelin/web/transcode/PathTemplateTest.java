package io.myelin.web.transcode;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class PathTemplateTest {
  @Test
  void variablesHaveTheirSegments() {
    PathTemplate t = new PathTemplate("/v1/{lease.name=tenants/*/leases/*}:extend");
    assertEquals(
        Map.of("lease.name", "tenants/a/leases/b~1"), t.match("/v1/tenants/a/leases/b~1:extend"));
    assertNull(t.match("/v1/tenants/a/leases/b"));
    assertNull(t.match("/v1/tenants/a/leases/b:release"));
    assertNull(t.match("/v1/tenants/a/b/leases/c:extend"));
    assertNull(t.match("/v1/tenants//leases/c:extend"));
    assertNull(t.match("x/v1/tenants/a/leases/b:extend"));
  }

  @Test
  void literalsAreThemselves() {
    PathTemplate t = new PathTemplate("/v1/fabric:watch");
    assertEquals(Map.of(), t.match("/v1/fabric:watch"));
    assertNull(t.match("/v1/fabricXwatch"));
    assertEquals(Map.of("id", "7"), new PathTemplate("/v1/x/{id}").match("/v1/x/7"));
  }

  @Test
  void openApiNamesSegments() {
    List<String> names = new ArrayList<>();
    assertEquals(
        "/v1/tenants/{tenant}/leases/{lease}:extend",
        new PathTemplate("/v1/{name=tenants/*/leases/*}:extend").openApi(names));
    assertEquals(List.of("tenant", "lease"), names);
    names.clear();
    assertEquals("/v1/x/{id}", new PathTemplate("/v1/x/{id}").openApi(names));
    assertEquals(List.of("id"), names);
  }

  @Test
  void whatIsNotKnownIsRefused() {
    assertThrows(IllegalArgumentException.class, () -> new PathTemplate("/v1/{name=a/**}"));
  }
}
