# SPDX-License-Identifier: Apache-2.0
"""What the demo and the tests start and compare: private servers, engines, streams, the reference model.

All of them come through here, so this is where a caller's own variables end: those that `ops/demo env` gave a shell point
at another register, and libpq's at another server. Only the tests' own, NRC_TEST_…, are the caller's to set."""

import os

for _name in list(os.environ):
    if _name.startswith("PG") or (_name.startswith("NRC_") and not _name.startswith("NRC_TEST_")):
        del os.environ[_name]
