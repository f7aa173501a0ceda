/* SPDX-License-Identifier: Apache-2.0
 * ingest/kafka/probe.h - whether an offset of a topic partition can be read, and the next offset that can.
 *
 * It reads with a client of its own, without a group: the lane's client does not report enough
 * (ingest/stall.h), and a bad batch may break its connection. It does not look at the bytes of records.
 *
 * A fetch returns whole batches, so every offset within a bad batch fails. Steps of growing width find a
 * readable offset behind it, then bisection finds the first. Given several bad batches close together, then
 * good ones between them may be stepped over. Each offset is judged by what the broker answered
 * (ingest/kafka/reader.h): what takes too long ends the search, and is never called unreadable. Thread: the
 * caller's. */
#ifndef INGEST_KAFKA_PROBE_H
#define INGEST_KAFKA_PROBE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/conf.h"
#include "base/err.h"

enum ing_reading {
    ING_READS,      /* a record comes, or the log ends there */
    ING_UNREADABLE, /* its batch cannot be read */
    ING_FORBIDDEN,  /* the topic may not be read */
    ING_AWAY,       /* no broker answers for it */
    ING_NOT_TOLD    /* the caller's time was over */
};

struct ing_probe {
    const char *topic;
    int32_t partition;
    int64_t from;
    int64_t budget_ms; /* for all of it */
    bool (*goes_on)(
        void *arg); /* asked several times a second: false ends it; NULL: it always does */
    void *arg;
    bool finds_next; /* look for readable_from too */
};

struct ing_finding {
    enum ing_reading reading; /* of `from` */
    int64_t
        readable_from; /* ING_UNREADABLE: the first offset from which can be read; -1: not found */
    enum ing_reading search; /* how the search for it ended; ING_READS: it was found */
    int64_t unreadable_to;   /* the last offset that is known to be unreadable; -1: nothing was
                              * searched */
    char text[200];          /* what went wrong; "" when nothing did */
};

/* FATAL ERR_CONFIG, ERR_NO_MEMORY: it could not be asked. */
MUST_CHECK int ing_probe_run(const struct conf *conf, const struct ing_probe *probe,
                             struct ing_finding *finding, struct err *err);

#endif
