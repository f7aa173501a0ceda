# SPDX-License-Identifier: Apache-2.0
"""What a host gets: the package of the release, as `cmake --build build/release --target deb` makes it."""

import pathlib
import subprocess
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from kit import paths

PACKAGE = paths.BUILD / "release" / "package"


@pytest.fixture(scope="session")
def package():
    found = sorted(PACKAGE.glob("nrc_*.deb"))
    assert len(found) == 1, found
    return found[0]


@pytest.fixture(scope="session")
def unpacked(package, tmp_path_factory):
    """The package's files, and its control files under DEBIAN."""
    folder = tmp_path_factory.mktemp("package")
    subprocess.run(["dpkg-deb", "--raw-extract", package, folder], check=True)
    return folder
