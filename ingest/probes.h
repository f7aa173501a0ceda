/* SPDX-License-Identifier: Apache-2.0
 * ingest/probes.h - what the engine answers to probes (base/http/probe.h), from what its lanes have published. */
#ifndef INGEST_PROBES_H
#define INGEST_PROBES_H

#include <stdatomic.h>
#include <stdint.h>

#include "base/conf.h"
#include "base/http/probe.h"
#include "ingest/feed.h"
#include "ingest/lane.h"

struct ing_probes {
    struct http_probe probe;
    const struct conf *conf;
    const struct ing_feed *feed;
    const struct ing_lane *lanes;
    int lane_count;
    _Atomic int64_t watched_ms; /* the thread that watches the lanes writes it */
};

/* Everything borrowed until ing_probes_stop. No listen: nothing is started. FATAL ERR_CONFIG, ERR_IO. */
MUST_CHECK int ing_probes_start(struct ing_probes *probes, struct err *err);
void ing_probes_stop(struct ing_probes *probes);

/* Of all lanes, added up. */
uint64_t ing_probes_total(const struct ing_probes *probes, enum metric m);

#endif
