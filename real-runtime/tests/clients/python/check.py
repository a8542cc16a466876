"""What a Python program does on its first day, with librdkafka (confluent-kafka) and with aiokafka.

usage: check.py BOOTSTRAP first|second     "second" comes after the server was killed and started again
"""

import asyncio
import sys
import time
import traceback

import confluent_kafka
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from confluent_kafka import Consumer, KafkaError, KafkaException, Producer
from confluent_kafka.admin import AdminClient, ConfigResource, NewPartitions, NewTopic

PATIENCE_S = 60
CODECS = ["none", "gzip", "snappy", "lz4", "zstd"]
PER_CODEC = 40


def run(client, name, step):
    began = time.monotonic()
    try:
        step()
    except BaseException:
        print(f"FAIL {client}: {name}")
        traceback.print_exc(file=sys.stdout)
        sys.exit(1)
    print(f"ok   {client}: {name} ({(time.monotonic() - began) * 1000:.0f} ms)", flush=True)


def until(what, condition):
    end = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < end, f"waited in vain: {what}"


class Rdkafka:
    """confluent-kafka, which is librdkafka."""

    topic = "rdkafka-orders"
    group = "rdkafka-group"

    def __init__(self, bootstrap):
        self.bootstrap = bootstrap
        self.admin = AdminClient({"bootstrap.servers": bootstrap})

    def consumer(self, group, **settings):
        return Consumer(
            {
                "bootstrap.servers": self.bootstrap,
                "group.id": group,
                "auto.offset.reset": "earliest",
                "enable.auto.commit": False,
                "session.timeout.ms": 10000,
                "heartbeat.interval.ms": 500,
                **settings,
            }
        )

    def create(self):
        self.admin.create_topics([NewTopic(self.topic, 3, 1)])[self.topic].result()

    def produce(self):
        for codec in CODECS:
            failed = []
            producer = Producer(
                {
                    "bootstrap.servers": self.bootstrap,
                    "compression.type": codec,
                    "linger.ms": 20,
                    "enable.idempotence": True,
                }
            )
            for number in range(PER_CODEC):
                key = None if number % 4 == 0 else f"{codec}-{number}"
                producer.produce(
                    self.topic,
                    f"{codec}:{number}",
                    key,
                    headers=[("codec", codec.encode()), ("empty", None)],
                    timestamp=1_700_000_000_000 + number * 1000,
                    on_delivery=lambda error, _: failed.append(error) if error else None,
                )
            assert producer.flush(30) == 0, "not everything was delivered"
            assert not failed, failed

    def read_back(self):
        wanted = {f"{codec}:{number}" for codec in CODECS for number in range(PER_CODEC)}
        consumer = self.consumer("rdkafka-reader")
        consumer.assign([confluent_kafka.TopicPartition(self.topic, it, 0) for it in range(3)])
        read = []

        def take():
            for message in consumer.consume(500, 0.2):
                assert not message.error(), message.error()
                value = message.value().decode()
                if value.startswith("after:"):
                    continue
                assert dict(message.headers()) == {"codec": value.split(":")[0].encode(), "empty": None}
                read.append(value)
            return len(read) >= len(wanted)

        until("everything is read", take)
        consumer.close()
        assert set(read) == wanted and len(read) == len(wanted)

    def share_group(self):
        one, two = self.consumer(self.group), self.consumer(self.group)
        read = set()

        def take(*members):
            for member in members:
                for message in member.consume(100, 0.1):
                    assert not message.error(), message.error()
                    read.add(message.value())

        def shared():
            take(one, two)
            parts = [{it.partition for it in member.assignment()} for member in (one, two)]
            return all(parts) and not parts[0] & parts[1] and len(parts[0] | parts[1]) == 3

        one.subscribe([self.topic])
        until("the first member has all partitions", lambda: take(one) or len(one.assignment()) == 3)
        two.subscribe([self.topic])
        until("two members share three partitions", shared)
        # A partition that changed hands before any commit is read again from its start: both must have come to the end.
        def at_the_end():
            take(one, two)
            places = [(member, place) for member in (one, two) for place in member.position(member.assignment())]
            return all(place.offset == member.get_watermark_offsets(place)[1] for member, place in places)

        until("everything is read", lambda: at_the_end() and len(read) == len(CODECS) * PER_CODEC)
        one.commit(asynchronous=False)
        two.commit(asynchronous=False)
        two.close()
        until("the first member has all partitions again", lambda: take(one) or len(one.assignment()) == 3)
        one.close()

    def cooperative(self):
        settings = {"partition.assignment.strategy": "cooperative-sticky"}
        one, two = self.consumer("rdkafka-sticky", **settings), self.consumer("rdkafka-sticky", **settings)
        one.subscribe([self.topic])
        until("the first member has all partitions", lambda: one.consume(1, 0.1) is None or len(one.assignment()) == 3)
        two.subscribe([self.topic])

        def shared():
            one.consume(100, 0.1)
            two.consume(100, 0.1)
            return len(one.assignment()) + len(two.assignment()) == 3 and two.assignment()

        until("two members share three partitions", shared)
        one.close()
        two.close()

    def times(self):
        consumer = self.consumer("rdkafka-reader")
        low, high = consumer.get_watermark_offsets(confluent_kafka.TopicPartition(self.topic, 0), timeout=10)
        assert (low, high > 0) == (0, True)
        at = confluent_kafka.TopicPartition(self.topic, 0, 2_000_000_000_000)
        assert consumer.offsets_for_times([at], timeout=10)[0].offset == confluent_kafka.OFFSET_END
        consumer.close()

    def errors(self):
        producer = Producer({"bootstrap.servers": self.bootstrap, "message.max.bytes": 8_000_000})
        seen = []
        producer.produce(self.topic, b"x" * 2_000_000, on_delivery=lambda error, _: seen.append(error))
        producer.flush(30)
        assert seen[0].code() == KafkaError.MSG_SIZE_TOO_LARGE, seen
        try:
            self.admin.create_topics([NewTopic(self.topic, 1, 1)])[self.topic].result()
            raise AssertionError("a topic was made twice")
        except KafkaException as why:
            assert why.args[0].code() == KafkaError.TOPIC_ALREADY_EXISTS, why

    def admin_calls(self):
        name = "rdkafka-admin"
        self.admin.create_topics([NewTopic(name, 1, 1)])[name].result()
        self.admin.create_partitions([NewPartitions(name, 4)])[name].result()
        until("four partitions show", lambda: len(self.admin.list_topics(name).topics[name].partitions) == 4)
        resource = ConfigResource(ConfigResource.Type.TOPIC, name)
        described = self.admin.describe_configs([resource])[resource].result()
        assert described["cleanup.policy"].value == "delete"
        groups = {group.group_id for group in self.admin.list_consumer_groups().result().valid}
        assert self.group in groups, groups
        self.admin.delete_topics([name])[name].result()

    def resume(self):
        producer = Producer({"bootstrap.servers": self.bootstrap})
        for number in range(9):
            producer.produce(self.topic, f"after:{number}", partition=number % 3)
        assert producer.flush(30) == 0
        consumer = self.consumer(self.group)
        consumer.subscribe([self.topic])
        read = []

        def take():
            read.extend(message.value().decode() for message in consumer.consume(100, 0.2) if not message.error())
            return len(read) >= 9

        until("the new records come", take)
        consumer.close()
        assert all(value.startswith("after:") for value in read), read

    def delete_group(self):
        self.admin.delete_consumer_groups([self.group])[self.group].result()


