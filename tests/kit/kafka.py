# SPDX-License-Identifier: Apache-2.0
"""A private Apache Kafka: one KRaft node with ports and data of its own."""

import base64
import os
import pathlib
import signal
import subprocess
import uuid

from kit import paths, process

SETTINGS = {
    "node.id": "1",
    "process.roles": "broker,controller",
    "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
    "controller.listener.names": "CONTROLLER",
    "inter.broker.listener.name": "PLAINTEXT",
    "auto.create.topics.enable": "false",
    "group.initial.rebalance.delay.ms": "0",
    "group.min.session.timeout.ms": "1000",
    "offsets.topic.replication.factor": "1",
    "offsets.topic.num.partitions": "4",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "transaction.state.log.num.partitions": "4",
    "num.network.threads": "2",
    "num.io.threads": "2",
    "num.recovery.threads.per.data.dir": "1",
    "log.cleaner.dedupe.buffer.size": "4194304",
    "log.cleaner.backoff.ms": "300",
    "log.segment.delete.delay.ms": "1000",
    "controlled.shutdown.enable": "true",
    # A broker that was killed may register again soon, and a log start that was moved survives the kill.
    "broker.session.timeout.ms": "3000",
    "broker.heartbeat.interval.ms": "500",
    "log.flush.start.offset.checkpoint.interval.ms": "1000",
}

LOG4J = """log4j.rootLogger=WARN, out
log4j.appender.out=org.apache.log4j.ConsoleAppender
log4j.appender.out.layout=org.apache.log4j.PatternLayout
log4j.appender.out.layout.ConversionPattern=%d %p %m (%c)%n
"""


# A client without a login may do everything; one with a login has only the rights that it was granted.
ACCESS = {
    "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,LOGIN:SASL_PLAINTEXT",
    "sasl.enabled.mechanisms": "PLAIN",
    "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
    "super.users": "User:ANONYMOUS",
}


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


