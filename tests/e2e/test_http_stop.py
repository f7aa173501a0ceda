# SPDX-License-Identifier: Apache-2.0
"""A server that does not start says why; one that stops answers what is under way, in bounded time."""

import os
import subprocess
import time

from kit import engine, process
from kit.http_tool import GET, TOOL, all_of, answer, tls_options


def refuses_to_start(**options):
    done = subprocess.run([TOOL, *(f"{k}={v}" for k, v in options.items())], capture_output=True, text=True, timeout=30,
                          env={**os.environ, **engine.SANITIZERS})
    assert done.returncode == 1 and done.stderr.startswith("http_tool: bad_config: "), done.stderr
    return done.stderr


def test_a_wrong_configuration_does_not_start(serve, certificates):
    server = serve(workers=1)
    assert "in use" in refuses_to_start(listen=f"127.0.0.1:{server.port}")
    for listen in ("", "8081", "127.0.0.1", ":8081", "127.0.0.1:", "127.0.0.1:http", "127.0.0.1:99999", "::1:80", "[]:80"):
        refuses_to_start(listen=listen)
    for name in ("workers", "connections", "header_bytes", "body_bytes", "request_timeout_ms", "idle_timeout_ms"):
        assert name in refuses_to_start(**{name: 0})
    refuses_to_start(certificate=certificates / "server.pem")
    refuses_to_start(certificate=certificates / "none.pem", key=certificates / "server.key")
    refuses_to_start(certificate=certificates / "server.pem", key=certificates / "client.key")
    refuses_to_start(**tls_options(certificates, client_certificate=2))
    refuses_to_start(**tls_options(certificates, client_certificate=1, client_ca=certificates / "ca.key"))
    refuses_to_start(client_certificate=2, client_ca=certificates / "ca.pem")
    server.still_serves()


def refuses(server):
    try:
        server.connect().close()
    except ConnectionError:
        return True
    return False


def test_a_request_under_way_at_the_end_gets_its_answer(serve):
    server = serve(workers=2, drain_ms=120000, request_timeout_ms=60000)
    with server.connect(60) as slow, server.connect(60) as half, server.connect(60) as idle:
        half.sendall(GET[:10])
        idle.sendall(GET)
        assert answer(idle)[0] == 200
        slow.sendall(b"GET /slow?ms=2000 HTTP/1.1\r\nHost: h\r\n\r\n")
        process.wait_until(lambda: "slow" in server.lines(), 30, every=0.005)
        server.term()
        status, fields, body = answer(slow)
        assert (status, fields["connection"], body) == (200, "close", b"{}")
        assert idle.recv(1) == b""
        half.sendall(GET[10:])
        assert answer(half)[1]["connection"] == "close"
        process.wait_until(lambda: refuses(server), 30, "nobody is let in any more")
        slow.close(), half.close()
        assert server.process.wait(60) == 0, "with nobody left it ends, long before the drain's time is over"


def test_a_request_that_came_while_the_worker_was_busy_is_answered_at_the_end(serve):
    server = serve(workers=1)
    with server.connect() as slow, server.connect() as idle:
        idle.sendall(GET)
        assert answer(idle)[0] == 200
        slow.sendall(b"GET /slow?ms=2500 HTTP/1.1\r\nHost: h\r\n\r\n")
        process.wait_until(lambda: "slow" in server.lines(), 30, every=0.002)
        idle.sendall(GET)
        server.term()
        assert answer(slow)[0] == 200
        assert answer(idle)[1]["connection"] == "close"


def test_a_drain_ends_in_its_time_whatever_clients_do(serve):
    server = serve(workers=2, drain_ms=300, request_timeout_ms=60000)
    with server.connect() as half:
        half.sendall(GET[:10])
        server.still_serves()  # so the first half has arrived
        begin = time.monotonic()
        server.term()
        assert server.process.wait(30) == 0
        assert time.monotonic() - begin < 30
        assert all_of(half) == b""


def test_a_drain_does_not_wait_for_one_that_was_writing_when_it_began(serve):
    server = serve(workers=1, drain_ms=60000)
    with server.connect() as s:
        s.sendall(b"GET /large HTTP/1.1\r\nHost: h\r\n\r\n")
        assert s.recv(1)  # it is being written
        server.term()
        process.wait_until(lambda: refuses(server), 10, "the drain has begun")
        begin = time.monotonic()
        assert len(all_of(s)) > 8 * 1024 * 1024
        assert server.process.wait(30) == 0
        assert time.monotonic() - begin < 20
