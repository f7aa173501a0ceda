# SPDX-License-Identifier: Apache-2.0
"""A stand-in for the monitor's page: the files of www/ under the same policy (CSP), and made-up answers in the API's shapes.

For what a real register cannot show within seconds: a thousand sources, hostile names, nulls wherever they are allowed, a
stream that breaks off. What the page does to a register is tested against the real daemon (test_real.py).

    standin.py [PORT]    prints its address, and serves until its standard input ends"""

import http.server
import json
import pathlib
import secrets
import socket
import sys
import threading
import urllib.parse

import made_up

WWW = pathlib.Path(__file__).resolve().parents[2] / "ops/monitor/page/www"
UPLOT = pathlib.Path(__file__).resolve().parents[2] / "build/page/node_modules/uplot/dist"
TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
POLICY = ("default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; font-src 'self';"
          " manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
SESSIONS = {
    "steward": {"person": "Salim", "person_ar": "سالم بن علي", "roles": ["steward", "operator"], "agency": None},
    "auditor": {"person": "Maryam", "person_ar": "مريم", "roles": ["auditor"], "agency": None},
    "moh": {"person": "Huda <b>", "person_ar": None, "roles": ["producer"], "agency": "moh"},
}


BUSY_S = 0.8  # what an answer takes while `fault` is "busy"; and a change comes in twice meanwhile


class State:
    """What every request shares. `fault` is set by POST /standin: the next answers are as it says."""

    def __init__(self):
        self.world = made_up.World()
        self.sessions = {}  # cookie -> account
        self.fault = None
        self.token = "token"
        self.cursor = 0
        self.moved = threading.Condition()
        self.is_idle = threading.Event()  # not busy any more
        self.done = []  # what was posted


STATE = State()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_args):
        pass

    def answer(self, status, body=None, kind="application/json", headers=()):
        data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body, ensure_ascii=False).encode()
        self.send_response(status)
        for name, value in (("Content-Type", f"{kind}; charset=utf-8"), ("Content-Length", str(len(data))),
                            ("Content-Security-Policy", POLICY), ("X-Content-Type-Options", "nosniff"),
                            ("Referrer-Policy", "no-referrer"), *headers):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def say_no(self, status, message):
        self.answer(status, {"error_code": status, "message": message})

    def body(self):
        return json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or b"{}")

    @property
    def cookie(self):
        return (self.headers.get("Cookie") or "").removeprefix("nrc_session=")

    @property
    def who(self):
        return STATE.sessions.get(self.cookie)

    @staticmethod
    def session(account):
        return {"account": account, "csrf": STATE.token, "expires_at": "2099-01-01T00:00:00Z", "zone": "Asia/Muscat", **SESSIONS[account]}

    def do_GET(self):
        url = urllib.parse.urlsplit(self.path)
        query = dict(urllib.parse.parse_qsl(url.query))
        if url.path == "/" or url.path.startswith("/page/"):
            return self.file(url.path)
        if STATE.fault == "away":
            self.close_connection = True
            return self.connection.shutdown(socket.SHUT_RDWR)
        if url.path == "/session":
            return self.answer(200, self.session(self.who)) if self.who else self.say_no(401, "sign in")
        if not self.who or STATE.fault == "expired":
            return self.say_no(401, "sign in")
        if url.path == "/stream":
            return self.stream()
        if STATE.fault == "busy":
            STATE.is_idle.wait(BUSY_S)
        found = STATE.world.get(urllib.parse.unquote(url.path), query, SESSIONS[self.who]["agency"])
        return self.answer(200, found) if found is not None else self.say_no(404, f"there is no {url.path[:100]}")

    def file(self, path):
        name = "index.html" if path == "/" else path.removeprefix("/page/")
        at = {"uplot.js": UPLOT / "uPlot.iife.min.js", "uplot.css": UPLOT / "uPlot.min.css"}.get(name, WWW / name)
        if ".." in name or not at.is_file():
            return self.say_no(404, "no such file")
        return self.answer(200, at.read_bytes(), TYPES[at.suffix])

    def stream(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        seen = None
        self.close_connection = True
        try:
            while STATE.fault in (None, "busy") and self.who:
                with STATE.moved:
                    if seen == STATE.cursor:
                        STATE.moved.wait(BUSY_S / 2 if STATE.fault == "busy" else 5)
                    STATE.cursor += STATE.fault == "busy"
                    now = STATE.cursor
                if now != seen:
                    data = json.dumps({name: str(now) for name in ("sources", "incidents", "quarantine")})
                    self.wfile.write(f"event: changed\ndata: {data}\n\n".encode())
                    seen = now
                else:
                    self.wfile.write(b": still here\n\n")
                self.wfile.flush()
        except OSError:
            pass  # the browser has gone

    def do_POST(self):
        body = self.body()
        if self.path == "/standin":  # the test's own door
            with STATE.moved:
                if "fault" in body:
                    STATE.fault = body["fault"]
                    (STATE.is_idle.clear if STATE.fault == "busy" else STATE.is_idle.set)()
                STATE.token = body.get("token", STATE.token)
                if "change" in body:
                    STATE.world.change(body["change"])
                STATE.cursor += 1
                STATE.moved.notify_all()
            return self.answer(200, {"done": STATE.done})
        if self.path == "/session":
            if body.get("account") in SESSIONS and body.get("secret") == "secret":
                cookie = secrets.token_hex(8)
                STATE.sessions[cookie], STATE.fault = body["account"], None
                return self.answer(200, self.session(body["account"]), headers=[
                    ("Set-Cookie", f"nrc_session={cookie}; HttpOnly; SameSite=Strict; Path=/")])
            return self.say_no(401, "the account or its secret is not right")
        if self.headers.get("X-NRC-CSRF") != STATE.token:
            return self.say_no(403, "the header X-NRC-CSRF is missing or not this session's")
        STATE.done.append([self.path, body])
        return self.answer(200, STATE.world.post(urllib.parse.unquote(self.path), body))

    def do_DELETE(self):
        STATE.sessions.pop(self.cookie, None)
        with STATE.moved:
            STATE.moved.notify_all()
        self.answer(204)


def main():
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 0
    server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
    server.daemon_threads = True
    server.handle_error = lambda *_: None  # a browser that goes away
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(f"http://127.0.0.1:{server.server_address[1]}", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
