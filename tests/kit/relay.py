# SPDX-License-Identifier: Apache-2.0
"""`nrc relay` as a node, and receivers of webhooks: they verify each message with the reference libraries, Standard
Webhooks' and CloudEvents', and answer as the test says."""

import collections
import dataclasses
import http.server
import threading
import time

import standardwebhooks
from cloudevents.core.bindings import http as cloudevents

from kit import engine, process


class Relay(engine.Node):
    STOP_S = 30

    def __init__(self, nrc, log, **settings):
        """settings: NRC_RELAY_… of this node. Pauses are short, so that a test that waits for the third attempt is."""
        self.nrc = nrc
        self.settings = {"NRC_RELAY_POLL_MS": 50, "NRC_RELAY_RETRY_MS": 50,
                         "NRC_RELAY_TIMEOUT_MS": 900, "NRC_RELAY_LEASE_MS": 1000, **settings}
        self.process = process.Process(f"relay {log.stem}", log)

    def start(self, failpoint=None, **more):
        environment = self.nrc.environment(**self.settings, **more)
        if failpoint:
            environment["NRC_FAILPOINT"] = failpoint
        self.process.spawn([self.nrc.program, "relay"], env=environment)
        return self

    def wait_gone(self, timeout=30):
        return self.process.wait(timeout)


@dataclasses.dataclass
class Message:
    id: str
    headers: dict
    body: bytes
    at: float

    @property
    def event(self):
        return cloudevents.from_http_event(cloudevents.HTTPMessage(headers=self.headers, body=self.body))

    @property
    def data(self):
        return self.event.get_data()

    @property
    def change(self):
        return self.data["change"]


class Receiver:
    """One path of a server. `answer` is a status, (status, headers), or a function of the message that returns one."""

    def __init__(self, server, name):
        self.server, self.name = server, name
        self.url = f"http://127.0.0.1:{server.port}/{name}"
        self.answer = 200
        self.secret = None  # whsec_…: what does not verify is refused, and remembered
        self.messages, self.faults = [], []
        self.taken = []  # ids that were answered with 2xx, in order

    def take(self, message):
        if self.secret is not None:
            try:
                standardwebhooks.Webhook(self.secret).verify(message.body, message.headers)
            except standardwebhooks.WebhookVerificationError as error:
                self.faults.append(error)
        self.messages.append(message)
        answer = self.answer(message) if callable(self.answer) else self.answer
        status, headers = answer if isinstance(answer, tuple) else (answer, {})
        if 200 <= status < 300:
            self.taken.append(message.id)
        return status, headers

    def wait(self, count, timeout=20):
        """At least so many different messages were taken; the first of each, in order."""
        process.wait_until(lambda: len(set(self.taken)) >= count, timeout,
                           lambda: f"{self.name}: {count} messages; {len(self.messages)} attempts")
        first = {m.id: m for m in reversed(self.messages)}
        return [first[i] for i in dict.fromkeys(self.taken)]

    def types(self):
        return [m.event.get_type() for m in self.wait(0)]

    def doubled(self):
        """Ids that were taken more than once."""
        return [i for i, times in collections.Counter(self.taken).items() if times > 1]


class Receivers:
    """A server on 127.0.0.1 with a receiver for each path."""

    def __init__(self):
        made = self
        self.by_name = {}

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                headers = {k.lower(): v for k, v in self.headers.items()}
                message = Message(headers.get("webhook-id"), headers, body, time.time())
                receiver = made.by_name[self.path.strip("/")]
                status, more = receiver.take(message)
                self.send_response(status)
                for name, value in {"Content-Length": "0", **more}.items():
                    self.send_header(name, value)
                self.end_headers()

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 256

            def handle_error(self, *_):
                """A relay that was killed leaves connections."""

        self.server = Server(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def add(self, name):
        return self.by_name.setdefault(name, Receiver(self, name))

    def close(self):
        self.server.shutdown()
        self.server.server_close()
