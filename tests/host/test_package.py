# SPDX-License-Identifier: Apache-2.0
"""The Debian package: what is in it, and that a clean Debian 12 takes it, runs a daemon of it, and is rid of it again."""

import email
import gzip
import os
import pathlib
import re
import stat
import subprocess

import pytest
from clean_root import copy, inside, make

from kit import paths

FULL = os.environ.get("NRC_TEST_FULL") == "1"
FILES = {
    "usr/bin/nrc": 0o755,
    "etc/nrc/nrc.conf": 0o644,
    "usr/lib/sysusers.d/nrc.conf": 0o644,
    "usr/lib/tmpfiles.d/nrc.conf": 0o644,
    "usr/share/man/man1/nrc.1.gz": 0o644,
    "usr/share/man/man5/nrc.conf.5.gz": 0o644,
    "usr/share/bash-completion/completions/nrc": 0o644,
    "usr/share/zsh/vendor-completions/_nrc": 0o644,
    "usr/share/doc/nrc/copyright": 0o644,
    "usr/share/doc/nrc/changelog.Debian.gz": 0o644,
    "usr/share/doc/nrc/runbook.md": 0o644,
    "DEBIAN/postinst": 0o755,
    "DEBIAN/prerm": 0o755,
    "DEBIAN/postrm": 0o755,
}


@pytest.mark.parametrize("name", FILES)
def test_it_has_each_file_with_its_mode(unpacked, name):
    assert stat.S_IMODE((unpacked / name).stat().st_mode) == FILES[name]


def test_all_belongs_to_root_and_nothing_else_is_in_it(package):
    listed = subprocess.run(["dpkg-deb", "-c", package], capture_output=True, text=True, check=True).stdout
    rows = [line.split() for line in listed.splitlines()]
    assert {row[1] for row in rows} == {"root/root"}
    below = ("./usr/lib/systemd/system/nrc-", "./usr/share/doc/nrc/")
    files = [row[5] for row in rows if not row[5].endswith("/")]
    assert [f for f in files if f.removeprefix("./") not in FILES and not f.startswith(below)] == []


def test_the_configuration_is_one_that_dpkg_keeps(unpacked):
    assert (unpacked / "DEBIAN" / "conffiles").read_text() == "/etc/nrc/nrc.conf\n"
    assert (unpacked / "etc/nrc/nrc.conf").read_bytes() == (paths.ROOT / "ops" / "nrc.conf").read_bytes()


def test_it_depends_on_each_library_it_loads(unpacked):
    control = email.message_from_string((unpacked / "DEBIAN" / "control").read_text())
    for library in ("librdkafka1", "libpq5", "libssl3", "libcurl4", "libyaml-0-2", "libavro", "libevent-2.1-7"):
        assert library in control["Depends"], library
    assert control["Package"] == "nrc" and control["Maintainer"] and "tzdata" in control["Depends"]


def test_the_version_is_one_everywhere(unpacked):
    control = email.message_from_string((unpacked / "DEBIAN" / "control").read_text())
    upstream = control["Version"].split("-")[0]
    said = subprocess.run([unpacked / "usr/bin/nrc", "--version"], capture_output=True, text=True, check=True).stdout
    newest = gzip.decompress((unpacked / "usr/share/doc/nrc/changelog.Debian.gz").read_bytes()).decode().split("\n")[0]
    assert said == f"nrc {upstream}\n"
    assert f"({control['Version']})" in newest


@pytest.mark.parametrize("script", ["postinst", "prerm", "postrm"])
def test_a_script_parses_and_is_silent_without_systemd(unpacked, script):
    text = (unpacked / "DEBIAN" / script).read_text()
    subprocess.run(["sh", "-n", unpacked / "DEBIAN" / script], check=True)
    assert "set -e" in text
    # Nothing starts a daemon that was not running: a policy of the host (policy-rc.d) is asked by deb-systemd-invoke.
    assert not re.search(r"systemctl[^\n]* (start|restart|stop|enable) ", text)


