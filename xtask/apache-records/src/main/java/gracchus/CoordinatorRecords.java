package gracchus;

import java.nio.ByteBuffer;
import java.util.function.Consumer;

import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.coordinator.common.runtime.CoordinatorRecord;
import org.apache.kafka.coordinator.group.GroupCoordinatorRecordSerde;
import org.apache.kafka.coordinator.group.generated.CoordinatorRecordType;
import org.apache.kafka.server.common.ApiMessageAndVersion;

/** Records of __consumer_offsets, by the serde that Kafka's group coordinator loads and writes them with. */
final class CoordinatorRecords {
    private static final GroupCoordinatorRecordSerde SERDE = new GroupCoordinatorRecordSerde();

    private CoordinatorRecords() {
    }

    /** A record's key and value as bytes; the value of a tombstone is null. */
    record Encoded(byte[] key, byte[] value) {
    }

    static Encoded rewrite(ByteBuffer key, ByteBuffer value) {
        CoordinatorRecord record = SERDE.deserialize(key, value);
        if (key.hasRemaining() || value != null && value.hasRemaining()) {
            throw new IllegalArgumentException("bytes behind the record's end");
        }
        return encoded(record);
    }

    /** Records of that type: values of every version, and tombstones. */
    static void generate(short type, Instances instances, Consumer<Encoded> sink) {
        ApiMessage limits = CoordinatorRecordType.fromId(type).newRecordValue();
        for (int at = 0; at < instances.count(); at++) {
            sink.accept(encoded(CoordinatorRecord.tombstone(key(type, instances))));
            for (short version = limits.lowestSupportedVersion(); version <= limits.highestSupportedVersion(); version++) {
                ApiMessage value = (ApiMessage) MessageClass.of(limits).generate(instances, version);
                sink.accept(encoded(CoordinatorRecord.record(key(type, instances), new ApiMessageAndVersion(value, version))));
            }
        }
    }

    private static ApiMessage key(short type, Instances instances) {
        ApiMessage key = CoordinatorRecordType.fromId(type).newRecordKey();
        return (ApiMessage) MessageClass.of(key).generate(instances, (short) 0);
    }

    private static Encoded encoded(CoordinatorRecord record) {
        return new Encoded(SERDE.serializeKey(record), SERDE.serializeValue(record));
    }
}
