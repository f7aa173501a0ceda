/* SPDX-License-Identifier: Apache-2.0
 * ingest/kafka/probe.h - whether an offset of a topic partition can be read, and where what can be read begins
 * again.
 *
 * A reader of its own, without a group, asks: what the lane's client says of a partition is not enough
 * (ingest/stall.h), and its connection may be the one that a batch breaks. Bytes of records are looked at by
 * nobody.
 *
 * A fetch brings whole batches, so that every offset within a bad one fails: steps of growing width find one
 * behind it, then halves find the first. Of several bad batches close to each other, good ones between them
 * may be stepped over. Thread: the caller's. */
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
    ING_NOT_TOLD    /* the caller had no time */
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
    char text[200];    /* what went wrong; "" when nothing did */
};

/* FATAL ERR_CONFIG, ERR_NO_MEMORY: it could not be asked. */
MUST_CHECK int ing_probe_run(const struct conf *conf, const struct ing_probe *probe,
                             struct ing_finding *finding, struct err *err);

#endif
