# SPDX-License-Identifier: Apache-2.0
"""The relay under load: one notification to many subscriptions, each with a receiver of its own on this machine; of which
some may be dead in the worst way, accepting connections and never answering.

Prints for each round: messages a second until every receiver that lives has its own, the relay's CPU-seconds and
PostgreSQL's. Verified: each was taken once."""

import asyncio
import collections
import socket
import threading
import time

from kit import engine, paths, process
from kit.relay import Relay
from kit.servers import Servers

from ground import POSTGRES, emit
from measure import family_cpu_s, process_cpu_s, say
from workloads import rounded

ROUND_S = 120
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


class Receivers:
    """A server that counts what each path took, and a socket that accepts and never answers."""

    def __init__(self):
        self.taken = collections.Counter()
        ready = threading.Event()
        threading.Thread(target=lambda: asyncio.run(self._serve(ready)), daemon=True).start()
        ready.wait()
        self.dead = socket.create_server(("127.0.0.1", 0), backlog=4096)
        self.dead_port = self.dead.getsockname()[1]

    async def _serve(self, ready):
        receivers = self

        class Protocol(asyncio.Protocol):
            def connection_made(self, transport):
                self.transport, self.waiting = transport, b""

            def data_received(self, data):
                self.waiting += data
                while b"\r\n\r\n" in self.waiting:
                    head, _, rest = self.waiting.partition(b"\r\n\r\n")
                    length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0])
                    if len(rest) < length:
                        return
                    self.waiting = rest[length:]
                    receivers.taken[head.split(b" ", 2)[1]] += 1
                    self.transport.write(ANSWER)

        server = await asyncio.get_running_loop().create_server(Protocol, "127.0.0.1", 0, backlog=4096)
        self.port = server.sockets[0].getsockname()[1]
        ready.set()
        await server.serve_forever()


def fill(db, receivers, count, dead):
    """Subscriptions as `nrc subscription add` makes them, in one statement; dead: in a hundred."""
    db.execute("INSERT INTO nrc.account (name, person, kind, decision, created_by, expires_on)"
               " VALUES ('bench', 'Bench', 'service', 'No. 1', 'bench', current_date + 9)")
    db.execute("INSERT INTO nrc.subscription (name, account_id, kind, url) SELECT 's' || i, 1, 'webhook', format("
               "'http://127.0.0.1:%%s/%%s', CASE WHEN i %% 100 < %s THEN %s ELSE %s END, i) FROM generate_series(1, %s) i",
               (dead, receivers.dead_port, receivers.port, count))
    db.execute("INSERT INTO nrc.subscription_queue (subscription_id) SELECT id FROM nrc.subscription")
    db.execute("SELECT nrc.add_subscription_secret(id, NULL) FROM nrc.subscription")
    db.execute("ANALYZE")


def one_round(db, relay, postgres, receivers, living):
    receivers.taken.clear()
    before = process_cpu_s(relay.pid), family_cpu_s(postgres.pid)
    start = time.monotonic()
    db.execute("SELECT nrc.notify_of('notice.filed', 'notice/1', NULL, NULL, NULL, NULL, '{}')")
    process.wait_until(lambda: receivers.taken.total() >= living, ROUND_S, "every receiver that lives has its message",
                       every=0.01)
    took = time.monotonic() - start
    return {"workload": "relay", "messages": receivers.taken.total(), "seconds": took,
            "messages_per_s": receivers.taken.total() / took, "relay_cpu_s": process_cpu_s(relay.pid) - before[0],
            "postgres_cpu_s": family_cpu_s(postgres.pid) - before[1],
            "verified": len(receivers.taken) == living and set(receivers.taken.values()) == {1}}


def run(options):
    logs = paths.BUILD / "bench-logs"
    logs.mkdir(parents=True, exist_ok=True)
    answers = []
    with Servers(logs, kafka=False, postgres_settings=POSTGRES) as servers:
        for dead in (0, 10):
            say(f"{options.subscriptions} subscriptions, {dead} % dead")
            receivers = Receivers()
            database = servers.postgres.create_database()
            nrc = engine.Nrc(servers.postgres.dsn(database, "nrc"), "", options.build_folder / "ops" / "nrc",
                             NRC_RELAY_ALLOW="127.0.0.0/8")
            nrc.migrate()
            servers.postgres.grant_roles()
            relay = Relay(nrc, logs / f"relay-{dead}.log", NRC_RELAY_TIMEOUT_MS=20000, NRC_RELAY_LEASE_MS=60000,
                          NRC_RELAY_RETRY_MS=5000, NRC_RELAY_POLL_MS=1000, NRC_LOG_LEVEL="error")
            with servers.postgres.connect(database) as db:
                fill(db, receivers, options.subscriptions, dead)
                relay.start()
                living = options.subscriptions - options.subscriptions // 100 * dead
                for _ in range(options.runs + 1): # the first warms the caches, and finds who is dead
                    answers.append({**one_round(db, relay, servers.postgres, receivers, living), "dead_percent": dead})
                    emit(rounded(answers[-1]))
            relay.kill()
    return 0 if all(a["verified"] for a in answers) else 1
