package gracchus;

import java.nio.ByteBuffer;
import java.util.function.Consumer;

import org.apache.kafka.common.errors.UnsupportedVersionException;
import org.apache.kafka.common.metadata.MetadataRecordType;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.ObjectSerializationCache;
import org.apache.kafka.metadata.MetadataRecordSerde;
import org.apache.kafka.server.common.ApiMessageAndVersion;

/** Values of the metadata log's records, by the serde that Kafka's controllers and brokers read and write them with. */
final class MetadataRecords {
    private static final MetadataRecordSerde SERDE = MetadataRecordSerde.INSTANCE;

    private MetadataRecords() {
    }

    static byte[] rewrite(ByteBuffer value) {
        return encoded(read(value));
    }

    static ApiMessageAndVersion read(ByteBuffer value) {
        return SERDE.read(new ByteBufferAccessor(value), value.remaining());
    }

    /** Records of that type in every version; none where this Kafka has no such type. */
    static void generate(short type, Instances instances, Consumer<byte[]> sink) {
        ApiMessage limits;
        try {
            limits = MetadataRecordType.fromId(type).newMetadataRecord();
        } catch (UnsupportedVersionException unknown) {
            return;
        }
        for (short version = limits.lowestSupportedVersion(); version <= limits.highestSupportedVersion(); version++) {
            for (int at = 0; at < instances.count(); at++) {
                ApiMessage record = (ApiMessage) MessageClass.of(limits).generate(instances, version);
                sink.accept(encoded(new ApiMessageAndVersion(record, version)));
            }
        }
    }

    static byte[] encoded(ApiMessageAndVersion record) {
        ObjectSerializationCache cache = new ObjectSerializationCache();
        ByteBuffer bytes = ByteBuffer.allocate(SERDE.recordSize(record, cache));
        SERDE.write(record, cache, new ByteBufferAccessor(bytes));
        return bytes.array();
    }
}
