package io.myelin.node.southbound;

/** What translates to and from the messages of switches that run one program. */
record ProgramCodecs(
    CompiledProgram program, EntryDecoder decoder, WriteEncoder encoder, PacketCodec packets) {
  /**
   * @throws RuntimeException naming what the program lacks
   */
  static ProgramCodecs of(CompiledProgram program) {
    return new ProgramCodecs(
        program, new EntryDecoder(program), new WriteEncoder(program), new PacketCodec(program));
  }
}
