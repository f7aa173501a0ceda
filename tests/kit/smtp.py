# SPDX-License-Identifier: Apache-2.0
"""A mail server that does what a test says, well or badly, and remembers what came."""

import base64
import contextlib
import dataclasses
import email
import email.policy
import socket
import threading


@dataclasses.dataclass
class Mail:
    sender: str
    to: list
    data: bytes  # as it stood behind DATA, its dots taken off again
    is_tls: bool
    login: str | None

    @property
    def message(self):
        return email.message_from_bytes(self.data, policy=email.policy.default)

    @property
    def id(self):
        return self.message["Message-ID"]

    def part(self, subtype):
        return self.message.get_body((subtype,)).get_content()


class MailServer:
    """answers: a verb (EHLO, STARTTLS, AUTH, MAIL, RCPT, DATA, BODY, greeting) and what is said instead: a reply, "hang", "cut",
    or a function of the argument that returns one of these or None."""

    def __init__(self, context=None, starttls=True, implicit=False, login=None, answers=None):
        self.context, self.starttls, self.implicit, self.login = context, starttls and context is not None, implicit, login
        self.answers = answers or {}
        self.mails, self.commands, self.connections, self.open = [], [], 0, []
        self.ended = threading.Event()
        self.changed = threading.Condition()
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def url(self, host="127.0.0.1"):
        return f"smtp{'s' if self.implicit else ''}://{host}:{self.port}"

    def close(self):
        self.ended.set()
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for s in self.open:
            with contextlib.suppress(OSError):
                s.shutdown(socket.SHUT_RDWR)

    def wait(self, count, timeout=20, seen=lambda mail: True):
        """So many mails of this kind are there."""
        with self.changed:
            found = lambda: [m for m in self.mails if seen(m)]  # noqa: E731
            assert self.changed.wait_for(lambda: len(found()) >= count, timeout), (count, len(self.mails), self.commands[-20:])
            return found()

    def wait_for(self, verb, timeout=20):
        with self.changed:
            assert self.changed.wait_for(lambda: any(c.split(" ")[0] == verb for c in self.commands), timeout), self.commands

    def _accept(self):
        while not self.ended.is_set():
            try:
                s = self.listener.accept()[0]
            except OSError:
                return
            with self.changed:
                self.connections += 1
            threading.Thread(target=self._serve, args=(s,), daemon=True).start()

    def _serve(self, s):
        self.open.append(s)
        with contextlib.suppress(OSError, ConnectionError):
            if self.implicit:
                s = self.context.wrap_socket(s, server_side=True)
            Conversation(self, s, self.implicit).hold()
        s.close()


class Over(ConnectionError):
    """The server has hung up."""


class Conversation:
    def __init__(self, server, s, is_tls):
        self.server, self.s, self.is_tls = server, s, is_tls
        self.file = s.makefile("rb")
        self.login = self.sender = None
        self.to = []

    def say(self, *lines):
        self.s.sendall("".join(f"{line}\r\n" for line in lines).encode())

    def instead(self, verb, argument=""):
        """Whether the test's answer was given."""
        answer = self.server.answers.get(verb)
        answer = answer(argument) if callable(answer) else answer
        if answer == "hang":
            self.server.ended.wait()
            raise Over
        if answer == "cut":
            raise Over
        if answer is not None:
            self.say(answer)
        return answer is not None

    def line(self):
        line = self.file.readline(65536)
        if not line.endswith(b"\r\n"):
            raise Over
        return line[:-2]

    def heard(self, word):
        with self.server.changed:
            self.server.commands.append(word)
            self.server.changed.notify_all()

    def hold(self):
        self.heard("greeting")
        if self.instead("greeting"):
            return
        self.say("220 mail.center.example ESMTP")
        while True:
            line = self.line().decode()
            verb, _, argument = line.partition(" ")
            verb = verb.upper()
            self.heard(line if verb != "AUTH" else "AUTH " + argument.split(" ")[0])
            if not self.instead(verb, argument):
                getattr(self, f"on_{verb.lower()}", self.unknown)(argument)
            if verb == "QUIT":
                return

    def unknown(self, argument):
        self.say("502 not known")

    def on_quit(self, argument):
        self.say("221 bye")

    def on_ehlo(self, argument):
        offered = ["mail.center.example", "8BITMIME", "SIZE 10000000"]
        offered += ["STARTTLS"] if self.server.starttls and not self.is_tls else []
        offered += ["AUTH PLAIN"] if self.server.login else []
        self.say(*(f"250{' ' if word is offered[-1] else '-'}{word}" for word in offered))

    def on_starttls(self, argument):
        self.say("220 go on")
        self.s = self.server.context.wrap_socket(self.s, server_side=True)
        self.file = self.s.makefile("rb")
        self.is_tls = True

    def on_auth(self, argument):
        kind, _, given = argument.partition(" ")
        if not given:
            self.say("334 ")
            given = self.line().decode()
        _, user, password = base64.b64decode(given).decode().split("\0")
        if (user, password) == self.server.login:
            self.login = user
            self.say("235 2.7.0 welcome")
        else:
            self.say("535 5.7.8 wrong user or password")

    def on_mail(self, argument):
        if self.server.login and not self.login:
            self.say("530 5.7.0 log in first")
            return
        self.sender, self.to = argument.split("<")[1].split(">")[0], []
        self.say("250 2.1.0 ok")

    def on_rcpt(self, argument):
        self.to.append(argument.split("<")[1].split(">")[0])
        self.say("250 2.1.5 ok")

    def on_data(self, argument):
        self.say("354 go on")
        lines = []
        while (line := self.line()) != b".":
            assert len(line) <= 998
            lines.append(line.removeprefix(b"."))
        self.heard("BODY")
        if self.instead("BODY"):
            return
        mail = Mail(self.sender, self.to, b"\r\n".join(lines) + b"\r\n", self.is_tls, self.login)
        with self.server.changed:
            self.server.mails.append(mail)
            self.server.changed.notify_all()
        self.say("250 2.0.0 taken")
