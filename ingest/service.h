/* SPDX-License-Identifier: Apache-2.0
 * ingest/service.h - `nrc ingest`: the process around the lanes.
 *
 * One thread a lane (ingest/engine.h), one that watches the catalogue, and the caller's, which
 * waits for a signal to end, notices a lane that no longer turns, and logs what was done. */
#ifndef INGEST_SERVICE_H
#define INGEST_SERVICE_H

#include "base/attr.h"
#include "base/conf.h"
#include "base/err.h"

/* After signals_block. Returns 0 when one of those signals has come and every lane has drained; -1 when
 * a lane met something FATAL. */
MUST_CHECK int ing_service_run(const struct conf *conf, struct err *err);

#endif
