package io.myelin.sim.report;

import java.util.List;

/** A part of a report under a heading of its own. */
public record Section(String heading, List<Block> blocks) {
  public Section {
    blocks = List.copyOf(blocks);
  }

  public static Section of(String heading, Block... blocks) {
    return new Section(heading, List.of(blocks));
  }
}