class Aio:
    """aiokafka."""

    topic = "aio-orders"
    group = "aio-group"

    def __init__(self, bootstrap):
        self.bootstrap = bootstrap

    def consumer(self, *topics, group=None):
        return AIOKafkaConsumer(
            *topics,
            bootstrap_servers=self.bootstrap,
            group_id=group,
            auto_offset_reset="earliest",
            enable_auto_commit=False,
            heartbeat_interval_ms=500,
        )

    async def produce(self):
        admin = AIOKafkaAdminClient(bootstrap_servers=self.bootstrap)
        await admin.start()
        from aiokafka.admin import NewTopic as AioTopic

        await admin.create_topics([AioTopic(self.topic, 3, 1)])
        await admin.close()
        for codec in [None, "gzip", "snappy", "lz4", "zstd"]:
            producer = AIOKafkaProducer(
                bootstrap_servers=self.bootstrap, compression_type=codec, enable_idempotence=True, linger_ms=20
            )
            await producer.start()
            sends = [
                await producer.send(self.topic, f"{codec}:{number}".encode(), key=str(number).encode())
                for number in range(PER_CODEC)
            ]
            await asyncio.gather(*sends)
            await producer.stop()

    async def consume(self):
        consumer = self.consumer(self.topic, group=self.group)
        await consumer.start()
        read = set()
        end = time.monotonic() + PATIENCE_S
        while len(read) < len(CODECS) * PER_CODEC:
            assert time.monotonic() < end, f"{len(read)} records came"
            for records in (await consumer.getmany(timeout_ms=500)).values():
                read.update(record.value for record in records)
        await consumer.commit()
        await consumer.stop()

    async def resume(self):
        producer = AIOKafkaProducer(bootstrap_servers=self.bootstrap)
        await producer.start()
        for number in range(3):
            await producer.send_and_wait(self.topic, f"after:{number}".encode(), partition=number)
        await producer.stop()
        consumer = self.consumer(self.topic, group=self.group)
        await consumer.start()
        read = []
        end = time.monotonic() + PATIENCE_S
        while len(read) < 3:
            assert time.monotonic() < end, read
            for records in (await consumer.getmany(timeout_ms=500)).values():
                read.extend(record.value.decode() for record in records)
        assert sorted(read) == ["after:0", "after:1", "after:2"], read
        assert await consumer.committed(TopicPartition(self.topic, 0)) is not None
        await consumer.stop()


def main():
    bootstrap, phase = sys.argv[1:3]
    rdkafka, aio = Rdkafka(bootstrap), Aio(bootstrap)
    if phase == "first":
        run("librdkafka", "create a topic", rdkafka.create)
        run("librdkafka", "produce with every codec", rdkafka.produce)
        run("librdkafka", "read everything back", rdkafka.read_back)
        run("librdkafka", "two members share a group", rdkafka.share_group)
        run("librdkafka", "a cooperative group", rdkafka.cooperative)
        run("librdkafka", "watermarks and offsets for times", rdkafka.times)
        run("librdkafka", "errors", rdkafka.errors)
        run("librdkafka", "admin calls", rdkafka.admin_calls)
        run("aiokafka", "produce with every codec", lambda: asyncio.run(aio.produce()))
        run("aiokafka", "a group reads and commits", lambda: asyncio.run(aio.consume()))
    else:
        run("librdkafka", "what was acknowledged is there", rdkafka.read_back)
        run("librdkafka", "the group goes on where it committed", rdkafka.resume)
        run("librdkafka", "delete a group", rdkafka.delete_group)
        run("aiokafka", "the group goes on where it committed", lambda: asyncio.run(aio.resume()))


main()