def test_every_unit_has_its_account_and_its_folder(unpacked):
    users = (unpacked / "usr/lib/sysusers.d/nrc.conf").read_text()
    folders = (unpacked / "usr/lib/tmpfiles.d/nrc.conf").read_text()
    for unit in (unpacked / "usr/lib/systemd/system").iterdir():
        text = unit.read_text()
        user = re.search(r"^User=(\S+)", text, re.M)[1]
        folder = re.search(r"^LoadCredential=nrc:(\S+)", text, re.M)[1]
        assert re.search(rf"^u {user} ", users, re.M)
        assert re.search(rf"^d {folder} 0700 root root", folders, re.M)


# -- a clean root

def in_a_clean_debian(package, folder):
    """Installed, a daemon run, upgraded, removed, purged. Root is needed, as for any installation."""
    root = copy(make(), folder / "root")
    before = files_of(root)
    (root / "nrc.deb").write_bytes(package.read_bytes())
    inside(root, "apt-get", "-q", "-y", "install", "--no-install-recommends", "/nrc.deb")
    check_installed(root)
    check_daemon(root, folder)
    changed = root / "etc/nrc/nrc.conf"
    changed.write_text(changed.read_text() + "# the Center's own\n")
    inside(root, "dpkg", "-i", "/nrc.deb")  # again, as an upgrade does
    assert changed.read_text().endswith("# the Center's own\n")
    inside(root, "dpkg", "-r", "nrc")
    assert changed.exists() and not (root / "usr/bin/nrc").exists()
    inside(root, "dpkg", "-P", "nrc")
    assert not (root / "etc/nrc").exists()
    left = {name for name in files_of(root) - before if "nrc" in name}
    assert left <= {"nrc.deb"}, left


def files_of(root):
    return {str(p.relative_to(root)) for folder in ("etc", "usr/bin", "usr/lib/systemd", "usr/share/doc") for p in (root / folder).rglob("*")}


def check_installed(root):
    assert inside(root, "nrc", "--version").stdout.startswith("nrc ")
    for daemon in ("ingest", "registry", "relay", "monitor"):
        assert inside(root, "id", "-nG", f"nrc-{daemon}").stdout.split() == [f"nrc-{daemon}", "nrc"]
        assert inside(root, "stat", "-c", "%U %a", f"/etc/nrc/credentials/{daemon}").stdout == "root 700\n"
    assert inside(root, "stat", "-c", "%U:%G %a", "/etc/nrc/nrc.conf").stdout == "root:nrc 640\n"
    assert inside(root, "stat", "-c", "%U:%G %a", "/etc/nrc/tls").stdout == "root:nrc-registry 750\n"


def check_daemon(root, tmp_path):
    """The relay, as its account, with the manager's part played here: the register is away, and it is ready all the same."""
    import socket

    manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    manager.bind(str(root / "run" / "notify"))
    os.chmod(root / "run" / "notify", 0o777)
    manager.settimeout(60)
    credentials = root / "run" / "credentials"
    credentials.mkdir()
    (credentials / "nrc_register.dsn").write_text("host=127.0.0.1 port=1 dbname=register password=from-the-manager\n")
    log = open(tmp_path / "relay.log", "wb")
    child = subprocess.Popen(["chroot", "--userspec=nrc-relay:nrc", root, "/usr/bin/nrc", "relay"], stdout=log, stderr=log,
                             env={"NOTIFY_SOCKET": "/run/notify", "WATCHDOG_USEC": "2000000", "NRC_CONFIG": "/etc/nrc/nrc.conf",
                                  "CREDENTIALS_DIRECTORY": "/run/credentials", "PATH": "/usr/sbin:/usr/bin"})
    try:
        heard = [manager.recv(100) for _ in range(2)]
        assert heard == [b"READY=1", b"WATCHDOG=1"], (tmp_path / "relay.log").read_text()
        child.terminate()
        while (said := manager.recv(100)) == b"WATCHDOG=1":
            pass
        assert said == b"STOPPING=1"
        assert child.wait(60) == 0
    finally:
        child.kill()
        child.wait()
    assert "from-the-manager" not in (tmp_path / "relay.log").read_text()


if FULL:  # a minute, and the network the first time

    def test_a_clean_debian_takes_it_and_is_rid_of_it(package, tmp_path):
        in_a_clean_debian(package, tmp_path)
