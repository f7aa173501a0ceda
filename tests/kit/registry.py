# SPDX-License-Identifier: Apache-2.0
"""A node: one `nrc registry`, and plain HTTP to it.

Each answer is an Answer: status, headers, text, and the body as JSON. Each request is a connection of its own
unless it is made through a Session."""

import base64
import dataclasses
import http.client
import json
import ssl
import urllib.parse

from kit import engine, process

V1 = "application/vnd.schemaregistry.v1+json"
TIMEOUT_S = 30


@dataclasses.dataclass
class Answer:
    status: int
    headers: dict
    text: str

    @property
    def json(self):
        return json.loads(self.text)

    @property
    def code(self):
        """The error's code; None: the answer is no error."""
        return self.json["error_code"] if self.status >= 400 else None


def quote(name):
    """A subject as one segment of a path."""
    return urllib.parse.quote(name, safe="")


def basic(name, secret):
    return {"Authorization": "Basic " + base64.b64encode(f"{name}:{secret}".encode()).decode()}


def bearer(word):
    return {"Authorization": f"Bearer {word}"}


class Session:
    """One connection that is kept, and opened again when the other side has closed it."""

    def __init__(self, port, tls=None, headers=None, timeout=TIMEOUT_S):
        """tls: an ssl.SSLContext."""
        self.headers = dict(headers or {})
        if tls is not None:
            self.connection = http.client.HTTPSConnection("127.0.0.1", port, timeout=timeout, context=tls)
        else:
            self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)

    def request(self, method, path, body=None, **headers):
        """body: bytes as they are, anything else as JSON. headers: Content_Type="…" for Content-Type."""
        all_headers = {"Accept": V1, **self.headers, **{k.replace("_", "-"): v for k, v in headers.items()}}
        if body is not None:
            all_headers.setdefault("Content-Type", V1)
            if not isinstance(body, bytes):
                body = json.dumps(body, ensure_ascii=False).encode()
        self.connection.request(method, path, body=body, headers=all_headers)
        with self.connection.getresponse() as response:
            return Answer(response.status, dict(response.headers), response.read().decode())

    def close(self):
        self.connection.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Ended(AssertionError):
    """The registry did not start."""


class Registry(engine.Node):
    STOP_S = 60

    def __init__(self, nrc, log, anonymous=True, **settings):
        """settings: NRC_REGISTRY_… of this node."""
        self.nrc = nrc
        self.settings = {"NRC_REGISTRY_LISTEN": "127.0.0.1:0",
                         "NRC_REGISTRY_ANONYMOUS": "loopback" if anonymous else "no", **settings}
        self.process = process.Process(f"registry {log.stem}", log)
        self.port = None
        self.tls = None  # an ssl.SSLContext, for a node that speaks TLS
        self.under = ()  # a command that runs it: prlimit …
        self.headers = {}  # of every request: credentials

    # -- life

    def start(self, wait=True):
        before = len(self.log_lines("started"))
        self.process.spawn([*self.under, self.nrc.program, "registry"], env=self.nrc.environment(**self.settings))

        def started():
            lines = self.log_lines("started")
            return lines[-1] if len(lines) > before else not self.alive()

        try:
            line = process.wait_until(started, 60, "the registry's port is in its log")
        except process.Timeout as error:
            raise process.Timeout(f"{error}\n{self.process.log_tail(30)}") from None
        if line is True:
            raise Ended(f"the registry ended with {self.exit_code}:\n{self.process.log_tail(30)}")
        self.port = int(line["port"])
        if wait:
            self.wait_ready()
        return self

    def wait_ready(self, timeout=60):
        return process.wait_until(lambda: self.get("/readyz").status == 200, timeout,
                                  f"{self.process.name} is ready")

    @property
    def url(self):
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}"

    # -- HTTP

    def session(self, tls=None, **headers):
        return Session(self.port, tls or self.tls, {**self.headers, **headers})

    def request(self, method, path, body=None, tls=None, **headers):
        with self.session(tls) as session:
            return session.request(method, path, body, **headers)

    def get(self, path, **headers):
        return self.request("GET", path, **headers)

    def post(self, path, body=None, **headers):
        return self.request("POST", path, {} if body is None else body, **headers)

    def put(self, path, body=None, **headers):
        return self.request("PUT", path, {} if body is None else body, **headers)

    def delete(self, path, **headers):
        return self.request("DELETE", path, **headers)

    # -- what most tests do

    def register(self, subject, schema, query="", **more):
        """The id. schema: text, or a value to be printed as JSON; more: references, metadata, ruleSet …"""
        answer = self.post(f"/subjects/{quote(subject)}/versions{query}", body_of(schema, **more))
        assert answer.status == 200, f"{subject}: {answer}"
        return answer.json["id"]

    def look_up(self, subject, schema, query="", **more):
        return self.post(f"/subjects/{quote(subject)}{query}", body_of(schema, **more))

    def versions(self, subject, query=""):
        answer = self.get(f"/subjects/{quote(subject)}/versions{query}")
        assert answer.status == 200, f"{subject}: {answer}"
        return answer.json

    def schema_of(self, schema_id):
        answer = self.get(f"/schemas/ids/{schema_id}")
        assert answer.status == 200, f"id {schema_id}: {answer}"
        return answer.json["schema"]


def body_of(schema, **more):
    return {"schema": schema if isinstance(schema, str) else json.dumps(schema), **more}


def trusting(authority, certificate=None, key=None):
    """A client's TLS that trusts one authority, and shows a certificate of its own if it has one."""
    context = ssl.create_default_context(cafile=str(authority))
    if certificate is not None:
        context.load_cert_chain(str(certificate), str(key))
    return context


def record(*fields, name="R"):
    return {"type": "record", "name": name, "fields": list(fields)}


def refused(answer, status, code):
    """An error's body is two fields and nothing more: old clients die on extra ones."""
    assert (answer.status, answer.code) == (status, code), answer
    assert set(answer.json) == {"error_code", "message"} and answer.json["message"]
