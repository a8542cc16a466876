"""An idempotent producer and a member of a group on librdkafka, through any number of restarts of the server.

usage: storm.py BOOTSTRAP TOPIC PARTITIONS

Standard input steers it: a line ends the producer once everything is acknowledged, the end of the input ends the member.
What the broker acknowledged goes to standard output, a line for each fact; see `cargo xtask storm`.
"""

import random
import sys
import threading
import time

from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition

NAME = "librdkafka"
BOOTSTRAP, TOPIC, PARTITIONS = sys.argv[1], sys.argv[2], int(sys.argv[3])
COMMON = {
    "bootstrap.servers": BOOTSTRAP,
    "reconnect.backoff.ms": 20,
    "reconnect.backoff.max.ms": 100,
    "retry.backoff.ms": 20,
    "retry.backoff.max.ms": 100,
}
quiet = threading.Event()
over = threading.Event()
writing = threading.Lock()


def now_ms():
    return int(time.time() * 1000)


def tell(what, *facts):
    with writing:
        print(what, now_ms(), *facts, flush=True)


def produce():
    # Of idempotence librdkafka says why a producer's epoch was raised.
    producer = Producer({**COMMON, "enable.idempotence": True, "linger.ms": 5, "debug": "eos"})

    def delivered(why, message):
        value = message.value().decode()
        if why is None:
            tell("acked", message.partition(), message.offset(), value)
        else:
            tell("failed", value, why)

    number = 0
    while not quiet.is_set():
        value = f"{NAME}:{number}"
        producer.produce(TOPIC, value, partition=number % PARTITIONS, on_delivery=delivered)
        producer.poll(0.005)
        number += 1
    producer.flush()


def commit(consumer, read):
    offsets = [TopicPartition(TOPIC, partition, offset) for partition, offset in read.items()]
    try:
        for made in consumer.commit(offsets=offsets, asynchronous=False):
            if made.error is None:
                tell("committed", made.partition, made.offset)
            else:
                tell("commit-failed", made.error.name())
    except KafkaException as why:
        tell("commit-failed", why.args[0].name())


def assigned(consumer, partitions):
    began = now_ms()
    while not over.is_set():
        try:
            fetched = consumer.committed(partitions, timeout=10)
            break
        except KafkaException:
            began = now_ms()
    else:
        return
    for it in fetched:
        tell("assigned", began, it.partition, max(it.offset, 0))


def revoked(_consumer, partitions):
    for it in partitions:
        tell("revoked", it.partition)


def be_member(until_ms):
    """Joins, reads and commits until the time comes, then leaves in good order."""
    consumer = Consumer(
        {
            **COMMON,
            "group.id": "storm",
            "auto.offset.reset": "earliest",
            "enable.auto.commit": False,
            "heartbeat.interval.ms": 500,
            "session.timeout.ms": 10000,
        }
    )
    consumer.subscribe([TOPIC], on_assign=assigned, on_revoke=revoked)
    while not over.is_set() and now_ms() < until_ms:
        read = {}
        for message in consumer.consume(500, timeout=0.1):
            if message.error() is None:
                tell("read", message.partition(), message.offset(), message.value().decode())
                read[message.partition()] = message.offset() + 1
        if read:
            commit(consumer, read)
    consumer.close()


def consume():
    while not over.is_set():
        be_member(now_ms() + 15_000 + random.randrange(20_000))


producer, member = threading.Thread(target=produce), threading.Thread(target=consume)
producer.start()
member.start()
sys.stdin.readline()
quiet.set()
producer.join()
tell("quiet", NAME)
sys.stdin.read()
over.set()
member.join()
