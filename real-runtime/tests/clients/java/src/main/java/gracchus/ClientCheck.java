package gracchus;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * What a program on Apache's own Java client does on its first day, in two phases: {@code first} on an empty server, and
 * {@code second} after the server was killed and started again.
 */
public final class ClientCheck {
    private static final String TOPIC = "java-orders";
    private static final String GROUP = "java-group";
    private static final String[] CODECS = {"none", "gzip", "snappy", "lz4", "zstd"};
    private static final int PER_CODEC = 40;
    private static final Duration POLL = Duration.ofMillis(200);
    private static final long PATIENCE_MS = 60_000;

    private final String bootstrap;

    private ClientCheck(String bootstrap) {
        this.bootstrap = bootstrap;
    }

    /** Runs one phase; the exit status says whether every check of it passed. */
    public static void main(String[] args) throws Exception {
        ClientCheck check = new ClientCheck(args[0]);
        if (args[1].equals("first")) {
            check.run("create topics", check::createTopics);
            check.run("produce with every codec", check::produce);
            check.run("read everything back", check::readBack);
            check.run("two members share a group", check::shareGroup);
            check.run("seek and offsets for times", check::seekAndTimes);
            check.run("a large message", check::largeMessage);
            check.run("errors", check::errors);
            check.run("admin calls", check::admin);
            check.run("a static member returns", check::staticMember);
        } else {
            check.run("what was acknowledged is there", check::readBack);
            check.run("the group goes on where it committed", check::resume);
            check.run("groups are described, reset and deleted", check::groups);
        }
    }

    private interface Step {
        void run() throws Exception;
    }

    private void run(String name, Step step) {
        long began = System.nanoTime();
        try {
            step.run();
            System.out.printf("ok   java: %s (%d ms)%n", name, (System.nanoTime() - began) / 1_000_000);
        } catch (Throwable why) {
            System.out.printf("FAIL java: %s: %s%n", name, why);
            why.printStackTrace(System.out);
            System.exit(1);
        }
    }

    private static void expect(Object wanted, Object found, String what) {
        if (!wanted.equals(found)) {
            throw new AssertionError(what + ": expected " + wanted + ", found " + found);
        }
    }

    private Admin adminClient() {
        return Admin.create(Map.of("bootstrap.servers", bootstrap));
    }

    private KafkaProducer<String, String> producer(String codec) {
        Properties settings = new Properties();
        settings.put("bootstrap.servers", bootstrap);
        settings.put("compression.type", codec);
        settings.put("linger.ms", "20");
        settings.put("max.request.size", "8000000");
        return new KafkaProducer<>(settings, new StringSerializer(), new StringSerializer());
    }

    private KafkaConsumer<String, String> consumer(String group, String instance) {
        Properties settings = new Properties();
        settings.put("bootstrap.servers", bootstrap);
        settings.put("auto.offset.reset", "earliest");
        settings.put("enable.auto.commit", "false");
        settings.put("session.timeout.ms", "10000");
        settings.put("heartbeat.interval.ms", "500");
        if (group != null) {
            settings.put("group.id", group);
        }
        if (instance != null) {
            settings.put("group.instance.id", instance);
        }
        return new KafkaConsumer<>(settings, new StringDeserializer(), new StringDeserializer());
    }

    private void createTopics() throws Exception {
        try (Admin admin = adminClient()) {
            NewTopic large = new NewTopic("java-large", 1, (short) 1).configs(Map.of("max.message.bytes", "6000000"));
            admin.createTopics(List.of(new NewTopic(TOPIC, 3, (short) 1), large)).all().get();
            expect(3, admin.describeTopics(List.of(TOPIC)).allTopicNames().get().get(TOPIC).partitions().size(), "partitions");
        }
    }

    /** The records of one codec by key: keyed ones, and every fourth without a key. */
    private static ProducerRecord<String, String> record(String codec, int number) {
        String key = number % 4 == 0 ? null : codec + "-" + number;
        long timestamp = 1_700_000_000_000L + number * 1000L;
        ProducerRecord<String, String> record = new ProducerRecord<>(TOPIC, null, timestamp, key, codec + ":" + number);
        record.headers().add("codec", codec.getBytes(StandardCharsets.UTF_8)).add("empty", null);
        return record;
    }

    private void produce() throws Exception {
        for (String codec : CODECS) {
            try (KafkaProducer<String, String> producer = producer(codec)) {
                List<java.util.concurrent.Future<RecordMetadata>> sent = new ArrayList<>();
                for (int number = 0; number < PER_CODEC; number++) {
                    sent.add(producer.send(record(codec, number)));
                }
                producer.flush();
                for (java.util.concurrent.Future<RecordMetadata> one : sent) {
                    one.get(30, TimeUnit.SECONDS);
                }
            }
        }
    }

