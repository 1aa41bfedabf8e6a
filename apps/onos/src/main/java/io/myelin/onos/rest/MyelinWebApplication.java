package io.myelin.onos.rest;

import java.util.Set;
import org.onlab.rest.AbstractWebApplication;

/** What is served under {@code /onos/myelin}; see WEB-INF/web.xml. */
public final class MyelinWebApplication extends AbstractWebApplication {
  @Override
  public Set<Class<?>> getClasses() {
    return getClasses(LeasesResource.class);
  }
}
