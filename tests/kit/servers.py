# SPDX-License-Identifier: Apache-2.0
"""Both servers together: `with Servers(log_folder) as s: s.postgres, s.kafka`."""

import pathlib

from kit import process
from kit.kafka import PrivateKafka
from kit.postgres import PrivatePostgres

__all__ = ["PrivateKafka", "PrivatePostgres", "Servers"]


class Servers:
    def __init__(self, logs, kafka=True, postgres_settings=None, kafka_settings=None, heap_mb=384, jit_level=1,
                 kafka_folder=None, in_memory=False, login=None):
        """in_memory, login: as RunFolder and PrivateKafka have them."""
        logs = pathlib.Path(logs)
        self.run = process.run_folder_for_session(in_memory)
        self.postgres = PrivatePostgres(self.run, logs / "postgres.log", postgres_settings)
        self.kafka = PrivateKafka(kafka_folder or self.run.path / "kafka", logs / "kafka.log", kafka_settings, heap_mb,
                                  jit_level=jit_level, login=login) if kafka else None

    def __enter__(self):
        self.postgres.start()
        if self.kafka:
            self.kafka.start()
        return self

    def __exit__(self, *_):
        if self.kafka:
            self.kafka.kill9()
        self.postgres.stop_immediate()
        self.run.remove()
