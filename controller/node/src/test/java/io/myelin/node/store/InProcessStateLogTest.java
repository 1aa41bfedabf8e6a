package io.myelin.node.store;

import io.myelin.core.port.StateLog;

final class InProcessStateLogTest extends StateLogContract {
  @Override
  protected StateLog open() {
    return new InProcessStateLog(1);
  }
}
