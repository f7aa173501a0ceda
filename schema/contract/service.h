/* SPDX-License-Identifier: Apache-2.0
 * schema/contract/service.h - the service that a contract promises: how fast, how often, on which days, how long it is kept.
 *
 * Plain values of the contract that they are read from, and live as long (schema/contract/contract.h). Seconds are seconds of
 * working time: whoever judges lays them on the contract's calendar. */
#ifndef SCHEMA_CONTRACT_SERVICE_H
#define SCHEMA_CONTRACT_SERVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum sch_cadence {
    SCH_CADENCE_NONE = 0,   /* nothing is promised */
    SCH_CADENCE_CONTINUOUS, /* as it happens */
    SCH_CADENCE_MINUTES,    /* at least every n minutes of working time */
    SCH_CADENCE_DAYS,       /* once in each block of n days */
    SCH_CADENCE_DAILY,      /* each working day by minute_of_day */
    SCH_CADENCE_MONTHLY /* by minute_of_day of the n-th working day of each month; -1: the last */
};

enum sch_period { SCH_PERIOD_DAYS, SCH_PERIOD_MONTHS, SCH_PERIOD_YEARS };

/* Of one field, or of all that has no term of its own (PDP-1.2, 1.10). */
struct sch_retention {
    int32_t property; /* the index of a property; -1: the dataset */
    int32_t n;
    enum sch_period period; /* weeks are days */
};

/* Other hours from day to day, such as Ramadan's. Days are counted from 1970-01-01. */
struct sch_hours {
    int64_t first;
    int64_t last;  /* it too */
    int opens_min; /* minutes of the local day */
    int closes_min;
};

enum { SCH_MAX_HOURS = 100, SCH_MAX_RETENTIONS = 500 };

struct sch_service {
    int64_t latency_s; /* from the event, or from when it is due, to its arrival; 0: no limit */
    int64_t
        heartbeat_s; /* without a sign of life for this long a source is dead; 0: it sends none */
    enum sch_cadence cadence;
    int n;
    int minute_of_day; /* 1440: the end of the day */

    const char *zone; /* of the tz database; NULL: the Center's */
    unsigned week;    /* bit 0 is Sunday; 0: the Center's */
    int opens_min;
    int closes_min; /* 0: both are, the whole day */
    const struct sch_hours *hours;
    size_t hours_count;

    const struct sch_retention *retentions;
    size_t retention_count;
};

const char *sch_cadence_name(enum sch_cadence cadence); /* "none", "continuous" … */
const char *sch_period_name(enum sch_period period);    /* "days" … */

#endif
