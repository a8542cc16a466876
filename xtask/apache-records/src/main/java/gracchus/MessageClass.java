package gracchus;

import java.lang.reflect.Method;
import java.nio.ByteBuffer;
import java.util.Optional;

import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.Message;
import org.apache.kafka.common.protocol.MessageUtil;
import org.apache.kafka.common.protocol.types.Schema;

/** One of Kafka's generated message classes, found by the name of its schema. */
final class MessageClass {
    private static final String MESSAGES = "org.apache.kafka.common.message.";
    private static final String COORDINATOR = "org.apache.kafka.coordinator.group.generated.";
    private static final String METADATA = "org.apache.kafka.common.metadata.";
    private static final String RAFT = "org.apache.kafka.raft.generated.";

    private final Class<?> type;

    private MessageClass(Class<?> type) {
        this.type = type;
    }

    /**
     * Requests, answers and headers are classes with "Data" behind their names; other messages have their own names. A
     * message that this version of Kafka does not have is empty.
     */
    static Optional<MessageClass> named(String name) {
        String[] candidates = {MESSAGES + name + "Data", MESSAGES + name, COORDINATOR + name, METADATA + name,
            RAFT + name};
        for (String candidate : candidates) {
            try {
                return Optional.of(new MessageClass(Class.forName(candidate)));
            } catch (ClassNotFoundException next) {
                // The next candidate is tried.
            }
        }
        return Optional.empty();
    }

    static MessageClass of(ApiMessage message) {
        return new MessageClass(message.getClass());
    }

    boolean hasVersion(short version) {
        Message message = instance();
        return version >= message.lowestSupportedVersion() && version <= message.highestSupportedVersion();
    }

    /** Reads a message that must be all of the bytes, and writes it again. */
    byte[] rewrite(ByteBuffer bytes, short version) {
        return bytes(read(bytes, version), version);
    }

    private static byte[] bytes(Message message, short version) {
        return MessageUtil.byteBufferToArray(MessageUtil.toByteBufferAccessor(message, version).buffer());
    }

    private Message read(ByteBuffer bytes, short version) {
        Message message = instance();
        message.read(new ByteBufferAccessor(bytes), version);
        if (bytes.hasRemaining()) {
            throw new IllegalArgumentException(bytes.remaining() + " bytes behind the message's end");
        }
        return message;
    }

    /** What is done with a generated message and its version. */
    interface Sink {
        void accept(short version, byte[] bytes);
    }

    /** Messages of every version, as the class itself writes them. */
    void generate(Instances instances, Sink sink) {
        Message limits = instance();
        for (short version = limits.lowestSupportedVersion(); version <= limits.highestSupportedVersion(); version++) {
            for (int at = 0; at < instances.count(); at++) {
                sink.accept(version, bytes(generate(instances, version), version));
            }
        }
    }

    /** One message of that version. */
    Message generate(Instances instances, short version) {
        Message message = read(instances.bytes(schema(version)), version);
        instances.nulls(schema(version)).forEach(name -> setNull(message, name));
        return message;
    }

    /** The setter of the schema's field "a_field" is "setAField". */
    private void setNull(Message message, String field) {
        String setter = "set" + field.replace("_", "");
        for (Method method : type.getMethods()) {
            if (method.getName().equalsIgnoreCase(setter)) {
                try {
                    method.invoke(message, (Object) null);
                    return;
                } catch (ReflectiveOperationException why) {
                    throw new IllegalStateException(why);
                }
            }
        }
        throw new IllegalStateException("no method " + setter);
    }

    private Schema schema(short version) {
        try {
            return ((Schema[]) type.getField("SCHEMAS").get(null))[version];
        } catch (ReflectiveOperationException why) {
            throw new IllegalStateException(why);
        }
    }

    private Message instance() {
        try {
            return (Message) type.getConstructor().newInstance();
        } catch (ReflectiveOperationException why) {
            throw new IllegalStateException(why);
        }
    }
}
