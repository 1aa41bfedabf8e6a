package io.myelin.node.southbound;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.Metadata;
import io.grpc.Status;
import io.myelin.core.pipeline.myelin.MyelinPipeline;
import io.myelin.core.port.Southbound.Count;
import io.myelin.p4.v1.CounterData;
import io.myelin.p4.v1.CounterEntry;
import io.myelin.p4.v1.Entity;
import io.myelin.p4.v1.Index;
import io.myelin.p4.v1.P4RuntimeGrpc;
import io.myelin.p4.v1.ReadResponse;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;

/** Answers that a switch must not give, and what they may cost. */
final class HostileAnswersTest {
  private static final String COUNTER = "egress_port_counter";

  private final CompiledProgram pipeline = CompiledProgram.of(MyelinPipeline.INSTANCE);
  private final HostileChannel channel = new HostileChannel();
  private final DeviceReads reads =
      new DeviceReads(1, pipeline, new EntryDecoder(pipeline), P4RuntimeGrpc.newStub(channel));

  private Entity counter(long index) {
    return Entity.newBuilder()
        .setCounterEntry(
            CounterEntry.newBuilder()
                .setCounterId(pipeline.counter(COUNTER).getPreamble().getId())
                .setIndex(Index.newBuilder().setIndex(index))
                .setData(CounterData.newBuilder().setPacketCount(7)))
        .build();
  }

  private void answer(ReadResponse response) {
    channel.end(P4RuntimeGrpc.getReadMethod(), response, Status.OK, new Metadata());
  }

  /** It would have grown a list until memory ran out. */
  @Test
  void aCounterHasTheIndicesOfTheProgramAndNoMore() {
    for (long index : new long[] {512, 1L << 40, -1}) {
      CompletableFuture<List<List<Count>>> read = reads.counters(List.of(COUNTER));
      answer(ReadResponse.newBuilder().addEntities(counter(index)).build());
      CompletionException e = assertThrows(CompletionException.class, read::join);
      assertTrue(String.valueOf(e.getMessage()).contains("has no index " + index), e.getMessage());
    }
    CompletableFuture<List<List<Count>>> read = reads.counters(List.of(COUNTER));
    answer(ReadResponse.newBuilder().addEntities(counter(511)).build());
    assertEquals(new Count(7, 0), read.join().get(0).get(511));
  }

  @Test
  void anAnswerWithoutEndEnds() {
    CompletableFuture<?> read = reads.tables();
    ReadResponse.Builder many = ReadResponse.newBuilder();
    for (int i = 0; i < 1 << 14; i++) {
      many.addEntities(Entity.getDefaultInstance());
    }
    ReadResponse response = many.build();
    for (int i = 0; i <= 64; i++) {
      channel.answer(P4RuntimeGrpc.getReadMethod(), response);
    }
    CompletionException e = assertThrows(CompletionException.class, read::join);
    assertTrue(String.valueOf(e.getMessage()).contains("more than 1048576"), e.getMessage());
  }
}
