package gracchus;

import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;

import org.apache.kafka.metadata.properties.MetaProperties;
import org.apache.kafka.metadata.properties.PropertiesUtils;
import org.apache.kafka.raft.ElectionState;
import org.apache.kafka.raft.FileQuorumStateStore;
import org.apache.kafka.server.common.KRaftVersion;
import org.apache.kafka.server.common.OffsetAndEpoch;
import org.apache.kafka.snapshot.SnapshotPath;
import org.apache.kafka.snapshot.Snapshots;

/** Texts and names of the small files beside the metadata log, by the classes that Kafka reads and writes them with. */
final class QuorumFiles {
    private QuorumFiles() {
    }

    /** Reads the text of a quorum-state file, and writes it again in that data_version. */
    static byte[] quorumState(short dataVersion, byte[] text) throws IOException {
        Path file = Files.createTempFile("quorum-state", "");
        try {
            Files.write(file, text);
            FileQuorumStateStore store = new FileQuorumStateStore(file.toFile());
            ElectionState state = store.readElectionState().orElseThrow();
            store.writeElectionState(state, KRaftVersion.fromFeatureLevel(dataVersion));
            return Files.readAllBytes(file);
        } finally {
            Files.deleteIfExists(file);
        }
    }

    /** Reads the text of a meta.properties file, and writes it again: in some order, and with the time of day. */
    static byte[] metaProperties(byte[] text) throws IOException {
        Properties properties = new Properties();
        properties.load(new StringReader(new String(text, StandardCharsets.UTF_8)));
        Path file = Files.createTempFile("meta", ".properties");
        try {
            PropertiesUtils.writePropertiesFile(
                new MetaProperties.Builder(properties).build().toProperties(), file.toString(), false);
            return Files.readAllBytes(file);
        } finally {
            Files.deleteIfExists(file);
        }
    }

    /** Names of a snapshot's file: as it is finished, as it is being written, and as it is to be deleted. */
    static String snapshotNames(long endOffset, int epoch) throws IOException {
        OffsetAndEpoch id = new OffsetAndEpoch(endOffset, epoch);
        Path folder = Files.createTempDirectory("snapshots");
        Path partial = Snapshots.createTempFile(folder, id);
        Path finished = Snapshots.snapshotPath(folder, id);
        Path deleted = finished.resolveSibling(Snapshots.filenameFromSnapshotId(id) + Snapshots.DELETE_SUFFIX);
        try {
            for (Path path : new Path[] {finished, partial, deleted}) {
                SnapshotPath parsed = Snapshots.parse(path).orElseThrow();
                if (!parsed.snapshotId().equals(id) || parsed.partial() != (path == partial)
                    || parsed.deleted() != (path == deleted)) {
                    throw new IllegalStateException(path + " is parsed as another snapshot");
                }
            }
            return finished.getFileName() + " " + partial.getFileName() + " " + deleted.getFileName();
        } finally {
            Files.deleteIfExists(partial);
            Files.deleteIfExists(folder);
        }
    }
}
