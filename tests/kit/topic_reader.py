# SPDX-License-Identifier: Apache-2.0
"""A reader of the topic of notifications, made of stock parts: Confluent's consumer, its deserialiser with our registry, and
CloudEvents' Kafka binding."""

import collections
import dataclasses

from cloudevents.core.bindings import kafka as cloudevents
from cloudevents.core.formats.json import JSONFormat
from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer
from confluent_kafka.serialization import MessageField, SerializationContext

from kit import process


@dataclasses.dataclass
class Told:
    """One message."""

    event: object
    headers: dict
    key: str
    value: bytes
    data: dict
    partition: int
    offset: int

    @property
    def id(self):
        return self.event.get_id()

    @property
    def type(self):
        return self.event.get_type()

    @property
    def change(self):
        return self.data["change"]


class TopicReader:
    def __init__(self, bootstrap, topic, registry_url, login=None, **settings):
        """login: (name, secret) at the registry. settings: the consumer's."""
        conf = {"url": registry_url, **({"basic.auth.user.info": ":".join(login)} if login else {})}
        self.topic, self.decode = topic, AvroDeserializer(SchemaRegistryClient(conf))
        self.consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": f"reader-{topic}", "log_level": 0,
                                  "enable.auto.commit": False, "allow.auto.create.topics": False, **settings})
        self.assigned = False
        self.messages = []
        self.ends = {}  # partition: behind the last message
        self.fault = None  # why a message could not be read

    def close(self):
        self.consumer.close()

    def _assign(self):
        """From the topic's begin, once it is there."""
        topics = self.consumer.list_topics(self.topic, timeout=30).topics
        partitions = topics[self.topic].partitions
        if partitions:
            self.consumer.assign([TopicPartition(self.topic, p, 0) for p in partitions])
            self.assigned = True

    def take(self, timeout=0.2):
        """Reads on. What is no CloudEvent in Avro raises."""
        if not self.assigned:
            self._assign()
            if not self.assigned:
                process.pause(0.05)
                return
        message = self.consumer.poll(timeout)
        if message is None:
            return
        if message.error():
            if message.error().code() in (KafkaError._ALL_BROKERS_DOWN, KafkaError._TRANSPORT, KafkaError._PARTITION_EOF):
                return
            raise KafkaException(message.error())
        self.ends[message.partition()] = message.offset() + 1
        try:
            self.messages.append(self.told(message))
        except Exception as fault:  # noqa: BLE001 - a wait takes an exception for "not yet", and the message would be lost
            self.fault = self.fault or fault

    def _read_until(self, done, timeout, what):
        process.wait_until(lambda: self.take() or self.fault or done(), timeout, what, every=0)
        if self.fault:
            raise self.fault

    def told(self, message):
        names = [name for name, _ in message.headers()]
        assert len(names) == len(set(names)), "no header twice"
        headers = dict(message.headers())
        event = cloudevents.from_kafka(cloudevents.KafkaMessage(headers=headers, key=message.key(), value=message.value()),
                                       JSONFormat())
        carried = event.get_data()  # bytes that happen to be UTF-8 are a text to the binding
        assert (carried.encode() if isinstance(carried, str) else carried) == message.value(), "binary mode leaves the data as it is"
        data = self.decode(message.value(), SerializationContext(self.topic, MessageField.VALUE))
        return Told(event, headers, message.key().decode(), message.value(), data, message.partition(), message.offset())

    def ids(self):
        """Each once, in the order of its first coming."""
        return list(dict.fromkeys(m.id for m in self.messages))

    def times(self):
        """{id: how often it is there}"""
        return collections.Counter(m.id for m in self.messages)

    def doubled(self):
        return [i for i, times in self.times().items() if times > 1]

    def wait(self, count, timeout=30):
        """At least so many different events; the first of each, in order."""
        self._read_until(lambda: len(self.ids()) >= count, timeout,
                         lambda: f"{self.topic}: {count} events; {len(self.messages)} messages")
        return self.first()

    def first(self):
        return list({m.id: m for m in reversed(self.messages)}[i] for i in self.ids())

    def drain(self):
        """All that the topic has by now."""
        if not self.assigned:
            self._assign()
        ends = process.wait_until(  # a client that has lost its broker knows no partition until it has asked again
            lambda: {p.partition: self.consumer.get_watermark_offsets(p, timeout=30)[1] for p in self.consumer.assignment()},
            60, f"the ends of {self.topic}")
        self._read_until(lambda: all(end <= self.ends.get(p, 0) for p, end in ends.items()),
                         30, lambda: f"{self.topic} is read to {ends}, and not to {self.ends}")
        return self.messages
