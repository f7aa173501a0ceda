# SPDX-License-Identifier: Apache-2.0
"""The monitor's page as a node, and a browser without a window: fixtures of the tests of the page's server."""

import json
import socket

import pytest
from monitor_room import Monitor

from kit import process
from kit.registry import Session

JSON = "application/json"


class Browser:
    """One cookie, one CSRF token, one kept connection."""

    def __init__(self, page):
        self.page = page
        self.http = Session(page.port, page.tls, {"Accept": "*/*"})
        self.cookie, self.csrf = None, None

    def request(self, method, path, body=None, **headers):
        """headers: X_NRC_CSRF=None leaves it out."""
        own = {"Cookie": f"nrc_session={self.cookie}" if self.cookie else None, "Content_Type": JSON if body is not None else None,
               "X_NRC_CSRF": self.csrf if method != "GET" else None}
        said = {k: v for k, v in {**own, **headers}.items() if v is not None}
        return self.http.request(method, path, body, **said)

    def get(self, path, **headers):
        return self.request("GET", path, **headers)

    def post(self, path, body, **headers):
        return self.request("POST", path, body, **headers)

    def sign_in(self, account, secret=None, **headers):
        secret = self.page.secrets[account] if secret is None else secret
        answer = self.post("/session", {"account": account, "secret": secret}, **headers)
        if answer.status == 200:
            self.cookie = answer.headers["Set-Cookie"].split(";")[0].split("=", 1)[1]
            self.csrf = answer.json["csrf"]
        return answer

    def stream(self, timeout=30):
        return Stream(self.page, self.cookie, timeout)


class Stream:
    """GET /stream over a bare socket; `rcvbuf`: how much the client's kernel takes."""

    def __init__(self, page, cookie, timeout=30):
        self.socket = socket.create_connection(("127.0.0.1", page.port), timeout)
        if page.tls is not None:
            self.socket = page.tls.wrap_socket(self.socket, server_hostname="localhost")
        self.socket.sendall(f"GET /stream HTTP/1.1\r\nHost: h\r\nAccept: text/event-stream\r\nCookie: nrc_session={cookie}\r\n\r\n".encode())
        self.file = self.socket.makefile("rb")
        self.status = int(self.file.readline().split()[1])
        self.headers = {}
        for line in iter(self.file.readline, b"\r\n"):
            if not line:
                break
            name, value = line.decode().rstrip("\r\n").split(": ", 1)
            self.headers[name] = value

    def lines(self):
        """Each line, until the server ends it."""
        for line in self.file:
            yield line.decode().rstrip("\n")

    def event(self):
        """The next `changed`; None: the stream has ended."""
        for line in self.lines():
            if line.startswith("data: "):
                return json.loads(line[6:])
        return None

    def close(self):
        self.file.close()
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Page(Monitor):
    def __init__(self, world, name="page", tls=None, **settings):
        super().__init__(world.nrc, world.folder / f"{name}.log",
                         **{"NRC_PAGE_LISTEN": "127.0.0.1:0", "NRC_MONITOR_EVERY_MS": 500, **settings})
        self.world, self.tls, self.secrets, self.port = world, tls, {}, None

    def start(self):
        super().start()

        def line():
            assert self.process.alive(), self.process.log_tail(20)
            return self.log_lines("page")
        self.port = int(process.wait_until(line, 60, "the page listens")[-1]["port"])
        return self

    def account(self, name, role, agency=None):
        more = ["--agency", agency] if agency else []
        made = self.world.nrc.json("account", "add", name, "--person", f"The {name}", "--person-ar", "هدى", "--role", role,
                                   "--decision", "No. 1", *more)
        self.secrets[name] = made["secret"]

    def browser(self, account=None):
        browser = Browser(self)
        if account is not None:
            answer = browser.sign_in(account)
            assert answer.status == 200, answer
        return browser


@pytest.fixture
def page(world):
    """Starts one; it is ended with the test."""
    def start(**settings):
        node = Page(world, **settings)
        world.closers.append(node.kill)
        return node.start()
    return start
