/* SPDX-License-Identifier: Apache-2.0
 * ops/monitor/lag.h - how far behind is a partition, is it getting worse, and how long has it left?
 *
 * A pure judgement of looks at one partition: its position in the register beside the ends of its log, at regular times. It
 * follows Burrow (a verdict over a window, no threshold of events), but looks at set times and not when a consumer commits, so
 * that a consumer that stopped is seen; and a backlog that grows is never OK because there was none an hour ago.
 *
 * A number and what is known of it belong together: unknown is never 0, and lost is never 0. Instants are seconds since
 * 1970-01-01 UTC by one clock, spans are seconds. */
#ifndef OPS_MONITOR_LAG_H
#define OPS_MONITOR_LAG_H

#include <stddef.h>
#include <stdint.h>

#include "ops/monitor/calendar.h"
#include "ops/monitor/freshness.h"

enum { OPS_LOOKS_MAX = 60 }; /* of a window; older ones are not heeded */

struct ops_look {
    int64_t at;
    int64_t position;  /* the next offset to take; -1: nobody has claimed the partition */
    int64_t log_start; /* -1, and log_end: unknown, the broker did not say */
    int64_t log_end;
};

/* X(id, token): the worse the further down */
#define OPS_LAG_VERDICT_TABLE(X)                                                                   \
    X(OPS_LAG_OK, "ok") /* nothing waits, or it gets less, or it is within the promise */          \
    X(OPS_LAG_UNKNOWN, "unknown") /* the log's end is not known, or there were too few looks */    \
    X(OPS_LAG_WARN, "warn")       /* behind, and not catching up */                                \
    X(OPS_LAG_STALL, "stall")     /* an engine has the partition, and does not move */             \
    X(OPS_LAG_STOP, "stop")     /* the position does not move, and no engine has the partition */  \
    X(OPS_LAG_REWIND, "rewind") /* the position went back */                                       \
    X(OPS_LAG_LOST, "lost")     /* the log no longer has what was to be taken next */

enum ops_lag_verdict {
#define X(id, token) id,
    OPS_LAG_VERDICT_TABLE(X)
#undef X
        OPS_LAG_VERDICT_COUNT
};

enum ops_lag_is { OPS_LAG_IS_KNOWN, OPS_LAG_IS_ESTIMATED, OPS_LAG_IS_UNKNOWN, OPS_LAG_IS_LOST };
enum ops_trend { OPS_TREND_UNKNOWN, OPS_TREND_SHRINKS, OPS_TREND_STEADY, OPS_TREND_GROWS };

struct ops_lag_facts {
    const struct ops_look *looks; /* the newest last */
    size_t count;
    enum ops_known has_owner; /* an engine has the partition */
    int64_t promise_s;        /* what is stored so soon is not behind */
    int64_t retention_s; /* how long the log keeps an event; OPS_NEVER_S: for ever; -1: unknown */
};

struct ops_lag {
    enum ops_lag_verdict verdict;
    enum ops_lag_is is; /* of `events` and `age_s` */
    int64_t
        events; /* not taken yet; of IS_LOST: those that the log does not have any more, -1: nobody can tell */
    int64_t age_s; /* of the oldest of them; of IS_ESTIMATED: at least */
    enum ops_trend trend;
    double change_per_s; /* of `events`, where there is a trend */
    int64_t catch_up_s;  /* until nothing waits, at this pace; OPS_NEVER_S: never; -1: unknown */
    int64_t
        headroom_s; /* until the log loses the oldest; OPS_NEVER_S: nothing waits, or the log loses nothing; -1: unknown */
};

void ops_lag_judge(const struct ops_lag_facts *facts, struct ops_lag *out);

/* A source is as bad as its worst partition: `all` begins as OPS_LAG_NONE. */
#define OPS_LAG_NONE                                                                               \
    ((struct ops_lag){.catch_up_s = 0, .headroom_s = OPS_NEVER_S, .is = OPS_LAG_IS_KNOWN})
void ops_lag_add(struct ops_lag *all, const struct ops_lag *one);

const char *ops_lag_verdict_token(enum ops_lag_verdict verdict);
const char *ops_lag_is_token(enum ops_lag_is is);
const char *ops_trend_token(enum ops_trend trend);

#endif
