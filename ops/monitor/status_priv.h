/* SPDX-License-Identifier: Apache-2.0
 * ops/monitor/status_priv.h - what status.c has found, for the sentence of status_sentence.c. */
#ifndef OPS_MONITOR_STATUS_PRIV_H
#define OPS_MONITOR_STATUS_PRIV_H

#include "ops/monitor/status.h"

enum { STATUS_BUSY_S = 600 /* a source of which something came so lately is not silent */ };

/* What the partitions are, counted. */
struct status_counts {
    size_t halted;
    size_t paused;
    size_t unknown; /* the broker did not say where their logs end */
    size_t young;   /* there were too few looks */
    int64_t waits;  /* events, of those that are known */
    int64_t oldest; /* since when the oldest of them waits; OPS_NEVER_S: not known */
    int64_t lost;   /* events that Kafka deleted; -1: some, and nobody can tell how many */
    const char *halt_reason;
};

struct status_judging {
    const struct ops_source_facts *f;
    struct status_counts n;
    struct ops_status *out;
};

/* Fills english and arabic by kind. */
void status_explain(struct status_judging *j);

#endif
