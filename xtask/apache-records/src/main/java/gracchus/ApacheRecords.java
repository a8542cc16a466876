package gracchus;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

import org.apache.kafka.common.protocol.Errors;

/**
 * Apache Kafka's message classes as a filter on lines of text.
 *
 * <p>{@code rewrite} reads one message or record a line, decodes it with Kafka's class, encodes it again and prints the
 * bytes:
 * <pre>
 *   message NAME VERSION HEX   ->  HEX
 *   record KEY-HEX VALUE-HEX   ->  KEY-HEX VALUE-HEX      (a record of __consumer_offsets; a null value is "null")
 * </pre>
 * A version that the class does not have is answered with {@code no version}, and bytes that it refuses with
 * {@code refused} and the reason.
 *
 * <p>{@code generate SEED COUNT} reads {@code message NAME} or {@code record TYPE} a line and prints COUNT instances of
 * every version, as lines that {@code rewrite} reads.
 *
 * <p>{@code errors} prints every error code and its name.
 */
public final class ApacheRecords {
    private static final HexFormat HEX = HexFormat.of();

    private ApacheRecords() {
    }

    public static void main(String[] arguments) throws IOException {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        OutputStreamWriter out = new OutputStreamWriter(System.out, StandardCharsets.UTF_8);
        try (PrintWriter lines = new PrintWriter(new BufferedWriter(out, 1 << 20))) {
            switch (arguments[0]) {
                case "rewrite" -> in.lines().map(ApacheRecords::rewrite).forEach(line -> lines.print(line + "\n"));
                case "generate" -> {
                    Instances instances = new Instances(Long.parseLong(arguments[1]), Integer.parseInt(arguments[2]));
                    in.lines().forEach(line -> generate(instances, line.split(" "), lines));
                }
                case "errors" -> {
                    for (Errors error : Errors.values()) {
                        lines.print(error.code() + " " + error.name() + "\n");
                    }
                }
                default -> throw new IllegalArgumentException("no command " + arguments[0]);
            }
        }
    }

    private static String rewrite(String line) {
        String[] words = line.split(" ", -1);
        try {
            if (words[0].equals("record")) {
                CoordinatorRecords.Encoded record = CoordinatorRecords.rewrite(bytes(words[1]), bytes(words[2]));
                return hex(record.key()) + " " + hex(record.value());
            }
            short version = Short.parseShort(words[2]);
            MessageClass kind = MessageClass.named(words[1]);
            return kind.hasVersion(version) ? hex(kind.rewrite(bytes(words[3]), version)) : "no version";
        } catch (RuntimeException why) {
            return "refused " + String.valueOf(why.getMessage()).replace('\n', ' ');
        }
    }

    private static void generate(Instances instances, String[] words, PrintWriter lines) {
        if (words[0].equals("record")) {
            CoordinatorRecords.generate(Short.parseShort(words[1]), instances, record ->
                lines.print("record " + hex(record.key()) + " " + hex(record.value()) + "\n"));
            return;
        }
        MessageClass kind = MessageClass.named(words[1]);
        kind.generate(instances, (version, message) ->
            lines.print("message " + words[1] + " " + version + " " + hex(message) + "\n"));
    }

    private static ByteBuffer bytes(String hex) {
        return hex.equals("null") ? null : ByteBuffer.wrap(HEX.parseHex(hex));
    }

    private static String hex(byte[] bytes) {
        return bytes == null ? "null" : HEX.formatHex(bytes);
    }
}
