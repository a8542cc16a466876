import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.reflect.InvocationTargetException;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Future;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.UnsupportedVersionException;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.requests.RequestHeader;
import org.apache.kafka.common.requests.RequestUtils;
import org.apache.kafka.common.requests.ResponseHeader;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.utils.Exit;

/**
 * Makes the calls of standard input, a line each, to the broker at the address that is the argument, and says what it
 * answers: a line {@code path = value} for each field of a response, or the text that a tool prints. Lines of an answer
 * begin with a space; a line {@code answer LABEL} stands before them.
 */
public final class AdminCalls {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final long PATIENCE_MS = 30_000;

    /** A broker that has not answered a request after so long never will. */
    private static final int SILENCE_MS = 10_000;

    /** Fields that name an element of a list, so that an answer's order does not count. */
    private static final List<String> NAMES = List.of(
        "resourceType", "resourceName", "name", "topicName", "logDir", "partitionIndex", "brokerId", "host", "errorCode");

    private final String address;
    private final PrintStream out;

    private AdminCalls(String address, PrintStream out) {
        this.address = address;
        this.out = out;
    }

    /** A tool asked to end its process. */
    private static final class Ended extends RuntimeException {
    }

    /** What the tool that runs asked its process to end with; the first number counts, and nothing that is printed after it. */
    private static Integer exitCode;

