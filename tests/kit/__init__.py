# SPDX-License-Identifier: Apache-2.0
"""The parts that the demo and the tests share: private servers, engines, streams, the reference model.

Every test, bench and demo imports this package, so the caller's variables are removed here: those of `ops/demo env` point
at another register, and libpq's at another server. The caller may set NRC_TEST_… only."""

import os

for _name in list(os.environ):
    if _name.startswith("PG") or (_name.startswith("NRC_") and not _name.startswith("NRC_TEST_")):
        del os.environ[_name]
