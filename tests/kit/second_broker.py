# SPDX-License-Identifier: Apache-2.0
"""A second broker of a private Kafka, which alone has some topics: it can be out of reach, and it can be killed, and then nobody leads them."""

import contextlib
import signal
import socket
import threading

from kit import process
from kit.kafka import SETTINGS

NODE_ID = 2
HEAP_MB = 192


class Gate:
    """A port that leads to another one. Closed, it refuses connections and has cut those that were there."""

    def __init__(self, target):
        self.target, self.port = target, process.free_port()
        self.listener, self.sockets = None, []

    def open(self):
        self.listener = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self._accept, args=(self.listener,), daemon=True).start()

    def close(self):
        for one in [self.listener, *self.sockets]:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
        self.sockets.clear()

    def _accept(self, listener):
        with contextlib.suppress(OSError):
            while True:
                client, _ = listener.accept()
                try:
                    server = socket.create_connection(("127.0.0.1", self.target))
                except OSError:
                    client.close()
                    continue
                self.sockets += [client, server]
                for ends in ((client, server), (server, client)):
                    threading.Thread(target=self._copy, args=ends, daemon=True).start()

    @staticmethod
    def _copy(source, to):
        with contextlib.suppress(OSError):
            while data := source.recv(1 << 16):
                to.sendall(data)
            to.shutdown(socket.SHUT_WR)


class SecondBroker:
    def __init__(self, kafka, log):
        """kafka: a PrivateKafka that runs."""
        self.kafka = kafka
        self.folder = kafka.folder / "second"
        self.process = process.Process("second broker", log)
        self.gate = None

    def _create(self):
        """Anew, also where an earlier test had one: with the ports of this one, and the place and the identity of that."""
        self.folder.mkdir(mode=0o700, exist_ok=True)
        first = _properties(self.kafka.folder / "server.properties")
        self.gate = Gate(process.free_port())
        settings = {**SETTINGS, "node.id": NODE_ID, "process.roles": "broker", "log.dirs": f"{self.folder}/data",
                    "listeners": f"PLAINTEXT://127.0.0.1:{self.gate.target}", "advertised.listeners": f"PLAINTEXT://127.0.0.1:{self.gate.port}",
                    "controller.quorum.voters": first["controller.quorum.voters"]}
        path = self.folder / "server.properties"
        path.write_text("".join(f"{k}={v}\n" for k, v in settings.items()))
        if not (self.folder / "data").exists():
            self.kafka.format(path, _properties(self.kafka.folder / "data" / "meta.properties")["cluster.id"])

    def start(self):
        self.begin()
        self.wait_up()
        return self

    def begin(self):
        """The groups' own topic is the first broker's: it must not go when this one does."""
        self.kafka.make_offsets_topic()
        if self.gate is None:
            self._create()
            self.gate.open()
        self.process.spawn(self.kafka.java("kafka.Kafka", f"{self.folder}/server.properties", heap_mb=HEAP_MB), cwd=self.folder)

    def wait_up(self):
        process.wait_until(lambda: NODE_ID in self._brokers(), 90, "the second broker is there", every=0.2)

    def _brokers(self):
        return self.kafka.admin.list_topics(timeout=5).brokers

    def kill(self):
        """Until the cluster has found out."""
        self.process.send(signal.SIGKILL)
        self.process.wait(60)
        process.wait_until(lambda: NODE_ID not in self._brokers(), 60, "the second broker is gone", every=0.2)

    def end(self):
        self.gate.close()
        self.process.end(signal.SIGKILL)

    def create_topic(self, name, partitions):
        """Which this broker alone has."""
        from confluent_kafka.admin import NewTopic

        return self.kafka.create_new(NewTopic(name, partitions, replica_assignment=[[NODE_ID]] * partitions))


def _properties(path):
    return dict(line.split("=", 1) for line in path.read_text().splitlines() if "=" in line)
