/* SPDX-License-Identifier: Apache-2.0
 * ops/monitor/cadence.h - when data is expected, on a calendar; and how regularly it came.
 *
 * A slot is a span in which something is to arrive: it opens, it is due, and its limit is `latency` of working time behind
 * that. Minutes and hours of a cadence are working time; days are the calendar's, in blocks that begin on a Sunday. */
#ifndef OPS_MONITOR_CADENCE_H
#define OPS_MONITOR_CADENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"

struct ops_calendar;

enum ops_cadence_kind {
    OPS_CADENCE_CONTINUOUS, /* as it happens: no slots */
    OPS_CADENCE_MINUTES,    /* at least every n minutes of working time */
    OPS_CADENCE_DAYS,       /* once in each block of n days, by the end of its last working day */
    OPS_CADENCE_DAILY,      /* each working day by minute_of_day */
    OPS_CADENCE_MONTHLY     /* by minute_of_day of the n-th working day; -1: the last */
};

enum { OPS_CADENCE_MINUTES_MAX = 525600, OPS_CADENCE_DAYS_MAX = 366, OPS_SLOTS_MAX = 100000 };

struct ops_cadence {
    enum ops_cadence_kind kind;
    int n;
    int minute_of_day;
};

/* FATAL ERR_USAGE. */
MUST_CHECK int ops_cadence_check(const struct ops_cadence *cadence, struct err *err);

struct ops_slot {
    int64_t opens; /* what arrives behind it is the slot's */
    int64_t due;
    int64_t limit; /* late behind it */
};

/* The slots that are due from `from` until before `until`, in order; at most `most`. false: there are more. */
MUST_CHECK bool ops_cadence_slots(const struct ops_cadence *cadence,
                                  const struct ops_calendar *calendar, int64_t latency_s,
                                  int64_t from, int64_t until, struct ops_slot *out, size_t most,
                                  size_t *count);

/* The first slot that is due at `from` or later, within two years. false: there is none. */
bool ops_cadence_next(const struct ops_cadence *cadence, const struct ops_calendar *calendar,
                      int64_t latency_s, int64_t from, struct ops_slot *out);

/* How regularly it came (DSP-7.4.5: speed and regularity). */
struct ops_regularity {
    size_t slots;
    size_t met;
    int64_t
        longest_gap_s; /* of working time: between arrivals, before the first and behind the last */
    bool has_coefficient; /* three arrivals or more */
    double
        coefficient; /* of variation: the gaps' standard deviation by their mean; 0: as a clock */
};
/* arrivals: in order. From `from` until before `until`. */
void ops_regularity_of(const struct ops_calendar *calendar, const struct ops_slot *slots,
                       size_t slot_count, const int64_t *arrivals, size_t arrival_count,
                       int64_t from, int64_t until, struct ops_regularity *out);

#endif
