/* SPDX-License-Identifier: Apache-2.0
 * ops/monitor/status.h - what a source is now, in one word and one sentence: what waits in its partitions, its freshness, halts,
 * announced stops and open incidents taken together.
 *
 * A pure judgement. Each of these says what it makes of the source, and the worst word counts: so a halted position silences
 * the lateness that it explains. Instants are seconds since 1970-01-01 UTC. */
#ifndef OPS_MONITOR_STATUS_H
#define OPS_MONITOR_STATUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "ops/monitor/freshness.h"
#include "ops/monitor/lag.h"
#include "ops/monitor/partitions.h"
#include "ops/monitor/status_table.h"

struct zone;

enum ops_status_kind {
#define X(id, token, severity, en, ar) id,
    OPS_STATUS_TABLE(X)
#undef X
        OPS_STATUS_COUNT
};

struct ops_source_facts {
    const struct ops_partition *partitions;
    size_t count;
    int32_t topic_partitions;            /* 0: there is no such topic; -1: nobody knows */
    bool is_silent;                      /* no broker answered */
    int64_t last_arrival;                /* of a batch that took something; INT64_MIN: none */
    const struct ops_verdict *freshness; /* NULL: nothing is promised */
    int64_t outage_until; /* of the announced stop that is in force; OPS_NEVER_S: for good */
    const struct sto_watched_incident *incidents; /* open ones of all sources, the oldest first */
    size_t incident_count;
    int64_t now;
    const struct zone *zone; /* the Center's, for times in sentences */
};

enum { OPS_STATUS_SENTENCE_SIZE = 600 };
struct ops_status {
    enum ops_status_kind kind;
    int64_t since;      /* as the facts have it; INT64_MIN: now */
    struct ops_lag lag; /* of all partitions; events, where Kafka lost some: of the others */
    char english[OPS_STATUS_SENTENCE_SIZE];
    char arabic[OPS_STATUS_SENTENCE_SIZE];
    const char *what_to_do;
    const char *what_to_do_ar;
    const char *tell; /* the agency's coordinator */
    const char *tell_ar;
    const struct sto_watched_incident *cause; /* of the facts; NULL: none is known */
};

void ops_status_judge(const struct ops_source_facts *facts, struct ops_status *out);

const char *ops_status_token(enum ops_status_kind kind);
int ops_status_severity(enum ops_status_kind kind);

#endif
