package io.myelin.softswitch.p4rt;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.protobuf.ByteString;
import io.myelin.p4.v1.TableEntry;
import io.myelin.p4.v1.Update;
import io.myelin.p4.v1.WriteRequest;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Many large batches one after the other; how fast is a matter of {@code myelin bench p4rt}. */
final class LargeBatchTest {
  private static final int BATCH = 1000;
  private static final int BATCHES = 20;

  @Test
  void everyInsertOfEveryBatchIsThere() {
    try (Fixture f = Fixture.running(Programs.MYELIN)) {
      TableEntry steering =
          f.tableEntry(
              "table_id: $path_steering priority: 1"
                  + " match { field_id: 1 ternary { value: '\\1' mask: '\\xff\\xff' } }"
                  + " action { action { action_id: $push_3"
                  + " params { param_id: 1 value: '\\1' }"
                  + " params { param_id: 2 value: '\\2' }"
                  + " params { param_id: 3 value: '\\3' }"
                  + " params { param_id: 4 value: '\\1' }"
                  + " params { param_id: 5 value: '\\0' } } }");
      List<WriteRequest> batches = new ArrayList<>();
      for (int b = 0; b < BATCHES; b++) {
        batches.add(batch(f, steering, b));
      }
      for (int b = 0; b < BATCHES; b++) {
        var unused = f.rpc.write(batches.get(b));
      }
      assertEquals(BATCH * BATCHES, f.read("table_entry { table_id: $path_steering }").size());
    }
  }

  private static WriteRequest batch(Fixture f, TableEntry template, int b) {
    List<Update> updates = new ArrayList<>();
    for (int i = 0; i < BATCH; i++) {
      int n = b * BATCH + i;
      byte[] address = new byte[16];
      address[0] = (byte) 0xfd;
      address[13] = (byte) (n >> 16);
      address[14] = (byte) (n >> 8);
      address[15] = (byte) n;
      byte[] mask = new byte[16];
      java.util.Arrays.fill(mask, (byte) 0xff);
      TableEntry.Builder e = template.toBuilder();
      e.addMatchBuilder()
          .setFieldId(3)
          .getTernaryBuilder()
          .setValue(ByteString.copyFrom(address))
          .setMask(ByteString.copyFrom(mask));
      Update.Builder u = Update.newBuilder().setType(Update.Type.INSERT);
      u.getEntityBuilder().setTableEntry(e);
      updates.add(u.build());
    }
    return f.request(WriteRequest.Atomicity.CONTINUE_ON_ERROR, updates);
  }
}
