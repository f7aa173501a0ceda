# SPDX-License-Identifier: Apache-2.0
"""TLS: what honest clients need, bad handshakes, and certificates of clients."""

import json
import os
import ssl
import time
import warnings

import pytest
from kit.http_tool import GET, SOON, all_of, answer, client_context, send_what_is_taken, tls_connect, tls_options


def test_tls_keeps_connections_and_carries_large_bodies(serve, certificates):
    server = serve(workers=1, **tls_options(certificates))
    body = os.urandom(1024 * 1024)
    with tls_connect(server, client_context(certificates)) as s:
        for _ in range(3):
            s.sendall(b"POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
            assert answer(s)[2] == body
        s.sendall(b"GET /large HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
        assert len(answer(s)[2]) == 8 * 1024 * 1024
        assert s.recv(1) == b""  # with a close_notify: else this is an SSLError


def test_bad_handshakes_hurt_nobody_else(serve, certificates):
    server = serve(workers=1, request_timeout_ms=2000, **tls_options(certificates))
    context = client_context(certificates)
    hello = ssl.MemoryBIO()
    try:
        context.wrap_bio(ssl.MemoryBIO(), hello, server_hostname="localhost").do_handshake()
    except ssl.SSLWantReadError:
        pass
    hello = hello.read()
    with tls_connect(server, context) as honest:
        for bad in (GET, b"\0" * 1000, hello[:50], hello[:-1] + b"\xff", hello + b"\x17\x03\x03\x00\x05hello",
                    b"\x16\x03\x03\xff\xff" + b"x" * 70000, hello + hello, b""):
            with server.connect() as s:
                send_what_is_taken(s, bad)
                begin = time.monotonic()
                all_of(s)
                assert time.monotonic() - begin < SOON
            with server.connect() as s:
                send_what_is_taken(s, bad)  # and away in the middle
            honest.sendall(GET)
            assert answer(honest)[0] == 200
    assert server.end()["refused"] == 0


def test_old_tls_is_refused(serve, certificates):
    server = serve(workers=1, **tls_options(certificates))
    context = client_context(certificates)
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    with pytest.raises((ssl.SSLError, ConnectionError)):
        tls_connect(server, context)
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        context = client_context(certificates)
        context.minimum_version = context.maximum_version = version
        with tls_connect(server, context) as s:
            s.sendall(GET)
            assert answer(s)[0] == 200


def who(server, context):
    with tls_connect(server, context) as s:
        s.sendall(b"GET /who HTTP/1.1\r\nHost: h\r\n\r\n")
        return json.loads(answer(s)[2])["subject"]


def test_certificates_of_clients(serve, certificates):
    optional = serve(workers=1, **tls_options(certificates, client_ca=certificates / "ca.pem", client_certificate=1))
    required = serve(workers=1, **tls_options(certificates, client_ca=certificates / "ca.pem", client_certificate=2))
    assert who(optional, client_context(certificates)) is None
    for server in (optional, required):
        assert who(server, client_context(certificates, "client")) == "CN=moh,O=Health"
        with pytest.raises((ssl.SSLError, ConnectionError, EOFError)):
            who(server, client_context(certificates, "other"))
    with pytest.raises((ssl.SSLError, ConnectionError, EOFError)):
        who(required, client_context(certificates))


def test_a_session_with_a_certificate_is_resumed(serve, certificates):
    server = serve(workers=2, **tls_options(certificates, client_ca=certificates / "ca.pem", client_certificate=2))
    context = client_context(certificates, "client")
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with tls_connect(server, context) as s:
        session = s.session
    with context.wrap_socket(server.connect(), server_hostname="localhost", session=session) as s:
        assert s.session_reused
        s.sendall(b"GET /who HTTP/1.1\r\nHost: h\r\n\r\n")
        assert json.loads(answer(s)[2])["subject"] == "CN=moh,O=Health"
