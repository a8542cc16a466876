package gracchus;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.Consumer;

import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.message.KRaftVersionRecord;
import org.apache.kafka.common.message.LeaderChangeMessage;
import org.apache.kafka.common.message.SnapshotFooterRecord;
import org.apache.kafka.common.message.SnapshotHeaderRecord;
import org.apache.kafka.common.message.VotersRecord;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.ControlRecordType;
import org.apache.kafka.common.record.internal.EndTransactionMarker;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MemoryRecordsBuilder;
import org.apache.kafka.common.record.internal.MutableRecordBatch;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.raft.ControlRecord;

/** Control batches, by the classes that Kafka's Raft and its transaction coordinator read and write them with. */
final class ControlBatches {
    private static final int ROOM = 1 << 20;

    private ControlBatches() {
    }

    static byte[] rewrite(ByteBuffer bytes) {
        Iterator<MutableRecordBatch> batches = MemoryRecords.readableRecords(bytes).batches().iterator();
        MutableRecordBatch batch = batches.next();
        batch.ensureValid();
        if (batches.hasNext() || !batch.isControlBatch()) {
            throw new IllegalArgumentException("not one control batch");
        }
        MemoryRecordsBuilder builder = builder(batch.baseOffset(), batch.partitionLeaderEpoch(), batch.producerId(),
            batch.producerEpoch(), batch.baseSequence(), batch.isTransactional());
        for (Record record : batch) {
            long timestamp = record.timestamp();
            switch (ControlRecordType.parse(record.key())) {
                case ABORT, COMMIT -> builder.appendEndTxnMarker(timestamp, EndTransactionMarker.deserialize(record));
                default -> append(builder, timestamp, ControlRecord.of(record.key(), record.value()).message());
            }
        }
        return bytes(builder);
    }

    /** A batch of each type of control record, and one as a snapshot begins with. */
    static void generate(Instances instances, Consumer<byte[]> sink) {
        for (int at = 0; at < instances.count(); at++) {
            for (ControlRecordType type : new ControlRecordType[] {ControlRecordType.ABORT, ControlRecordType.COMMIT}) {
                MemoryRecordsBuilder builder = builder(instances.natural() >>> 1, epoch(instances), instances.natural(),
                    (short) 3, RecordBatch.NO_SEQUENCE, true);
                builder.appendEndTxnMarker(instances.natural(), new EndTransactionMarker(type, epoch(instances)));
                sink.accept(bytes(builder));
            }
            List<ApiMessage> messages = messages(instances);
            messages.forEach(message -> sink.accept(ofRaft(instances, List.of(message))));
            sink.accept(ofRaft(instances, messages.subList(1, 4)));
        }
    }

    /**
     * One message of each type, in the version that Kafka writes: the header, the version and the voters are
     * neighbours, as in a snapshot.
     */
    private static List<ApiMessage> messages(Instances instances) {
        List<ApiMessage> messages = new ArrayList<>();
        for (ApiMessage kind : new ApiMessage[] {new LeaderChangeMessage(), new SnapshotHeaderRecord(),
            new KRaftVersionRecord(), new VotersRecord(), new SnapshotFooterRecord()}) {
            messages.add((ApiMessage) MessageClass.of(kind).generate(instances, (short) 0));
        }
        ((LeaderChangeMessage) messages.get(0)).setVersion((short) 0);
        ((SnapshotHeaderRecord) messages.get(1)).setVersion((short) 0);
        ((KRaftVersionRecord) messages.get(2)).setVersion((short) 0);
        ((VotersRecord) messages.get(3)).setVersion((short) 0);
        ((SnapshotFooterRecord) messages.get(4)).setVersion((short) 0);
        return messages;
    }

    private static byte[] ofRaft(Instances instances, List<ApiMessage> messages) {
        MemoryRecordsBuilder builder = builder(instances.natural() >>> 1, epoch(instances), RecordBatch.NO_PRODUCER_ID,
            RecordBatch.NO_PRODUCER_EPOCH, RecordBatch.NO_SEQUENCE, false);
        long timestamp = instances.natural();
        messages.forEach(message -> append(builder, timestamp, message));
        return bytes(builder);
    }

    private static int epoch(Instances instances) {
        return (int) (instances.natural() & Integer.MAX_VALUE);
    }

    private static MemoryRecordsBuilder builder(long baseOffset, int leaderEpoch, long producerId, short producerEpoch,
                                                int baseSequence, boolean isTransactional) {
        return new MemoryRecordsBuilder(ByteBuffer.allocate(ROOM), RecordBatch.CURRENT_MAGIC_VALUE, Compression.NONE,
            TimestampType.CREATE_TIME, baseOffset, RecordBatch.NO_TIMESTAMP, producerId, producerEpoch, baseSequence,
            isTransactional, true, leaderEpoch, ROOM);
    }

    private static void append(MemoryRecordsBuilder builder, long timestamp, ApiMessage message) {
        if (message instanceof LeaderChangeMessage leaderChange) {
            builder.appendLeaderChangeMessage(timestamp, leaderChange);
        } else if (message instanceof SnapshotHeaderRecord header) {
            builder.appendSnapshotHeaderMessage(timestamp, header);
        } else if (message instanceof SnapshotFooterRecord footer) {
            builder.appendSnapshotFooterMessage(timestamp, footer);
        } else if (message instanceof KRaftVersionRecord version) {
            builder.appendKRaftVersionMessage(timestamp, version);
        } else if (message instanceof VotersRecord voters) {
            builder.appendVotersMessage(timestamp, voters);
        } else {
            throw new IllegalArgumentException("no control record is a " + message.getClass().getSimpleName());
        }
    }

    private static byte[] bytes(MemoryRecordsBuilder builder) {
        ByteBuffer buffer = builder.build().buffer();
        byte[] bytes = new byte[buffer.remaining()];
        buffer.get(bytes);
        return bytes;
    }
}
