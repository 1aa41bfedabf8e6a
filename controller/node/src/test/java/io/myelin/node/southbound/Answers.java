package io.myelin.node.southbound;

import io.myelin.p4.v1.ForwardingPipelineConfig;
import io.myelin.p4.v1.GetForwardingPipelineConfigResponse;

/** What a good switch says. */
final class Answers {
  private Answers() {}

  /** That it runs this pipeline. */
  static GetForwardingPipelineConfigResponse running(CompiledProgram pipeline) {
    return GetForwardingPipelineConfigResponse.newBuilder()
        .setConfig(
            ForwardingPipelineConfig.newBuilder()
                .setCookie(
                    ForwardingPipelineConfig.Cookie.newBuilder().setCookie(pipeline.cookie())))
        .build();
  }
}