    private void readBack() {
        Set<String> wanted = new TreeSet<>();
        for (String codec : CODECS) {
            for (int number = 0; number < PER_CODEC; number++) {
                wanted.add(codec + ":" + number);
            }
        }
        try (KafkaConsumer<String, String> consumer = consumer(null, null)) {
            List<TopicPartition> partitions = new ArrayList<>();
            consumer.partitionsFor(TOPIC).forEach(it -> partitions.add(new TopicPartition(TOPIC, it.partition())));
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            List<String> read = new ArrayList<>();
            long until = System.currentTimeMillis() + PATIENCE_MS;
            while (read.size() < wanted.size() && System.currentTimeMillis() < until) {
                for (ConsumerRecord<String, String> record : consumer.poll(POLL)) {
                    String codec = record.value().split(":")[0];
                    expect(codec, new String(record.headers().lastHeader("codec").value(), StandardCharsets.UTF_8), "header");
                    expect(true, record.headers().lastHeader("empty").value() == null, "a header without a value");
                    read.add(record.value());
                }
            }
            expect(wanted, new TreeSet<>(read), "values");
            expect(wanted.size(), read.size(), "no record comes twice");
        }
    }

    /** Members of one group, each with what it was assigned last. */
    private static final class Member implements ConsumerRebalanceListener, AutoCloseable {
        final KafkaConsumer<String, String> consumer;
        Set<TopicPartition> assigned = new HashSet<>();

        Member(KafkaConsumer<String, String> consumer) {
            this.consumer = consumer;
            consumer.subscribe(List.of(TOPIC), this);
        }

        @Override
        public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
            assigned.removeAll(partitions);
        }

