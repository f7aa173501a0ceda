# SPDX-License-Identifier: Apache-2.0
"""http_tool as an object: base/http/server.h behind a port, and help for clients that send bare bytes."""

import json
import os
import signal
import socket
import ssl
import subprocess

from kit import engine, paths, process

TOOL = paths.BUILD / os.environ.get("NRC_TEST_PRESET", "asan") / "tests" / "http_tool"
LOGS = paths.BUILD / "test-logs" / "e2e-http"
GET = b"GET / HTTP/1.1\r\nHost: h\r\n\r\n"
POST = b"POST /echo HTTP/1.1\r\nHost: h\r\n"
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"
SOON = 30.0  # seconds: beyond every deadline that the tests set


class Server:
    def __init__(self, name, under=(), **options):
        log = LOGS / f"{name}.log"
        log.unlink(missing_ok=True)
        self.process = process.Process("http_tool", log)
        self.process.spawn([*under, TOOL, *(f"{k}={v}" for k, v in options.items())], env={**os.environ, **engine.SANITIZERS})
        self.port = process.wait_until(self._port, 30, "the server accepts")

    def lines(self):
        return self.process.log.read_text(errors="replace").splitlines()

    def _port(self):
        assert self.process.alive(), self.process.log_tail()
        return json.loads(next(line for line in self.lines() if line.startswith("{")))["port"]

    def connect(self, timeout=SOON):
        return socket.create_connection(("127.0.0.1", self.port), timeout)

    def ask(self, request=GET):
        """One request on a connection of its own."""
        with self.connect() as s:
            s.sendall(request)
            return answer(s)

    def still_serves(self):
        assert self.ask()[0] == 200

    def term(self):
        self.process.send(signal.SIGTERM)

    def end(self):
        """Its own counts. A sanitizer's report in the log, or a bad exit, is a failure."""
        self.term()
        assert self.process.wait(30) == 0, self.process.log_tail()
        text = self.process.log.read_text(errors="replace")
        assert "Sanitizer" not in text and "runtime error:" not in text, text[-3000:]
        return json.loads(self.lines()[-1])


def answer(s, head=False):
    """(status, header lines, body) of the next answer; a close before it is complete is an EOFError."""
    data = b""
    while b"\r\n\r\n" not in data:
        more = s.recv(1)
        if not more:
            raise EOFError(data)
        data += more
    lines = data.decode().split("\r\n")
    fields = {k.lower(): v.strip() for k, _, v in (line.partition(":") for line in lines[1:] if line)}
    body = b""
    want = 0 if head else int(fields.get("content-length", 0))
    while len(body) < want:
        more = s.recv(min(65536, want - len(body)))
        if not more:
            raise EOFError(body)
        body += more
    return int(lines[0].split()[1]), fields, body


def all_of(s):
    """All bytes until the other side closes; a reset is a close."""
    data = b""
    try:
        while more := s.recv(65536):
            data += more
    except ConnectionError:
        pass
    return data


def send_what_is_taken(s, data):
    """The other side may close in the middle; its answer can still be read."""
    try:
        s.sendall(data)
    except ConnectionError:
        pass


# -- TLS


def make_certificates(folder):
    """A CA, certificates of the server and of a client, and a self-signed one of another client."""
    def openssl(*words):
        subprocess.run(["openssl", *map(str, words)], cwd=folder, check=True, capture_output=True, timeout=60)

    new = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
    openssl("req", "-x509", *new, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=Test CA")
    openssl("req", "-x509", *new, "-keyout", "other.key", "-out", "other.pem", "-subj", "/CN=other")
    for name, subject in (("server", "/CN=localhost"), ("client", "/O=Health/CN=moh")):
        (folder / f"{name}.ext").write_text("subjectAltName=DNS:localhost\n")
        openssl("req", *new[:5], "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", subject)
        openssl("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2",
                "-extfile", f"{name}.ext", "-out", f"{name}.pem")
    return folder


def tls_options(folder, **more):
    return {"certificate": folder / "server.pem", "key": folder / "server.key", **more}


def client_context(folder, name=None):
    context = ssl.create_default_context(cafile=folder / "ca.pem")
    if name:
        context.load_cert_chain(folder / f"{name}.pem", folder / f"{name}.key")
    return context


def tls_connect(server, context):
    return context.wrap_socket(server.connect(), server_hostname="localhost")
