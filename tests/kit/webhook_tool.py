# SPDX-License-Identifier: Apache-2.0
"""webhook_tool as an object: it sends what it is told, and says what became of it."""

import json
import os
import subprocess
import time

from kit import engine, paths

TOOL = paths.BUILD / os.environ.get("NRC_TEST_PRESET", "asan") / "tests" / "webhook_tool"
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


class Sender:
    def __init__(self, allow="127.0.0.1", timeout_ms=20000, max_in_flight=64, ca=None, environment=()):
        words = [str(TOOL), allow, str(timeout_ms), str(max_in_flight), *([str(ca)] if ca else [])]
        self.process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                        text=True, env={**os.environ, **engine.SANITIZERS, **dict(environment)})

    def tell(self, *words):
        self.process.stdin.write("\t".join(map(str, words)) + "\n")
        self.process.stdin.flush()

    def resolve(self, name, *addresses):
        self.tell("resolve", name, ",".join(addresses))

    def send(self, *urls, secrets=(SECRET,), body="{}", message="msg_1", timestamp=None):
        """The results in the order in which they came, one for each URL: its tag."""
        for url in urls:
            self.tell("send", url, message, timestamp or int(time.time()), url, ",".join(secrets), body)
        self.tell("wait")
        return [json.loads(self.process.stdout.readline()) for _ in urls]

    def one(self, url, **more):
        return self.send(url, **more)[0]

    def json(self, url, body):
        self.tell("json", url, url, body)
        self.tell("wait")
        return json.loads(self.process.stdout.readline())

    def mail(self, server, path, sender="nrc@center.example", to="duty@center.example"):
        self.tell("mail", to, server, sender, to, path)
        self.tell("wait")
        return json.loads(self.process.stdout.readline())

    def end(self):
        """A sanitizer's report is a failure."""
        out, said = self.process.communicate(timeout=60)
        assert self.process.returncode == 0 and not said, said[-3000:]
        return out
