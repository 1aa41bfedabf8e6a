package io.myelin.onos.rest;

import io.myelin.onos.LeaseDesk;
import io.myelin.onos.MyelinService;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.security.Principal;
import java.util.function.Function;
import javax.ws.rs.Consumes;
import javax.ws.rs.DELETE;
import javax.ws.rs.DefaultValue;
import javax.ws.rs.GET;
import javax.ws.rs.POST;
import javax.ws.rs.Path;
import javax.ws.rs.PathParam;
import javax.ws.rs.Produces;
import javax.ws.rs.QueryParam;
import javax.ws.rs.core.Context;
import javax.ws.rs.core.MediaType;
import javax.ws.rs.core.Response;
import javax.ws.rs.core.SecurityContext;
import org.jspecify.annotations.Nullable;
import org.onosproject.rest.AbstractWebResource;

/** Leases, paths and the fabric, in the JSON mapping of the gRPC API's messages. */
@Path("")
@Produces(MediaType.APPLICATION_JSON)
public final class LeasesResource extends AbstractWebResource {
  /** As the gRPC API has it. */
  private static final int MAX_REQUEST_BYTES = 1 << 20;

  @Context private @Nullable SecurityContext security;

  /** Leases of all tenants. */
  @GET
  @Path("leases")
  public Response leases(@QueryParam("ended") @DefaultValue("false") boolean ended) {
    return answer(d -> d.list("-", ended));
  }

  /** Leases of a tenant. */
  @GET
  @Path("tenants/{tenant}/leases")
  public Response leases(
      @PathParam("tenant") String tenant,
      @QueryParam("ended") @DefaultValue("false") boolean ended) {
    return answer(d -> d.list(tenant, ended));
  }

  /** One lease. */
  @GET
  @Path("tenants/{tenant}/leases/{lease}")
  public Response lease(@PathParam("tenant") String tenant, @PathParam("lease") String lease) {
    return answer(d -> d.get(name(tenant, lease)));
  }

  /** Asks for a lease: a CreateLeaseRequest. */
  @POST
  @Path("leases")
  @Consumes(MediaType.APPLICATION_JSON)
  public Response create(InputStream body) throws IOException {
    String json = text(body);
    return answer(d -> d.create(json));
  }

  /** Gives a lease back. */
  @DELETE
  @Path("tenants/{tenant}/leases/{lease}")
  public Response release(@PathParam("tenant") String tenant, @PathParam("lease") String lease) {
    return answer(d -> d.release(name(tenant, lease)));
  }

  /** Which path there would be, or what stands in the way: an ExplainPathRequest. */
  @POST
  @Path("paths/explain")
  @Consumes(MediaType.APPLICATION_JSON)
  public Response explain(InputStream body) throws IOException {
    String json = text(body);
    return answer(d -> d.explain(json));
  }

  /** Devices, links and endpoints, as they are. */
  @GET
  @Path("fabric")
  public Response fabric() {
    return answer(LeaseDesk::fabric);
  }

  private static String name(String tenant, String lease) {
    return "tenants/" + tenant + "/leases/" + lease;
  }

  private static String text(InputStream body) throws IOException {
    byte[] bytes = body.readNBytes(MAX_REQUEST_BYTES + 1);
    if (bytes.length > MAX_REQUEST_BYTES) {
      throw new IllegalArgumentException("a request of more than " + MAX_REQUEST_BYTES + " bytes");
    }
    return new String(bytes, StandardCharsets.UTF_8);
  }

  /** Whom Karaf has let in. */
  private String user() {
    Principal user = security == null ? null : security.getUserPrincipal();
    return user == null ? "rest" : user.getName();
  }

  private Response answer(Function<LeaseDesk, String> call) {
    MyelinService myelin = get(MyelinService.class);
    LeaseDesk desk = myelin.desk().orElse(null);
    if (desk == null) {
      return Response.status(Response.Status.SERVICE_UNAVAILABLE)
          .entity(mapper().createObjectNode().put("code", 14).put("message", myelin.trouble()))
          .build();
    }
    try {
      return Response.ok(call.apply(desk.as(user()))).build();
    } catch (LeaseDesk.Refused e) {
      return Response.status(e.httpStatus()).entity(e.json()).build();
    }
  }
}
