package gracchus;

import java.io.PrintWriter;
import java.nio.ByteBuffer;
import java.util.HexFormat;

import org.apache.kafka.image.MetadataDelta;
import org.apache.kafka.image.MetadataImage;
import org.apache.kafka.image.MetadataProvenance;
import org.apache.kafka.image.writer.ImageWriterOptions;
import org.apache.kafka.image.writer.RecordListWriter;
import org.apache.kafka.server.common.ApiMessageAndVersion;
import org.apache.kafka.server.common.MetadataVersion;

/**
 * Kafka's metadata image as brokers make it of records:
 * <pre>
 *   new             begins with the empty image
 *   metadata HEX    replays the value of a record; a record that Kafka refuses prints "refused" and the reason
 *   apply           makes an image of what was replayed
 *   write LEVEL     prints the image as the records of a snapshot at that metadata.version, as lines "metadata HEX", and
 *                   "end" behind them
 * </pre>
 */
final class MetadataImages {
    private static final HexFormat HEX = HexFormat.of();

    private MetadataImage image;
    private MetadataDelta delta;

    MetadataImages() {
        begin(MetadataImage.EMPTY);
    }

    void take(String line, PrintWriter lines) {
        String[] words = line.split(" ");
        switch (words[0]) {
            case "new" -> begin(MetadataImage.EMPTY);
            case "metadata" -> replay(ByteBuffer.wrap(HEX.parseHex(words[1])), lines);
            case "apply" -> begin(delta.apply(new MetadataProvenance(0, 0, 0, true)));
            case "write" -> write(MetadataVersion.fromFeatureLevel(Short.parseShort(words[1])), lines);
            default -> throw new IllegalArgumentException("no line begins with " + words[0]);
        }
    }

    private void begin(MetadataImage from) {
        image = from;
        delta = new MetadataDelta.Builder().setImage(from).build();
    }

    private void replay(ByteBuffer value, PrintWriter lines) {
        try {
            delta.replay(MetadataRecords.read(value).message());
        } catch (RuntimeException why) {
            lines.print("refused " + String.valueOf(why.getMessage()).replace('\n', ' ') + "\n");
        }
    }

    /** Eligible leader replicas are written where the image has their feature, as the snapshots of brokers do it. */
    private void write(MetadataVersion level, PrintWriter lines) {
        RecordListWriter writer = new RecordListWriter();
        image.write(writer, new ImageWriterOptions.Builder(level)
            .setEligibleLeaderReplicasEnabled(image.features().isElrEnabled())
            .build());
        for (ApiMessageAndVersion record : writer.records()) {
            lines.print("metadata " + HEX.formatHex(MetadataRecords.encoded(record)) + "\n");
        }
        lines.print("end\n");
    }
}
