package io.myelin.node.northbound;

import java.io.IOException;
import java.io.OutputStream;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.LongSupplier;

/**
 * A cluster of one that serves and has no trouble: for benchmarks and tests of what stands before
 * one.
 */
public class LoneMember implements ClusterFacts {
  private static final String ID = "a";

  private final LongSupplier clock;

  /**
   * @param clockMs milliseconds since 1970
   */
  public LoneMember(LongSupplier clockMs) {
    clock = clockMs;
  }

  @Override
  public String member() {
    return ID;
  }

  @Override
  public SortedMap<String, Addresses> members() {
    return new TreeMap<>(Map.of(ID, new Addresses("", "")));
  }

  @Override
  public long clockMs() {
    return clock.getAsLong();
  }

  @Override
  public boolean durable() {
    return false;
  }

  @Override
  public boolean serving() {
    return true;
  }

  @Override
  public String trouble() {
    return "";
  }

  @Override
  public String inventoryRefused() {
    return "";
  }

  @Override
  public String inventoryDiffers() {
    return "";
  }

  @Override
  public String webUrl() {
    return "";
  }

  @Override
  public void backup(OutputStream out) throws IOException {
    throw new IOException("there is no state on disk");
  }
}