        @Override
        public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
            assigned.addAll(partitions);
        }

        @Override
        public void close() {
            consumer.close();
        }
    }

    private void shareGroup() {
        int wanted = CODECS.length * PER_CODEC;
        Set<String> read = new HashSet<>();
        try (Member one = new Member(consumer(GROUP, null))) {
            until("the first member has all partitions", () -> {
                take(one, read);
                return one.assigned.size() == 3;
            });
            try (Member two = new Member(consumer(GROUP, null))) {
                until("two members share three partitions", () -> {
                    take(one, read);
                    take(two, read);
                    Set<TopicPartition> both = new HashSet<>(one.assigned);
                    both.addAll(two.assigned);
                    return both.size() == 3 && one.assigned.size() + two.assigned.size() == 3 && !two.assigned.isEmpty();
                });
                until("everything is read", () -> {
                    take(one, read);
                    take(two, read);
                    return read.size() == wanted;
                });
                one.consumer.commitSync();
                two.consumer.commitSync();
            }
            until("the first member has all partitions again", () -> {
                take(one, read);
                return one.assigned.size() == 3;
            });
            Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
            one.assigned.forEach(it -> offsets.put(it, new OffsetAndMetadata(one.consumer.position(it), "by java")));
            one.consumer.commitSync(offsets);
            expect("by java", one.consumer.committed(one.assigned).values().iterator().next().metadata(), "metadata");
        }
        expect(wanted, read.size(), "records read");
    }

    private static void take(Member member, Set<String> read) {
        ConsumerRecords<String, String> records = member.consumer.poll(POLL);
        records.forEach(record -> read.add(record.value()));
    }

    private interface Condition {
        boolean holds() throws Exception;
    }

    private static void until(String what, Condition condition) {
        long until = System.currentTimeMillis() + PATIENCE_MS;
        try {
            while (!condition.holds()) {
                if (System.currentTimeMillis() > until) {
                    throw new AssertionError("waited in vain: " + what);
                }
            }
        } catch (RuntimeException | Error why) {
            throw why;
        } catch (Exception why) {
            throw new AssertionError(what, why);
        }
    }

    private void seekAndTimes() throws Exception {
        String topic = "java-times";
        try (Admin admin = adminClient()) {
            admin.createTopics(List.of(new NewTopic(topic, 1, (short) 1))).all().get();
        }
        TopicPartition only = new TopicPartition(topic, 0);
        try (KafkaProducer<String, String> producer = producer("none")) {
            for (int number = 0; number < 10; number++) {
                producer.send(new ProducerRecord<>(topic, 0, 1_000_000L + number * 1000L, null, "at " + number)).get();
            }
        }
        try (KafkaConsumer<String, String> consumer = consumer(null, null)) {
            consumer.assign(List.of(only));
            consumer.seek(only, 7);
            List<String> read = new ArrayList<>();
            until("three records behind offset 7", () -> {
                consumer.poll(POLL).forEach(record -> read.add(record.value()));
                return read.size() >= 3;
            });
            expect(List.of("at 7", "at 8", "at 9"), read, "from offset 7");
            expect(4L, consumer.offsetsForTimes(Map.of(only, 1_003_500L)).get(only).offset(), "the first record at or after");
            expect(true, consumer.offsetsForTimes(Map.of(only, 9_000_000L)).get(only) == null, "none is so new");
            expect(0L, consumer.beginningOffsets(List.of(only)).get(only), "beginning");
            expect(10L, consumer.endOffsets(List.of(only)).get(only), "end");
        }
    }

    private void largeMessage() throws Exception {
        String value = "x".repeat(5_000_000);
        try (KafkaProducer<String, String> producer = producer("none")) {
            producer.send(new ProducerRecord<>("java-large", value)).get(30, TimeUnit.SECONDS);
        }
        TopicPartition only = new TopicPartition("java-large", 0);
        try (KafkaConsumer<String, String> consumer = consumer(null, null)) {
            consumer.assign(List.of(only));
            consumer.seekToBeginning(List.of(only));
            until("the large message", () -> {
                for (ConsumerRecord<String, String> record : consumer.poll(POLL)) {
                    expect(value.length(), record.value().length(), "length");
                    return true;
                }
                return false;
            });
        }
    }

    private void errors() throws Exception {
        try (KafkaProducer<String, String> producer = producer("none")) {
            fails(RecordTooLargeException.class, () -> producer.send(new ProducerRecord<>(TOPIC, "x".repeat(2_000_000))).get());
        }
        try (Admin admin = adminClient()) {
            fails(TopicExistsException.class, () -> admin.createTopics(List.of(new NewTopic(TOPIC, 1, (short) 1))).all().get());
            fails(UnknownTopicOrPartitionException.class, () -> admin.deleteTopics(List.of("java-nowhere")).all().get());
        }
    }

    private static void fails(Class<? extends Throwable> wanted, Step step) throws Exception {
        try {
            step.run();
        } catch (ExecutionException why) {
            expect(wanted, why.getCause().getClass(), "the error");
            return;
        }
        throw new AssertionError("no error where " + wanted.getSimpleName() + " was due");
    }

    private void admin() throws Exception {
        try (Admin admin = adminClient()) {
            String topic = "java-admin";
            admin.createTopics(List.of(new NewTopic(topic, 1, (short) 1))).all().get();
            admin.createPartitions(Map.of(topic, NewPartitions.increaseTo(4))).all().get();
            expect(4, admin.describeTopics(List.of(topic)).allTopicNames().get().get(topic).partitions().size(), "partitions");
            ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
            AlterConfigOp set = new AlterConfigOp(new ConfigEntry("retention.ms", "1234567"), AlterConfigOp.OpType.SET);
            admin.incrementalAlterConfigs(Map.of(resource, List.of(set))).all().get();
            ConfigEntry entry = admin.describeConfigs(List.of(resource)).all().get().get(resource).get("retention.ms");
            expect("1234567", entry.value(), "retention.ms");
            expect(ConfigEntry.ConfigSource.DYNAMIC_TOPIC_CONFIG, entry.source(), "the value's source");
            expect(1, admin.describeCluster().nodes().get().size(), "brokers");
            expect(true, admin.listTopics().names().get().contains(topic), "the topic is listed");
            admin.deleteTopics(List.of(topic)).all().get();
            admin.createTopics(List.of(new NewTopic(topic, 2, (short) 1))).all().get();
            expect(2, admin.describeTopics(List.of(topic)).allTopicNames().get().get(topic).partitions().size(), "made anew");
        }
    }

    private void staticMember() {
        Set<TopicPartition> before;
        try (Member one = new Member(consumer("java-static", "desk-1"))) {
            until("the static member has all partitions", () -> {
                one.consumer.poll(POLL);
                return one.assigned.size() == 3;
            });
            before = new TreeSet<>((a, b) -> a.toString().compareTo(b.toString()));
            before.addAll(one.assigned);
        }
        try (Member again = new Member(consumer("java-static", "desk-1"))) {
            until("it has them again", () -> {
                again.consumer.poll(POLL);
                return again.assigned.containsAll(before);
            });
        }
    }

    private void resume() throws Exception {
        try (KafkaProducer<String, String> producer = producer("none")) {
            for (int number = 0; number < 9; number++) {
                producer.send(new ProducerRecord<>(TOPIC, number % 3, null, "after:" + number)).get(30, TimeUnit.SECONDS);
            }
        }
        Set<String> read = new TreeSet<>();
        try (Member member = new Member(consumer(GROUP, null))) {
            until("the new records come, and only those", () -> {
                take(member, read);
                return read.size() >= 9;
            });
            take(member, read);
            member.consumer.commitSync();
        }
        for (String value : read) {
            expect(true, value.startsWith("after:"), value + " was committed before the kill");
        }
    }

    private void groups() throws Exception {
        try (Admin admin = adminClient()) {
            Map<String, String> states = new TreeMap<>();
            admin.listGroups().all().get().forEach(group -> states.put(group.groupId(), group.protocol()));
            expect(true, states.containsKey(GROUP), "the group is listed among " + states);
            expect(3, admin.listConsumerGroupOffsets(GROUP).partitionsToOffsetAndMetadata().get().size(), "offsets");
            TopicPartition first = new TopicPartition(TOPIC, 0);
            admin.alterConsumerGroupOffsets(GROUP, Map.of(first, new OffsetAndMetadata(1))).all().get();
            expect(1L, admin.listConsumerGroupOffsets(GROUP).partitionsToOffsetAndMetadata().get().get(first).offset(), "reset");
            admin.deleteConsumerGroupOffsets(GROUP, Set.of(first)).all().get();
            expect(2, admin.listConsumerGroupOffsets(GROUP).partitionsToOffsetAndMetadata().get().size(), "one deleted");
            admin.deleteConsumerGroups(List.of(GROUP)).all().get();
        }
    }
}
