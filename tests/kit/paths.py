# SPDX-License-Identifier: Apache-2.0
"""Where things are, and the one folder a run may use outside of build/."""

import os
import pathlib
import pwd
import secrets
import shutil
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / "build"
KAFKA_LIB = BUILD / "kafka-lib"
AVRO_LIB = BUILD / "avro-lib"  # one folder a version


def server_user():
    """The account PostgreSQL runs under: it refuses root."""
    return pwd.getpwnam("postgres") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())


def reachable(folder, uid):
    """Whether the account may pass through every folder on the way: a clone under a 0700 folder is not."""
    for part in [folder, *folder.parents]:
        status = part.stat()
        if not (status.st_mode & 0o001 or (status.st_uid == uid and status.st_mode & 0o100)):
            return False
    return True


MEMORY = pathlib.Path("/dev/shm")
MEMORY_BYTES = 1 << 30


def has_room(folder):
    return os.access(folder, os.W_OK | os.X_OK) and shutil.disk_usage(folder).free >= MEMORY_BYTES


class RunFolder:
    """A folder under $TMPDIR with a random name, short enough for sockets; removed by remove()."""

    def __init__(self, path=None, in_memory=False):
        """in_memory: under /dev/shm where that has room. Thousands of files that live for a second cost a disk's
        file system more than what is done with them."""
        self.path = pathlib.Path(path) if path else self._make(in_memory)

    @staticmethod
    def _make(in_memory):
        base = pathlib.Path(tempfile.gettempdir()).resolve()
        if in_memory and has_room(MEMORY):
            base = MEMORY
        # A socket's path must stay under 100 bytes.
        if len(str(base)) > 60 or not reachable(base, server_user().pw_uid):
            base = pathlib.Path("/tmp")
        path = base / f"nrc-{secrets.token_hex(4)}"
        path.mkdir(mode=0o711)
        path.chmod(0o711)
        return path

    def owned(self, name):
        """A sub-folder that belongs to the server's account, closed to others."""
        folder = self.path / name
        folder.mkdir(mode=0o700)
        if os.geteuid() == 0:
            account = server_user()
            os.chown(folder, account.pw_uid, account.pw_gid)
        return folder

    def remove(self):
        shutil.rmtree(self.path, ignore_errors=True)
