/* SPDX-License-Identifier: Apache-2.0
 * storage/report/quality.h - how good each source was in a period, in nine dimensions (NRL-10, DSP-7.4.5). ops/doc/quality.md
 * says what each counts. */
#ifndef STORAGE_REPORT_QUALITY_H
#define STORAGE_REPORT_QUALITY_H

#include <stdbool.h>

#include "base/attr.h"
#include "base/err.h"
#include "storage/report/report.h"

struct sto_conn;

struct sto_quality_filter {
    const char *dataset; /* its full name; NULL: every one that is not retired */
    const char *agency;  /* only what it answers for; NULL: all */
    const char *
        since; /* times as sto_given_time reads them; NULL: the last thirty days, today among them */
    const char *until;    /* NULL: now */
    const char *by;       /* total, or day: of one dataset; NULL: total */
    bool with_duplicates; /* count duplicates in the whole register, which may take long */
};

/* A row for each dataset and period: dataset, from, until, contract (the version; NULL: none), received, and the scores accuracy,
 * validity, consistency, timeliness, relevance, completeness, structure_fitness, source_credibility, flow_readiness (NULL: not
 * measured); then JSON: dimensions [{dimension, name_ar, score, state, broken, parts [{part, score, numerator, denominator, why,
 * detail}]}]. Usage errors name the option; FATAL ERR_NOT_FOUND: no such dataset. No row: it is another agency's. */
MUST_CHECK struct sto_grid *sto_quality(struct sto_conn *conn,
                                        const struct sto_quality_filter *filter, struct err *err);

/* The same, a row for each part: dataset, from, until, contract, received, dimension, name_ar, score, state, is_broken, part,
 * part_score, numerator, denominator, why, origin, versions, threshold, holds, uncertain, unit; of rules skipped, and
 * by_version, "1: 9 of 10, 2: 5 of 5", where there are several (NULL: not). */
MUST_CHECK struct sto_grid *
sto_quality_parts(struct sto_conn *conn, const struct sto_quality_filter *filter, struct err *err);

#endif
