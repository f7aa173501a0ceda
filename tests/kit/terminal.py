# SPDX-License-Identifier: Apache-2.0
"""Commands as a person at a terminal sees them."""

import os
import pty
import signal
import subprocess


class OnTerminal:
    """nrc with its standard error on a terminal."""

    def __init__(self, nrc, *args):
        self.terminal, other = pty.openpty()
        # A shell lets what it starts in the background ignore SIGINT, these tests too, and nrc would go on ignoring it.
        self.process = subprocess.Popen([str(nrc.program), *args], env=nrc.environment(), stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, stderr=other, start_new_session=True,
                                        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
        os.close(other)
        self.shown = ""

    def read(self, until=None):
        """What it shows, up to a word or its end."""
        while until is None or until not in self.shown:
            try:
                more = os.read(self.terminal, 65536)
            except OSError:  # the other side is closed
                return self.shown
            self.shown += more.decode(errors="replace")
        return self.shown

    def end(self):
        """Its exit code, standard output, and all that was shown."""
        self.read()
        out = self.process.stdout.read().decode()
        self.process.stdout.close()
        os.close(self.terminal)
        return self.process.wait(60), out, self.shown
