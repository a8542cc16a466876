package gracchus;

import java.io.PrintStream;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * An idempotent producer and a member of a group on Apache's Java client, through any number of restarts of the server.
 *
 * <p>Standard input steers it: {@code quiet} ends the producer once everything is acknowledged, the end of the input ends
 * the member. What the broker acknowledged goes to standard output, a line for each fact; see {@code cargo xtask storm}.
 */
public final class Storm {
    private static final String NAME = "java";

    private final String bootstrap;
    private final String topic;
    private final int partitions;
    private final PrintStream ledger = new PrintStream(System.out, false);
    private final AtomicBoolean quiet = new AtomicBoolean();
    private final AtomicBoolean over = new AtomicBoolean();

    private Storm(String bootstrap, String topic, int partitions) {
        this.bootstrap = bootstrap;
        this.topic = topic;
        this.partitions = partitions;
    }

    /** Takes BOOTSTRAP, TOPIC and the topic's number of partitions. */
    public static void main(String[] args) throws Exception {
        Storm storm = new Storm(args[0], args[1], Integer.parseInt(args[2]));
        Thread producer = new Thread(storm::produce);
        Thread member = new Thread(storm::consume);
        producer.start();
        member.start();
        int letter = System.in.read();
        storm.quiet.set(true);
        producer.join();
        storm.tell("quiet", NAME);
        while (letter >= 0) {
            letter = System.in.read();
        }
        storm.over.set(true);
        member.join();
    }

    private synchronized void tell(String what, Object... facts) {
        StringBuilder line = new StringBuilder(what).append(' ').append(System.currentTimeMillis());
        for (Object fact : facts) {
            line.append(' ').append(fact);
        }
        ledger.println(line);
        ledger.flush();
    }

    private Properties common() {
        Properties settings = new Properties();
        settings.put("bootstrap.servers", bootstrap);
        settings.put("reconnect.backoff.ms", 20);
        settings.put("reconnect.backoff.max.ms", 100);
        settings.put("retry.backoff.ms", 20);
        settings.put("retry.backoff.max.ms", 100);
        return settings;
    }

    private void produce() {
        Properties settings = common();
        settings.put("acks", "all");
        settings.put("enable.idempotence", true);
        settings.put("linger.ms", 5);
        try (KafkaProducer<String, String> producer =
                new KafkaProducer<>(settings, new StringSerializer(), new StringSerializer())) {
            for (long number = 0; !quiet.get(); number++) {
                String value = NAME + ":" + number;
                int partition = (int) (number % partitions);
                producer.send(new ProducerRecord<>(topic, partition, null, value), (made, why) -> {
                    if (why == null) {
                        tell("acked", made.partition(), made.offset(), value);
                    } else {
                        tell("failed", value, why.toString().replace('\n', ' '));
                    }
                });
                pause(5);
            }
        }
    }

    private void consume() {
        Random random = new Random();
        while (!over.get()) {
            long until = System.currentTimeMillis() + 15_000 + random.nextInt(20_000);
            try {
                beMember(until);
            } catch (KafkaException why) {
                tell("member-failed", why.toString().replace('\n', ' '));
                pause(100);
            }
        }
    }

    /** Joins, reads and commits until the time comes, then leaves in good order. */
    private void beMember(long until) {
        Properties settings = common();
        settings.put("group.id", "storm");
        settings.put("auto.offset.reset", "earliest");
        settings.put("enable.auto.commit", false);
        settings.put("heartbeat.interval.ms", 500);
        settings.put("session.timeout.ms", 10_000);
        try (KafkaConsumer<String, String> consumer =
                new KafkaConsumer<>(settings, new StringDeserializer(), new StringDeserializer())) {
            consumer.subscribe(List.of(topic), new ConsumerRebalanceListener() {
                @Override
                public void onPartitionsRevoked(Collection<TopicPartition> revoked) {
                    revoked.forEach(it -> tell("revoked", it.partition()));
                }

                @Override
                public void onPartitionsAssigned(Collection<TopicPartition> assigned) {
                    for (TopicPartition it : assigned) {
                        long began = System.currentTimeMillis();
                        tell("assigned", began, it.partition(), consumer.position(it));
                    }
                }
            });
            while (!over.get() && System.currentTimeMillis() < until) {
                Map<TopicPartition, OffsetAndMetadata> read = new HashMap<>();
                for (ConsumerRecord<String, String> record : consumer.poll(Duration.ofMillis(100))) {
                    tell("read", record.partition(), record.offset(), record.value());
                    read.put(new TopicPartition(topic, record.partition()), new OffsetAndMetadata(record.offset() + 1));
                }
                if (!read.isEmpty()) {
                    commit(consumer, read);
                }
            }
        }
    }

    private void commit(KafkaConsumer<String, String> consumer, Map<TopicPartition, OffsetAndMetadata> read) {
        try {
            consumer.commitSync(read);
            read.forEach((partition, upTo) -> tell("committed", partition.partition(), upTo.offset()));
        } catch (KafkaException why) {
            tell("commit-failed", why.getClass().getSimpleName());
        }
    }

    private static void pause(long ms) {
        try {
            Thread.sleep(ms);
        } catch (InterruptedException why) {
            throw new IllegalStateException(why);
        }
    }
}
