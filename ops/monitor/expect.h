/* SPDX-License-Identifier: Apache-2.0
 * ops/monitor/expect.h - what a contract promises of a source's freshness, on its own calendar. */
#ifndef OPS_MONITOR_EXPECT_H
#define OPS_MONITOR_EXPECT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"
#include "ops/monitor/calendar.h"
#include "ops/monitor/freshness.h"

struct sch_service;

struct ops_expected {
    bool is_promised; /* else the rest is nothing: the contract says not how often data comes */
    struct ops_expectation expectation;
    struct ops_calendar *calendar; /* the expectation's */
};

/* days: public holidays. commit_s: the Center's own promise. FATAL ERR_USAGE: the contract's calendar is impossible; or
 * ERR_NO_MEMORY. */
MUST_CHECK int ops_expect(const struct sch_service *service, const struct ops_days *days,
                          size_t day_count, int64_t since, int64_t commit_s,
                          struct ops_expected *out, struct err *err);
void ops_expected_fini(struct ops_expected *expected);

#endif
