# SPDX-License-Identifier: Apache-2.0
"""What ops/doc/completeness.md says of gaps and checksums, computed here by itself."""

import hashlib


def ranges(numbers):
    """Numbers as (from, to), in order."""
    found = []
    for n in sorted(numbers):
        if found and found[-1][1] == n - 1:
            found[-1] = (found[-1][0], n)
        else:
            found.append((n, n))
    return found


def checksum(keys):
    """Of the texts of keys."""
    total = sum(int.from_bytes(hashlib.sha256(key.encode()).digest(), "big") for key in set(keys))
    return f"{total % 2 ** 256:064x}"
