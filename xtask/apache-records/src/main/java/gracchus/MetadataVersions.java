package gracchus;

import java.io.PrintWriter;
import java.util.Arrays;
import java.util.stream.Collectors;

import org.apache.kafka.server.common.Feature;
import org.apache.kafka.server.common.MetadataVersion;

/**
 * Prints what depends on a metadata.version, one line for each, and one for each feature:
 * <pre>
 *   metadata LEVEL NAME CHANGED REGISTER-BROKER PARTITION PARTITION-CHANGE REGISTER-CONTROLLER FETCH LIST-OFFSETS
 *            SCRAM TOKENS TRANSACTIONS
 *   feature NAME LEAST MOST PRODUCTION LEVEL=DEFAULT...
 * </pre>
 * The versions are of records and of requests between brokers, -1 where there is none; the defaults of a feature are
 * those of each metadata.version.
 */
final class MetadataVersions {
    private MetadataVersions() {
    }

    static void print(PrintWriter lines) {
        for (MetadataVersion version : MetadataVersion.VERSIONS) {
            Object[] words = {
                "metadata", version.featureLevel(), version.version(), version.didMetadataChange(),
                version.registerBrokerRecordVersion(), version.partitionRecordVersion(),
                version.partitionChangeRecordVersion(),
                version.isControllerRegistrationSupported() ? version.registerControllerRecordVersion() : -1,
                version.fetchRequestVersion(), version.listOffsetRequestVersion(), version.isScramSupported(),
                version.isDelegationTokenSupported(), version.isMetadataTransactionSupported(),
            };
            lines.print(Arrays.stream(words).map(String::valueOf).collect(Collectors.joining(" ")) + "\n");
        }
        for (Feature feature : Feature.PRODUCTION_FEATURES) {
            String defaults = Arrays.stream(MetadataVersion.VERSIONS)
                .map(version -> version.featureLevel() + "=" + feature.defaultLevel(version))
                .collect(Collectors.joining(" "));
            lines.print("feature " + feature.featureName() + " " + feature.minimumProduction() + " "
                + feature.latestTesting() + " " + feature.latestProduction() + " " + defaults + "\n");
        }
    }
}
