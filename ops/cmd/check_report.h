/* SPDX-License-Identifier: Apache-2.0
 * ops/cmd/check_report.h - what nrc check found: lines for people, or one JSON object.
 *
 * Of as many refused events as the limit says every fault is told; of all, how many there are and which rules they failed. */
#ifndef OPS_CMD_CHECK_REPORT_H
#define OPS_CMD_CHECK_REPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/jsonw.h"
#include "schema/ruleset/checks.h"

struct ops_check_report {
    bool json;
    int64_t limit;
    uint64_t events; /* so far, with the one that is looked at: the caller counts */
    uint64_t refused;
    uint64_t tallies[SCH_MAX_CHECKED_RULES]; /* events that failed, by the checks' rules */
    struct buf lines;
    struct jsonw w;
};

void ops_check_report_begin(struct ops_check_report *report, bool json, int64_t limit);

/* The event cannot be decoded, or is no event. */
void ops_check_report_refused(struct ops_check_report *report, const struct err *fault);
/* What the rules said of it: none failed, some did, and it is refused or not. */
void ops_check_report_rules(struct ops_check_report *report, const struct sch_failures *failures);

/* checks: NULL when there are no rules. cut_short: events were left. Prints and ends the report. */
MUST_CHECK int ops_check_report_print(struct ops_check_report *report,
                                      const struct sch_checks *checks, bool cut_short,
                                      struct err *err);
void ops_check_report_fini(struct ops_check_report *report);

#endif
