package io.myelin.web.transcode;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** {@link HttpRequestFuzz} by a seed: some thousands of inputs, or {@code MYELIN_FUZZ} many. */
final class HttpRequestFuzzTest {
  private static final long SEED = 20_261_201;
  private static final int INPUTS = 20_000;

  private static final List<String> SEEDS =
      List.of(
          "\0tenants/blue\nleaseId=a&validateOnly=true\n{\"source\":\"gpu-1-1\",\"destination\":"
              + "\"gpu-2-1\",\"bandwidthBps\":\"1000000\",\"traffic\":{\"kind\":\"KIND_ROCE\","
              + "\"destQps\":[1,2,3]},\"startTime\":\"2026-01-31T12:00:00Z\",\"ttl\":\"90s\","
              + "\"constraints\":{\"maxLatencyNs\":\"5000\",\"encryption\":[\"ENCRYPTION_MACSEC\"]}}",
          "\2tenants/blue\npageSize=5&pageToken=x&showEnded=true\n",
          "\4tenants/blue/leases/a\nupdateMask=bandwidthBps,ttl\n{\"etag\":\"3\"}",
          "\t\njob.members=a\n{\"members\":[\"a\",\"b\"],\"rails\":[1,-1],\"pairs\":[{}]}",
          "\24\n\n{\"inventory\":\"AAEC\",\"validateOnly\":true}",
          "\17tenants/a\n\n{\"query\":{\"parent\":5,\"constraints\":null},\"hops\":[{\"port\":1e3}]}");

  @Test
  void nothingButRefusals() {
    String many = System.getenv("MYELIN_FUZZ");
    int inputs = many == null ? INPUTS : Integer.parseInt(many);
    Random random = new Random(SEED);
    for (int i = 0; i < inputs; i++) {
      byte[] input = mutated(random);
      try {
        HttpRequestFuzz.fuzzerTestOneInput(input);
      } catch (RuntimeException | Error e) {
        throw new AssertionError(
            "seed " + SEED + ", input " + i + ": " + new String(input, StandardCharsets.UTF_8), e);
      }
    }
  }

  private static byte[] mutated(Random random) {
    byte[] b = SEEDS.get(random.nextInt(SEEDS.size())).getBytes(StandardCharsets.UTF_8);
    if (random.nextInt(4) == 0) {
      b[0] = (byte) random.nextInt(64);
    }
    int edits = random.nextInt(6);
    for (int e = 0; e < edits; e++) {
      int at = random.nextInt(b.length);
      switch (random.nextInt(4)) {
        case 0 -> b[at] = (byte) random.nextInt(256);
        case 1 -> b[at] = (byte) "{}[]\",:0123456789.-+eE\\\n&= null".charAt(random.nextInt(31));
        case 2 -> { // a piece of another seed
          byte[] o = SEEDS.get(random.nextInt(SEEDS.size())).getBytes(StandardCharsets.UTF_8);
          int from = random.nextInt(o.length);
          int n = Math.min(random.nextInt(20), Math.min(o.length - from, b.length - at));
          System.arraycopy(o, from, b, at, n);
        }
        default -> b = java.util.Arrays.copyOf(b, 1 + at);
      }
    }
    return b;
  }
}
