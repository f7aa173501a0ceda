# SPDX-License-Identifier: Apache-2.0
"""An agency's producer: Avro records in the Confluent frame, sent with the unmodified confluent-kafka client.

Each event carries its expected verdict, so the events that were sent are also the expectation."""

import dataclasses
import io
import json
import pathlib
import struct

import fastavro

ORDER_HEADER = "nrc-order"


class Structure:
    """An Avro structure with the schema id that its registration returned."""

    def __init__(self, schema, schema_id=None):
        if isinstance(schema, (str, pathlib.Path)):
            schema = json.loads(pathlib.Path(schema).read_text(encoding="utf-8"))
        self.text = json.dumps(schema, ensure_ascii=False)
        self.parsed = fastavro.parse_schema(json.loads(self.text))
        self.schema_id = schema_id

    def avro(self, record):
        out = io.BytesIO()
        fastavro.schemaless_writer(out, self.parsed, record)
        return out.getvalue()

    def frame(self, record):
        return frame(self.schema_id, self.avro(record))


def frame(schema_id, avro):
    return b"\x00" + struct.pack(">i", schema_id) + avro


@dataclasses.dataclass
class Event:
    """key: a tuple of the key fields' values. order: as declared, None for a delete that has none.
    verdict: recorded, quarantined (with reason and, if it matters, path) or exempt."""

    key: tuple
    key_bytes: bytes | None
    value_bytes: bytes | None
    row: dict | None = None
    order: int | None = None
    verdict: str = "recorded"
    reason: str | None = None
    path: str | None = None
    headers: list | None = None
    note: str = ""
    early: bool = False  # its structure may not be in force yet when it comes: then it waits in the quarantine
    # Where it went; set at delivery.
    topic: str | None = None
    partition: int | None = None
    offset: int | None = None
    ts_ms: int | None = None

    @property
    def is_delete(self):
        return self.row is None

    @property
    def place(self):
        return (self.topic, self.partition, self.offset)


def upsert(structure, key_field, row, order_field="seq"):
    """An event with a text key of one field."""
    return Event(key=(row[key_field],), key_bytes=str(row[key_field]).encode(), value_bytes=structure.frame(row),
                 row=row, order=row[order_field] if order_field else None)


def tombstone(key, order=None):
    headers = [(ORDER_HEADER, str(order).encode())] if order is not None else None
    return Event(key=(key,), key_bytes=str(key).encode(), value_bytes=None, order=order, headers=headers)


class Sender:
    """A producer that remembers each event with its partition and offset."""

    def __init__(self, bootstrap, remember=True, **settings):
        import confluent_kafka

        self.producer = confluent_kafka.Producer({
            "bootstrap.servers": bootstrap, "enable.idempotence": True, "linger.ms": 5, "log_level": 0,
            "queue.buffering.max.messages": 1000000, **settings})
        self.remember = remember
        self.sent = []
        self.failed = []

    def send(self, topic, event, partition=None, ts_ms=None):
        def delivered(error, message):
            if error is not None:
                self.failed.append((event, str(error)))
                return
            event.topic, event.partition, event.offset = message.topic(), message.partition(), message.offset()
            event.ts_ms = message.timestamp()[1]
            if self.remember:
                self.sent.append(event)

        where = {}
        if partition is not None:
            where["partition"] = partition
        if ts_ms is not None:
            where["timestamp"] = ts_ms
        while True:
            try:
                self.producer.produce(topic, key=event.key_bytes, value=event.value_bytes, headers=event.headers,
                                      on_delivery=delivered, **where)
                break
            except BufferError:
                self.producer.poll(0.1)
        self.producer.poll(0)
        return event

    def flush(self, timeout=60):
        left = self.producer.flush(timeout)
        if left or self.failed:
            raise RuntimeError(f"{left} events not delivered, {len(self.failed)} failed: {self.failed[:3]}")
        return self.sent