    public static void main(String[] arguments) throws Exception {
        Exit.setExitProcedure((code, message) -> {
            if (exitCode == null) {
                exitCode = code;
                System.setOut(new PrintStream(PrintStream.nullOutputStream()));
                System.setErr(new PrintStream(PrintStream.nullOutputStream()));
            }
            throw new Ended();
        });
        AdminCalls calls = new AdminCalls(arguments[0], System.out);
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            calls.perform(line.trim());
        }
        System.out.flush();
        // Threads of clients that a tool left open must not keep the process.
        Runtime.getRuntime().halt(0);
    }

    private void perform(String line) throws Exception {
        if (line.isEmpty() || line.startsWith("#")) {
            return;
        }
        String[] words = line.split("\\s+", 4);
        switch (words[0]) {
            case "call" -> call(words[1], words[2], words[3]);
            case "tool" -> tool(words[1], words[2], words[3]);
            case "produce" -> produce(words[1], words[2], words[3]);
            case "await-broker" -> await("the broker", admin -> admin.describeCluster().nodes().get().size() == 1);
            case "await-partitions" -> awaitPartitions(words[1], Integer.parseInt(words[2]));
            case "await-group" -> awaitGroup(words[1]);
            case "await-config" -> awaitConfig(words[1], words[2], words[3]);
            default -> throw new IllegalArgumentException("no command " + line);
        }
    }

    // Requests.

    /** {@code call LABEL API[@VERSION] JSON}: without a version, each that Kafka's own client has. */
    private void call(String label, String what, String json) throws Exception {
        String[] parts = what.split("@");
        ApiKeys api = Arrays.stream(ApiKeys.values()).filter(it -> it.messageType.name.equals(parts[0])).findFirst()
            .orElseThrow(() -> new IllegalArgumentException("no API " + parts[0]));
        short from = parts.length > 1 ? Short.parseShort(parts[1]) : api.oldestVersion();
        short to = parts.length > 1 ? from : api.latestVersion();
        for (short version = from; version <= to; version++) {
            out.println("answer " + label + " v" + version);
            List<String> answer = new ArrayList<>();
            try {
                flatten("", request(api, version, JSON.readTree(json)), answer);
            } catch (UnsupportedVersionException unable) {
                answer.add("this version cannot ask it");
            } catch (SocketTimeoutException silent) {
                answer.add("there was no answer");
            } catch (EOFException | SocketException closed) {
                answer.add("the connection was closed");
            }
            answer.stream().sorted().forEach(field -> out.println(" " + field));
        }
        out.flush();
    }

    private JsonNode request(ApiKeys api, short version, JsonNode json) throws Exception {
        String message = "org.apache.kafka.common.message." + api.messageType.name;
        ApiMessage request = (ApiMessage) invoke(message + "RequestDataJsonConverter", "read",
            new Class<?>[] {JsonNode.class, short.class}, json, version);
        RequestHeader header = new RequestHeader(api, version, "compare-admin", 1);
        ByteBuffer bytes = RequestUtils.serialize(header.data(), header.headerVersion(), request, version);
        ByteBuffer answer = ByteBuffer.wrap(exchange(bytes));
        ResponseHeader.parse(answer, api.responseHeaderVersion(version));
        ApiMessage response = api.messageType.newResponse();
        response.read(new ByteBufferAccessor(answer), version);
        return (JsonNode) invoke(message + "ResponseDataJsonConverter", "write",
            new Class<?>[] {response.getClass(), short.class}, response, version);
    }

    private static Object invoke(String type, String method, Class<?>[] of, Object... with) throws Exception {
        try {
            return Class.forName(type).getMethod(method, of).invoke(null, with);
        } catch (InvocationTargetException thrown) {
            throw thrown.getCause() instanceof Exception cause ? cause : thrown;
        }
    }

    private byte[] exchange(ByteBuffer request) throws IOException {
        String[] at = address.split(":");
        try (Socket socket = new Socket(at[0], Integer.parseInt(at[1]))) {
            socket.setSoTimeout(SILENCE_MS);
            DataOutputStream to = new DataOutputStream(socket.getOutputStream());
            byte[] bytes = new byte[request.remaining()];
            request.get(bytes);
            to.writeInt(bytes.length);
            to.write(bytes);
            to.flush();
            DataInputStream from = new DataInputStream(socket.getInputStream());
            byte[] answer = new byte[from.readInt()];
            from.readFully(answer);
            return answer;
        }
    }

    private static void flatten(String path, JsonNode node, List<String> fields) {
        if (node.isObject()) {
            for (Map.Entry<String, JsonNode> field : node.properties()) {
                flatten(path.isEmpty() ? field.getKey() : path + "." + field.getKey(), field.getValue(), fields);
            }
        } else if (node.isArray()) {
            Set<String> taken = new HashSet<>();
            if (node.isEmpty()) {
                fields.add(path + " = []");
            }
            for (JsonNode element : node) {
                String name = nameOf(element);
                String unique = name;
                for (int n = 2; !taken.add(unique); n++) {
                    unique = name + "#" + n;
                }
                flatten(path + "[" + unique + "]", element, fields);
            }
        } else {
            fields.add(path + " = " + node);
        }
    }

    private static String nameOf(JsonNode element) {
        if (!element.isObject()) {
            return "";
        }
        // A topic has its name; its error is not what tells it from others.
        List<String> known = NAMES.stream().filter(element::has).toList();
        List<String> names = known.size() > 1 ? known.stream().filter(it -> !it.equals("errorCode")).toList() : known;
        return String.join(",", names.stream().map(name -> element.get(name).asText()).toList());
    }

    // Tools.

    /** {@code tool LABEL CLASS ARGUMENTS}: the tool's main class, beside {@code --bootstrap-server}. */
    private void tool(String label, String type, String text) throws Exception {
        List<String> arguments = new ArrayList<>(Arrays.asList(text.split("\\s+")));
        boolean takesAddressFirst = type.endsWith("TransactionsCommand");
        arguments.addAll(takesAddressFirst ? 0 : arguments.size(), List.of("--bootstrap-server", address));
        PrintStream errors = System.err;
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        PrintStream to = new PrintStream(printed, true, StandardCharsets.UTF_8);
        System.setOut(to);
        System.setErr(to);
        exitCode = null;
        try {
            Class.forName(type).getMethod("main", String[].class).invoke(null, (Object) arguments.toArray(String[]::new));
        } catch (InvocationTargetException thrown) {
            if (!(thrown.getCause() instanceof Ended)) {
                throw thrown;
            }
        } finally {
            System.setOut(out);
            System.setErr(errors);
        }
        out.println("answer " + label);
        out.println(" exit code = " + (exitCode == null ? 0 : exitCode));
        printed.toString(StandardCharsets.UTF_8).lines()
            .filter(line -> !line.isBlank() && !line.startsWith("SLF4J") && !line.startsWith("\tat "))
            .forEach(line -> out.println(" " + line));
        out.flush();
    }

    // What the calls are about.

    /** {@code produce TOPIC PARTITION CODEC}: a batch of five records of fixed times, by an idempotent producer. */
    private void produce(String topic, String partition, String codec) throws Exception {
        Map<String, Object> settings = Map.of("bootstrap.servers", address, "enable.idempotence", true,
            "compression.type", codec, "linger.ms", 1_000);
        try (KafkaProducer<byte[], byte[]> producer =
            new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer())) {
            long[] times = {0, 10, 40, 20, 30};
            List<Future<RecordMetadata>> sent = new ArrayList<>();
            for (long time : times) {
                sent.add(producer.send(new ProducerRecord<>(topic, Integer.parseInt(partition), 1_700_000_000_000L + time,
                    new byte[4], new byte[100])));
            }
            producer.flush();
            for (Future<RecordMetadata> record : sent) {
                record.get();
            }
        }
    }

    /** {@code await-partitions TOPIC COUNT}: until the broker itself has them; 0 waits until the topic is gone. */
    private void awaitPartitions(String topic, int count) throws Exception {
        await("partitions of " + topic, admin -> {
            if (!admin.listTopics().names().get().contains(topic)) {
                return count == 0;
            }
            return admin.describeTopics(List.of(topic)).allTopicNames().get().get(topic).partitions().stream()
                .filter(partition -> partition.leader() != null).count() == count;
        });
    }

    /** {@code await-config TYPE:NAME KEY VALUE}: until the broker itself has the value. */
    private void awaitConfig(String resource, String key, String value) throws Exception {
        String[] parts = resource.split(":", 2);
        ConfigResource of = new ConfigResource(ConfigResource.Type.valueOf(parts[0]), parts[1]);
        await(key + " of " + resource, admin -> {
            var entry = admin.describeConfigs(List.of(of)).all().get().get(of).get(key);
            return value.equals(entry == null ? "-" : entry.value());
        });
    }

    /** {@code await-group GROUP}: until the group's coordinator answers. */
    private void awaitGroup(String group) throws Exception {
        await("the coordinator of " + group, admin -> {
            admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata().get();
            return true;
        });
    }

    private interface Condition {
        boolean holds(Admin admin) throws Exception;
    }

    private void await(String what, Condition condition) throws Exception {
        long end = System.currentTimeMillis() + PATIENCE_MS;
        try (Admin admin = Admin.create(Map.of(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, address))) {
            while (true) {
                try {
                    if (condition.holds(admin)) {
                        return;
                    }
                } catch (java.util.concurrent.ExecutionException notYet) {
                    // A topic that is being made or deleted is not known for a moment.
                }
                if (System.currentTimeMillis() > end) {
                    throw new IllegalStateException(what + ": not as expected within " + PATIENCE_MS + " ms");
                }
                Thread.sleep(20);
            }
        }
    }
}