class PrivateKafka:
    def __init__(self, folder, log, settings=None, heap_mb=384, keep=None, jit_level=1, login=None):
        """folder: where its data goes. keep: identity file of a broker that outlives us (the demo's). jit_level: 4 for a
        broker at full load for minutes; with 1 no bursts of compiling disturb a test. login: a name that has a
        listener of its own, and rights to be granted."""
        self.folder = pathlib.Path(folder)
        self.login = login
        self.settings = {**SETTINGS, **(ACCESS if login else {}), **(settings or {})}
        self.heap_mb = heap_mb
        self.jit_level = jit_level
        self.process = process.Process("kafka", log, keep)
        self._admin = None

    # -- life

    def java(self, main, *args, heap_mb=None):
        return ["java", f"-Xmx{heap_mb or self.heap_mb}m", "-Xms64m", "-XX:+UseSerialGC", f"-XX:TieredStopAtLevel={self.jit_level}",
                "-Xshare:auto", "-Djava.awt.headless=true",
                f"-Dlog4j.configuration=file:{self.folder}/log4j.properties", "-cp", f"{paths.KAFKA_LIB}/*",
                main, *args]

    def create(self):
        self.folder.mkdir(parents=True, mode=0o700)
        self.port, controller = process.free_port(), process.free_port()
        (self.folder / "port").write_text(f"{self.port}\n")
        (self.folder / "log4j.properties").write_text(LOG4J)
        settings = {
            **self.settings,
            "log.dirs": f"{self.folder}/data",
            "listeners": f"PLAINTEXT://127.0.0.1:{self.port},CONTROLLER://127.0.0.1:{controller}",
            "advertised.listeners": f"PLAINTEXT://127.0.0.1:{self.port}",
            "controller.quorum.voters": f"1@127.0.0.1:{controller}",
        }
        if self.login:
            self.login_port = process.free_port()
            for key in ("listeners", "advertised.listeners"):
                settings[key] += f",LOGIN://127.0.0.1:{self.login_port}"
            settings["listener.name.login.plain.sasl.jaas.config"] = (
                "org.apache.kafka.common.security.plain.PlainLoginModule required"
                f" user_{self.login}=\"{self.login}\";")
        (self.folder / "server.properties").write_text("".join(f"{k}={v}\n" for k, v in settings.items()))
        cluster = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=").replace("-", "A")
        self.format(self.folder / "server.properties", cluster)
        return self

    def format(self, properties, cluster):
        subprocess.run(self.java("kafka.tools.StorageTool", "format", "-t", cluster, "-c", properties), check=True, capture_output=True)

    @property
    def bootstrap(self):
        return f"127.0.0.1:{(self.folder / 'port').read_text().strip()}"

    def start(self, timeout=90):
        if not self.folder.exists():
            self.create()
        self.process.spawn(self.java("kafka.Kafka", f"{self.folder}/server.properties"), cwd=self.folder)

        def ready():
            if not self.process.alive():
                raise RuntimeError(f"Kafka ended:\n{self.process.log_tail()}")
            return self.answers()

        process.wait_until(ready, timeout, "Kafka answers", every=0.2)
        return self

    def answers(self):
        from confluent_kafka.admin import AdminClient

        admin = AdminClient({"bootstrap.servers": self.bootstrap, "log_level": 0})
        try:
            return bool(admin.list_topics(timeout=2).brokers)
        except Exception:  # noqa: BLE001 - not yet
            return False

    @property
    def pid(self):
        return self.process.pid

    def alive(self):
        return self.process.alive()

    def stop(self):
        self.process.end(signal.SIGTERM, 60)

    def kill9(self):
        self.process.send(signal.SIGKILL)
        self.process.wait(60)

    def freeze(self):
        os.kill(self.pid, signal.SIGSTOP)

    def thaw(self):
        os.kill(self.pid, signal.SIGCONT)

    # -- topics

    @property
    def admin(self):
        if self._admin is None:
            from confluent_kafka.admin import AdminClient

            self._admin = AdminClient({"bootstrap.servers": self.bootstrap, "log_level": 0})
        return self._admin

    @staticmethod
    def _all(futures):
        return [future.result(60) for future in futures.values()]

    def topics(self):
        return {name: len(t.partitions) for name, t in self.admin.list_topics(timeout=30).topics.items()}

    def create_topic(self, name, partitions=1, config=None):
        from confluent_kafka.admin import NewTopic

        return self.create_new(NewTopic(name, partitions, 1, config=config or {}))

    def create_new(self, topic):
        def made():
            try:
                self._all(self.admin.create_topics([topic]))
            except Exception as error:  # noqa: BLE001
                if "TOPIC_ALREADY_EXISTS" not in str(error):
                    raise
            return self.topics().get(topic.topic) == topic.num_partitions

        process.wait_until(made, 60, f"topic {topic.topic} is there", every=0.1)
        return topic.topic

    def create_topics(self, partitions):
        """partitions: {name: how many}"""
        from confluent_kafka.admin import NewTopic

        wanted = list(partitions.items())
        for first in range(0, len(wanted), 100):
            self._all(self.admin.create_topics([NewTopic(name, count, 1) for name, count in wanted[first:first + 100]]))
        process.wait_until(lambda: partitions.items() <= self.topics().items(), 60, f"{len(wanted)} topics are there", every=0.1)

    def delete_topic(self, name):
        self._all(self.admin.delete_topics([name]))
        process.wait_until(lambda: name not in self.topics(), 60, f"topic {name} is gone")

    def add_partitions(self, name, total):
        from confluent_kafka.admin import NewPartitions

        self._all(self.admin.create_partitions([NewPartitions(name, total)]))
        process.wait_until(lambda: self.topics().get(name) == total, 60, f"{name} has {total} partitions")

    def delete_records(self, name, partition, before):
        """The log then starts at `before` (-1: at its end)."""
        from confluent_kafka import TopicPartition

        self._all(self.admin.delete_records([TopicPartition(name, partition, before)]))

    def truncate_log(self, name, partition, keep_batches):
        """With the broker stopped: cuts the partition's log behind its first batches, as a lost disk tail would."""
        assert not self.alive()
        folder = self.folder / "data" / f"{name}-{partition}"
        segment = min(folder.glob("*.log"))
        data = segment.read_bytes()
        at = 0
        for _ in range(keep_batches):
            at += 12 + int.from_bytes(data[at + 8 : at + 12], "big")
        assert at < len(data), "nothing would be cut"
        segment.write_bytes(data[:at])
        for path in folder.iterdir():
            if path.suffix in (".index", ".timeindex", ".snapshot", ".txnindex"):
                path.unlink()
        (self.folder / "data" / ".kafka_cleanshutdown").unlink(missing_ok=True)
        for name_of_checkpoint in ("recovery-point-offset-checkpoint", "replication-offset-checkpoint"):
            (self.folder / "data" / name_of_checkpoint).unlink(missing_ok=True)

    # -- batches, as they lie in the log

    def _segment(self, name, partition):
        return min((self.folder / "data" / f"{name}-{partition}").glob("*.log"))

    def batches(self, name, partition=0):
        """[(place in the segment, first offset, bytes)]"""
        data = self._segment(name, partition).read_bytes()
        found, at = [], 0
        while at + 12 <= len(data):
            length = 12 + int.from_bytes(data[at + 8 : at + 12], "big")
            found.append((at, int.from_bytes(data[at : at + 8], "big"), length))
            at += length
        return found

    def spoil_batch(self, name, partition, offset, at, data, right_crc=False):
        """Writes bytes into the batch that holds the offset, as a bad disk or a producer's bug would."""
        place, _, length = [b for b in self.batches(name, partition) if b[1] <= offset][-1]
        with open(self._segment(name, partition), "r+b") as segment:
            segment.seek(place)
            batch = bytearray(segment.read(length))
            batch[at : at + len(data)] = data
            if right_crc:
                batch[17:21] = crc32c(bytes(batch[21:])).to_bytes(4, "big")
            segment.seek(place)
            segment.write(batch)

    # -- rights

    def _rights(self, change, kind, name, operation, permission):
        from confluent_kafka.admin import (AclBinding, AclBindingFilter, AclOperation, AclPermissionType,
                                           ResourcePatternType, ResourceType)

        rule = (ResourceType[kind], name, ResourcePatternType.LITERAL, f"User:{self.login}", "*",
                AclOperation[operation], AclPermissionType[permission])
        if change == "add":
            self._all(self.admin.create_acls([AclBinding(*rule)]))
        else:
            self._all(self.admin.delete_acls([AclBindingFilter(*rule)]))

    def grant(self, kind, name, operation="READ", permission="ALLOW"):
        self._rights("add", kind, name, operation, permission)

    def revoke(self, kind, name, operation="READ", permission="ALLOW"):
        self._rights("remove", kind, name, operation, permission)

    def surviving_offsets(self, name, partition):
        """The offsets of the records that a reader of committed data sees."""
        from confluent_kafka import Consumer, KafkaError, TopicPartition

        consumer = Consumer({"bootstrap.servers": self.bootstrap, "group.id": "kit-reader", "log_level": 0,
                             "enable.auto.commit": False, "enable.partition.eof": True})
        low, _ = consumer.get_watermark_offsets(TopicPartition(name, partition), timeout=30)
        consumer.assign([TopicPartition(name, partition, low)])
        offsets = []
        try:
            while True:
                message = consumer.poll(60)
                if message is None:
                    raise process.Timeout(f"reading {name}")
                if message.error():
                    if message.error().code() == KafkaError._PARTITION_EOF:
                        return offsets
                    continue
                offsets.append(message.offset())
        finally:
            consumer.close()

    def alter_topic(self, name, config):
        from confluent_kafka.admin import AlterConfigOpType, ConfigEntry, ConfigResource

        entries = [ConfigEntry(k, v, incremental_operation=AlterConfigOpType.SET) for k, v in config.items()]
        self._all(self.admin.incremental_alter_configs(
            [ConfigResource(ConfigResource.Type.TOPIC, name, incremental_configs=entries)]))

    def watermarks(self, name):
        """{partition: (log start, log end)}"""
        from confluent_kafka import Consumer, TopicPartition

        consumer = Consumer({"bootstrap.servers": self.bootstrap, "group.id": "kit-watermarks", "log_level": 0})
        try:
            return {p: consumer.get_watermark_offsets(TopicPartition(name, p), timeout=30)
                    for p in range(self.topics()[name])}
        finally:
            consumer.close()

    def make_offsets_topic(self):
        """As the first question of a group does."""
        from confluent_kafka import Consumer, TopicPartition

        consumer = Consumer({"bootstrap.servers": self.bootstrap, "group.id": "kit-offsets", "log_level": 0})
        try:
            process.wait_until(lambda: consumer.committed([TopicPartition("none", 0)], timeout=5), 60, "groups have their topic")
        finally:
            consumer.close()

    def group_members(self, group):
        described = self.admin.describe_consumer_groups([group])[group].result(30)
        return sorted(m.group_instance_id or m.client_id for m in described.members)
