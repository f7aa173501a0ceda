/* SPDX-License-Identifier: Apache-2.0
 * ops/monitor/alarm.h - a register that the monitor cannot write: it is told directly, for no incident can be.
 *
 * Once when it begins, and once when it is over; never once a turn. A full disk is told at once. A register that is away is told
 * when it has been for a minute: PostgreSQL may be started anew in less. What could not be told is tried again, a minute later.
 *
 * A plain value; it reads no clock. Thread: the monitor's. */
#ifndef OPS_MONITOR_ALARM_H
#define OPS_MONITOR_ALARM_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "ops/tell/told.h"

enum { OPS_ALARM_AFTER_S = 60, OPS_ALARM_AGAIN_S = 60 };

enum ops_outage_kind { OPS_OUTAGE_NONE, OPS_OUTAGE_AWAY, OPS_OUTAGE_FULL };

/* 0: it was told; texts are good for the call. Blocks for some seconds at most. NULL: nobody is to be told. */
typedef int ops_alarm_tell(void *arg, const struct ops_told *told, struct err *err);

/* Starts as {.tell = …}. */
struct ops_alarm {
    ops_alarm_tell *tell;
    void *arg;
    enum ops_outage_kind kind; /* what is now */
    enum ops_outage_kind
        told; /* of what it was told that it began; NONE: of nothing that is not over */
    int64_t began_s;
    int64_t tried_s; /* when it was last tried; 0: not yet */
    char why[ERR_TEXT_BYTES];
};

/* Whether the error is one of an outage. */
bool ops_alarm_heeds(const struct err *err);
/* A statement failed, or the register could not be reached. What is none of an outage is not heeded. */
void ops_alarm_failed(struct ops_alarm *alarm, const struct err *err, int64_t now_s);

/* What is over, for the record; kind: of incident, NULL: nothing is. */
struct ops_outage_over {
    const char *kind;
    int64_t began_s;
    char what[ERR_TEXT_BYTES + 100];
};
/* A turn ended well: everything was written. over->kind is NULL, too, of what nobody needs to know: it was away for a moment. */
void ops_alarm_ended(struct ops_alarm *alarm, int64_t now_s, struct ops_outage_over *over);

#endif
