package io.myelin.onos.store;

import io.myelin.core.port.StateLog;
import io.myelin.node.store.StateLogContract;
import org.onosproject.cluster.NodeId;
import org.onosproject.store.service.TestStorageService;

/** The contract of logs, on ONOS's own storage double. */
class OnosStateLogContractTest extends StateLogContract {
  @Override
  protected StateLog open() {
    NodeId node = new NodeId("n1");
    return new OnosStateLog(node, new TestStorageService(), new Election().at(node));
  }
}
