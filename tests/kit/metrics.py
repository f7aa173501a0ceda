# SPDX-License-Identifier: Apache-2.0
"""What daemons tell Prometheus, read by tools that are not ours: promtool, and prometheus_client's parser."""

import http.client
import re
import subprocess

from prometheus_client import parser

from kit import paths, process

PROMTOOL = paths.BUILD / "promtool" / "promtool"
PAGE = paths.ROOT / "ops" / "doc" / "metrics.md"


def table():
    """{name: (kind, unit, daemons)}, as ops/doc/metrics.md has it."""
    rows = re.findall(r"^\| `(\w+)` \| (\w+) \| ([\w-]*) \| ([\w, ]+) \| .* \|$", PAGE.read_text(encoding="utf-8"), re.M)
    found = {name: (kind, unit, set(daemons.split(", "))) for name, kind, unit, daemons in rows}
    assert len(found) > 50 and len(found) == len(rows)
    return found


def promtool(*args, text=None):
    """What it complains of."""
    done = subprocess.run([PROMTOOL, *args], input=text, capture_output=True, text=True, timeout=60)
    output = (done.stdout + done.stderr).strip()
    assert done.returncode == 0, output
    return output


class Scrape:
    """One answer of /metrics."""

    def __init__(self, text):
        self.text = text
        self.families = list(parser.text_string_to_metric_families(text))

    def values(self, name, **labels):
        """Of the samples of that name that have at least these labels."""
        return [s.value for f in self.families for s in f.samples
                if s.name == name and labels.items() <= s.labels.items()]

    def value(self, name, **labels):
        (value,) = self.values(name, **labels)
        return value


class Probes:
    """Where a daemon listens for probes: its log says at which port."""

    def __init__(self, node, port=None):
        self.port = port or int(process.wait_until(lambda: node.log_lines("probes"), 60, "it listens")[-1]["port"])

    def get(self, path):
        """Status and text."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def scrape(self):
        status, text = self.get("/metrics")
        assert status == 200, text
        return Scrape(text)

    def ready(self):
        return self.get("/readyz") == (200, "ready\n")

    def wait_ready(self, timeout=60):
        process.wait_until(self.ready, timeout, f"ready: {self.get('/readyz')[1]}")

    def wait_unready(self, why, timeout=60):
        """Until one of the reasons has these words."""
        def says_so():
            status, text = self.get("/readyz")
            return status == 503 and any(line.startswith("not ready: ") and why in line for line in text.splitlines())
        process.wait_until(says_so, timeout, f"not ready, as {why!r}: {self.get('/readyz')}")
