# SPDX-License-Identifier: Apache-2.0
"""The registry's clients in other languages, each a program of tests/kit/clients that does one turn of an agency:
registers a structure under <topic>-value, produces its rows with that structure, and reads the whole topic back.

The task: url, bootstrap, topic, schema and incompatible (texts), version (the one that `schema` becomes), rows, expect
(the number of events in the topic afterwards), name and secret of an account, if any. The outcome: id, again, found,
latest and by_version (the same id, by five ways of asking), told (the id in a record sent with use.schema.id, from a
client that knows this), refused and reason (of the incompatible one), rows."""

import dataclasses
import json
import os
import subprocess

from kit import paths, stream

CLIENTS = paths.BUILD / "clients"
SOURCES = paths.ROOT / "tests" / "kit" / "clients"

ARGV = {
    "javascript": ["node", SOURCES / "javascript" / "client.js"],
    "go": [CLIENTS / "go" / "client"],
    "java": ["java", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-cp",
             f"{CLIENTS}/java:{CLIENTS}/java/*:{paths.KAFKA_LIB}/*", "RegistryClient"],
}
LANGUAGES = sorted(ARGV)


class Failed(AssertionError):
    pass


def turn(language, **task):
    environment = {**os.environ, "NODE_PATH": str(CLIENTS / "javascript" / "node_modules"),
                   "KAFKAJS_NO_PARTITIONER_WARNING": "1"}
    done = subprocess.run([*map(str, ARGV[language]), json.dumps(task)], capture_output=True, text=True, timeout=120,
                          stdin=subprocess.DEVNULL, env=environment)
    if done.returncode != 0:
        raise Failed(f"the {language} client: exit {done.returncode}\n{done.stdout[-2000:]}{done.stderr[-4000:]}")
    return json.loads(done.stdout.strip().splitlines()[-1])


class AvroSender:
    """Events made by confluent-kafka's own serialisers, sent and remembered by a dataset."""

    def __init__(self, dataset, client, schema, key_schema=None, order="seq", **conf):
        """client: a SchemaRegistryClient. schema: text, a confluent Schema, or None for what the registry has.
        conf: of the AvroSerializer, '_' for '.'."""
        from confluent_kafka.schema_registry.avro import AvroSerializer

        conf = {name.replace("_", "."): value for name, value in conf.items()}
        self.dataset, self.order = dataset, order
        self.value_serializer = AvroSerializer(client, schema, conf=conf)
        self.key_serializer = AvroSerializer(client, key_schema, conf=conf) if key_schema else None

    def event(self, row):
        from confluent_kafka.serialization import MessageField, SerializationContext

        headers, key_headers = [], []
        topic, fields = self.dataset.topic, self.dataset.key_fields
        value = self.value_serializer(row, SerializationContext(topic, MessageField.VALUE, headers))
        if self.key_serializer:
            key = self.key_serializer({f: row[f] for f in fields},
                                      SerializationContext(topic, MessageField.KEY, key_headers))
        else:
            key = str(row[fields[0]]).encode()
        return stream.Event(key=tuple(row[f] for f in fields), key_bytes=key, value_bytes=value, row=row,
                            order=row[self.order], headers=headers + key_headers or None)

    def send(self, rows):
        self.dataset.send_all(self.event(row) for row in rows)


def adopt(dataset, rows, first_offset, order="seq"):
    """The dataset's stream has these rows too, which another client sent to partition 0, one after the other."""
    for offset, row in enumerate(rows, first_offset):
        event = stream.Event(key=tuple(row[f] for f in dataset.key_fields), key_bytes=None, value_bytes=None, row=row,
                             order=row[order])
        dataset.sender.sent.append(dataclasses.replace(event, topic=dataset.topic, partition=0, offset=offset))


def consume(world, dataset, client, count, key=False):
    """(key, value) of the topic's first `count` events, decoded by confluent-kafka."""
    from confluent_kafka import Consumer, TopicPartition
    from confluent_kafka.schema_registry.avro import AvroDeserializer
    from confluent_kafka.serialization import MessageField, SerializationContext

    decode = AvroDeserializer(client)
    consumer = Consumer({"bootstrap.servers": world.kafka.bootstrap, "group.id": f"c-{dataset.topic}", "log_level": 0,
                         "enable.auto.commit": False})
    pairs = []
    try:
        consumer.assign([TopicPartition(dataset.topic, p, 0) for p in world.kafka.watermarks(dataset.topic)])
        while len(pairs) < count:
            message = consumer.poll(30)
            assert message is not None and message.error() is None, f"{len(pairs)} of {count}: {message}"
            where = [SerializationContext(dataset.topic, f, message.headers())
                     for f in (MessageField.KEY, MessageField.VALUE)]
            pairs.append((decode(message.key(), where[0]) if key else message.key(), decode(message.value(), where[1])))
    finally:
        consumer.close()
    return pairs
