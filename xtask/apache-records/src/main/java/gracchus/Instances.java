package gracchus;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.Random;
import java.util.TreeMap;

import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.types.BoundField;
import org.apache.kafka.common.protocol.types.NullableSchema;
import org.apache.kafka.common.protocol.types.Schema;
import org.apache.kafka.common.protocol.types.Struct;
import org.apache.kafka.common.protocol.types.TaggedFields;
import org.apache.kafka.common.protocol.types.Type;
import org.apache.kafka.common.record.internal.MemoryRecords;

/** Random messages, drawn from the schemas that Kafka's generated classes carry. The same seed makes the same messages. */
final class Instances {
    private static final String[] LETTERS = {"a", "\u00e9", "-", "\u6f22", "Z", "0", "\ud83e\udd80"};
    private static final long[] NUMBERS = {0, 1, -1, Long.MAX_VALUE, Long.MIN_VALUE};

    private final Random random;
    private final int count;

    Instances(long seed, int count) {
        this.random = new Random(seed);
        this.count = count;
    }

    /** How many instances of each version are wanted. */
    int count() {
        return count;
    }

    /** A number from 0 on. */
    long natural() {
        return number() & Long.MAX_VALUE;
    }

    /** The bytes of one message. A tagged field may have its default value here, which the class would not write. */
    ByteBuffer bytes(Schema schema) {
        Struct struct = struct(schema);
        ByteBuffer bytes = ByteBuffer.allocate(schema.sizeOf(struct));
        schema.write(bytes, struct);
        bytes.flip();
        return bytes;
    }

    private Struct struct(Schema schema) {
        Struct struct = new Struct(schema);
        for (BoundField field : schema.fields()) {
            struct.set(field, value(field.def.type));
        }
        return struct;
    }

    private Object value(Type type) {
        if (type.isNullable() && random.nextInt(4) == 0) {
            return null;
        } else if (type instanceof Schema schema) {
            return struct(schema);
        } else if (type instanceof TaggedFields fields) {
            return tagged(fields);
        } else if (type.isArray()) {
            return array(type.arrayElementType().orElseThrow());
        } else if (type == Type.BOOLEAN) {
            return random.nextBoolean();
        } else if (type == Type.INT8) {
            return (byte) number();
        } else if (type == Type.INT16) {
            return (short) number();
        } else if (type == Type.UINT16) {
            return (int) number() & 0xffff;
        } else if (type == Type.INT32) {
            return (int) number();
        } else if (type == Type.UNSIGNED_INT32) {
            return number() & 0xffffffffL;
        } else if (type == Type.INT64) {
            return number();
        } else if (type == Type.UUID) {
            return new Uuid(number(), number());
        } else if (type == Type.FLOAT64) {
            return random.nextGaussian();
        }
        String name = type.toString();
        if (name.endsWith("STRING")) {
            return text();
        } else if (name.endsWith("BYTES")) {
            return someBytes();
        } else if (name.endsWith("RECORDS")) {
            return MemoryRecords.readableRecords(someBytes());
        }
        throw new IllegalStateException("no value for the type " + type);
    }

    private NavigableMap<Integer, Object> tagged(TaggedFields fields) {
        NavigableMap<Integer, Object> values = new TreeMap<>();
        fields.fields().forEach((tag, field) -> {
            if (random.nextInt(4) != 0) {
                values.put(tag, field.type instanceof NullableSchema schema ? struct(schema) : value(field.type));
            }
        });
        return values;
    }

    /**
     * Names of the message's tagged structs that are to be null. The schema itself writes such a null in another way than
     * the generated class reads it (-1 as a byte, and 0 as a number of variable length), so that the class must write it.
     */
    List<String> nulls(Schema schema) {
        List<String> names = new ArrayList<>();
        for (BoundField field : schema.fields()) {
            if (field.def.type instanceof TaggedFields fields) {
                fields.fields().values().stream()
                    .filter(tagged -> tagged.type instanceof NullableSchema && random.nextInt(4) == 0)
                    .forEach(tagged -> names.add(tagged.name));
            }
        }
        return names;
    }

    private Object[] array(Type element) {
        int most = element instanceof Schema ? 3 : 130;
        Object[] elements = new Object[new int[] {0, 1, 2, most}[random.nextInt(4)]];
        for (int at = 0; at < elements.length; at++) {
            elements[at] = value(element);
        }
        return elements;
    }

    private long number() {
        int at = random.nextInt(8);
        return at < NUMBERS.length ? NUMBERS[at] : random.nextLong();
    }

    private String text() {
        StringBuilder text = new StringBuilder();
        for (int left = new int[] {0, 1, 5, 11, 90}[random.nextInt(5)]; left > 0; left--) {
            text.append(LETTERS[random.nextInt(LETTERS.length)]);
        }
        return text.toString();
    }

    private ByteBuffer someBytes() {
        byte[] bytes = new byte[new int[] {0, 1, 7, 127, 700}[random.nextInt(5)]];
        random.nextBytes(bytes);
        return ByteBuffer.wrap(bytes);
    }
}
