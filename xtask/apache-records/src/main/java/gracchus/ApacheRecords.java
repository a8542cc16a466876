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
import java.util.Optional;

import org.apache.kafka.common.protocol.Errors;

/**
 * Apache Kafka's message classes as a filter on lines of text.
 *
 * <p>{@code rewrite} reads one message, record, batch or file a line, decodes it with Kafka's class, encodes it again
 * and prints the bytes:
 * <pre>
 *   message NAME VERSION HEX   ->  HEX
 *   record KEY-HEX VALUE-HEX   ->  KEY-HEX VALUE-HEX      (a record of __consumer_offsets; a null value is "null")
 *   metadata HEX               ->  HEX                    (the value of a record of the metadata log)
 *   control HEX                ->  HEX                    (a control batch)
 *   quorum-state VERSION HEX   ->  HEX                    (the text of that file, in that data_version)
 *   meta-properties HEX        ->  HEX                    (the text of that file)
 *   snapshot OFFSET EPOCH      ->  NAME NAME NAME         (a snapshot's file: finished, being written, to be deleted)
 * </pre>
 * A message or a version that this Kafka does not have is answered with {@code no version}, and bytes that it refuses
 * with {@code refused} and the reason.
 *
 * <p>{@code generate SEED COUNT} reads {@code message NAME}, {@code record TYPE}, {@code metadata TYPE} or
 * {@code control} a line and prints COUNT instances of every version, as lines that {@code rewrite} reads.
 *
 * <p>{@code errors} prints every error code and its name. {@code features} prints what depends on a metadata.version:
 * see {@link MetadataVersions}. {@code images} replays records and prints what the image of them is written as: see
 * {@link MetadataImages}.
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
                case "features" -> MetadataVersions.print(lines);
                case "images" -> {
                    MetadataImages images = new MetadataImages();
                    in.lines().forEach(line -> images.take(line, lines));
                }
                default -> throw new IllegalArgumentException("no command " + arguments[0]);
            }
        }
    }

    private static String rewrite(String line) {
        String[] words = line.split(" ", -1);
        try {
            return switch (words[0]) {
                case "message" -> {
                    short version = Short.parseShort(words[2]);
                    Optional<MessageClass> kind = MessageClass.named(words[1]).filter(it -> it.hasVersion(version));
                    yield kind.map(it -> hex(it.rewrite(bytes(words[3]), version))).orElse("no version");
                }
                case "record" -> {
                    CoordinatorRecords.Encoded record = CoordinatorRecords.rewrite(bytes(words[1]), bytes(words[2]));
                    yield hex(record.key()) + " " + hex(record.value());
                }
                case "metadata" -> hex(MetadataRecords.rewrite(bytes(words[1])));
                case "control" -> hex(ControlBatches.rewrite(bytes(words[1])));
                case "quorum-state" -> hex(QuorumFiles.quorumState(Short.parseShort(words[1]), HEX.parseHex(words[2])));
                case "meta-properties" -> hex(QuorumFiles.metaProperties(HEX.parseHex(words[1])));
                case "snapshot" -> QuorumFiles.snapshotNames(Long.parseLong(words[1]), Integer.parseInt(words[2]));
                default -> throw new IllegalArgumentException("no line begins with " + words[0]);
            };
        } catch (IOException | RuntimeException why) {
            return "refused " + String.valueOf(why.getMessage()).replace('\n', ' ');
        }
    }

    private static void generate(Instances instances, String[] words, PrintWriter lines) {
        switch (words[0]) {
            case "message" -> MessageClass.named(words[1]).ifPresent(kind ->
                kind.generate(instances, (version, message) ->
                    lines.print("message " + words[1] + " " + version + " " + hex(message) + "\n")));
            case "record" -> CoordinatorRecords.generate(Short.parseShort(words[1]), instances, record ->
                lines.print("record " + hex(record.key()) + " " + hex(record.value()) + "\n"));
            case "metadata" -> MetadataRecords.generate(Short.parseShort(words[1]), instances, value ->
                lines.print("metadata " + hex(value) + "\n"));
            case "control" -> ControlBatches.generate(instances, batch -> lines.print("control " + hex(batch) + "\n"));
            default -> throw new IllegalArgumentException("no line begins with " + words[0]);
        }
    }

    private static ByteBuffer bytes(String hex) {
        return hex.equals("null") ? null : ByteBuffer.wrap(HEX.parseHex(hex));
    }

    private static String hex(byte[] bytes) {
        return bytes == null ? "null" : HEX.formatHex(bytes);
    }
}
