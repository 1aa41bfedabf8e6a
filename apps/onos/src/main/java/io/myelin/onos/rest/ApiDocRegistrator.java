package io.myelin.onos.rest;

import org.onosproject.rest.ApiDocProvider;
import org.onosproject.rest.ApiDocService;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;

/** Shows the REST API in ONOS's Swagger UI, {@code /onos/v1/docs}. */
@Component(immediate = true, service = ApiDocRegistrator.class)
public final class ApiDocRegistrator {
  private final ApiDocService service;
  private final ApiDocProvider provider =
      new ApiDocProvider("/onos/myelin", "Myelin", ApiDocRegistrator.class.getClassLoader());

  /** Registers. */
  @Activate
  public ApiDocRegistrator(@Reference ApiDocService service) {
    this.service = service;
    service.register(provider);
  }

  /** Takes it back. */
  @Deactivate
  public void deactivate() {
    service.unregister(provider);
  }
}
