package io.myelin.onos.pipeline;

import io.myelin.core.pipeline.Pipeline;
import io.myelin.core.pipeline.myelin.MyelinPipeline;
import java.net.URL;
import org.onosproject.net.behaviour.Pipeliner;
import org.onosproject.net.pi.model.DefaultPiPipeconf;
import org.onosproject.net.pi.model.PiPipeconf;
import org.onosproject.net.pi.model.PiPipeconfId;
import org.onosproject.net.pi.model.PiPipelineInterpreter;
import org.onosproject.net.pi.model.PiPipelineModel;
import org.onosproject.p4runtime.model.P4InfoParser;
import org.onosproject.p4runtime.model.P4InfoParserException;

/** p4/myelin.p4 as committed in p4/build, as a pipeconf. */
public final class MyelinPipeconf {
  /** What a device's netcfg names under {@code basic/pipeconf}. */
  public static final PiPipeconfId ID = new PiPipeconfId("io.myelin.onos");

  /** What fills its tables. */
  public static final Pipeline PIPELINE = MyelinPipeline.INSTANCE;

  private static final String P4INFO = "/p4/" + PIPELINE.name() + ".p4info.txt";
  private static final String JSON = "/p4/" + PIPELINE.name() + ".json";

  private MyelinPipeconf() {}

  /**
   * Builds it.
   *
   * @throws IllegalStateException when the program is not in the bundle or cannot be read
   */
  public static PiPipeconf load() {
    try {
      return of(P4InfoParser.parse(p4info()));
    } catch (P4InfoParserException e) {
      throw new IllegalStateException("ONOS cannot read " + P4INFO, e);
    }
  }

  /** With a model that ONOS made of {@link #p4info}. */
  public static PiPipeconf of(PiPipelineModel model) {
    return DefaultPiPipeconf.builder()
        .withId(ID)
        .withPipelineModel(model)
        .addBehaviour(PiPipelineInterpreter.class, MyelinInterpreter.class)
        .addBehaviour(Pipeliner.class, MyelinPipeliner.class)
        .addExtension(PiPipeconf.ExtensionType.P4_INFO_TEXT, p4info())
        .addExtension(PiPipeconf.ExtensionType.BMV2_JSON, resource(JSON))
        .build();
  }

  /** The P4Info, in text format. */
  public static URL p4info() {
    return resource(P4INFO);
  }

  private static URL resource(String name) {
    URL url = MyelinPipeconf.class.getResource(name);
    if (url == null) {
      throw new IllegalStateException(name + " is not in the bundle");
    }
    return url;
  }
}
