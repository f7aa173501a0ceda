/* SPDX-License-Identifier: Apache-2.0
 * ops/monitor/freshness.h - is a source as fresh as its contract says, and if not, where is the fault?
 *
 * A pure judgement: of a contract's expectation, a calendar, what is known, and the present, which the caller gives. The same
 * facts give the same verdict, so a holiday that is announced afterwards takes a lateness back.
 *
 * Five silences are told apart: the source is quiet, or dead; the path from it is broken; the Center is slow; or the agency
 * has announced the stop. What is not known is never called fresh. Instants are seconds since 1970-01-01 UTC. */
#ifndef OPS_MONITOR_FRESHNESS_H
#define OPS_MONITOR_FRESHNESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ops/monitor/cadence.h"

struct ops_calendar;

enum ops_known { OPS_UNKNOWN, OPS_KNOWN_NO, OPS_KNOWN_YES };

/* An instant that may be unknown, or that never came. */
enum ops_when_kind { OPS_WHEN_UNKNOWN, OPS_WHEN_NEVER, OPS_WHEN_AT };
struct ops_when {
    enum ops_when_kind is;
    int64_t at;
};

struct ops_expectation {
    struct ops_cadence cadence;
    int64_t
        latency_s; /* working time from the event, or from when it is due, to the arrival; 0: no limit of one */
    int64_t
        heartbeat_s; /* working time without a heartbeat after which a source is dead; 0: it sends none */
    int64_t
        commit_s; /* seconds from the arrival to the commit: the Center's own promise; 0: latency_s */
    int64_t since; /* since when it is expected: the contract's begin */
    const struct ops_calendar *calendar;
};

/* A notice of stop (NRL-7). */
struct ops_outage {
    int64_t from;
    int64_t until;     /* OPS_NEVER_S: for good */
    int64_t announced; /* a window counts from its announcement on, at the earliest */
    int64_t caught_up; /* by when what was missed is to be here; 0: nothing was said */
};

struct ops_facts {
    struct ops_when event;   /* the newest event's own time */
    struct ops_when append;  /* the last arrival in the log */
    struct ops_when waiting; /* the arrival of the oldest event that is not committed */
    struct ops_when
        commit; /* the last progress of what reads it; stands in where `waiting` is unknown */
    struct ops_when heartbeat;   /* the last sign of life on the agency's control topic */
    enum ops_known is_behind;    /* the log has events that are not committed */
    enum ops_known is_reachable; /* the broker and the topic */
    struct ops_when counted;     /* when the agency said said_sent; unknown: it did not count */
    int64_t said_sent;           /* the first count that was not reached; else the newest */
    int64_t arrived;             /* of the same counting */
    const struct ops_outage *outages;
    size_t outage_count;
};

/* X(id, token, english, arabic) */
#define OPS_STATE_TABLE(X)                                                                         \
    X(OPS_STATE_UNKNOWN, "unknown", "unknown", "غير معروف")                                        \
    X(OPS_STATE_FRESH, "fresh", "fresh", "محدّث")                                                   \
    X(OPS_STATE_QUIET, "quiet", "quiet", "هادئ")                                                   \
    X(OPS_STATE_SUSPENDED, "suspended", "suspended", "معلّق")                                       \
    X(OPS_STATE_CATCHING_UP, "catching_up", "catching up", "يستدرك")                               \
    X(OPS_STATE_LATE, "late", "late", "متأخر")

/* X(id, token, english sentence, arabic sentence) */
#define OPS_REASON_TABLE(X)                                                                        \
    X(OPS_REASON_NO_FACTS, "no_facts", "It is not known when data last arrived.",                  \
      "لا يُعرف متى وصلت البيانات آخر مرة.")                                                        \
    X(OPS_REASON_CLOCK, "clock", "A clock is wrong: data arrived later than now.",                 \
      "إحدى الساعات خاطئة: وصلت البيانات في وقت لاحق للوقت الحالي.")                               \
    X(OPS_REASON_ON_TIME, "on_time", "Data arrives as expected.", "البيانات تصل كما هو متوقع.")    \
    X(OPS_REASON_AWAITED, "awaited", "Nothing arrived yet, and it is not late yet.",               \
      "لم يصل شيء بعد، ولم يحن الموعد بعد.")                                                       \
    X(OPS_REASON_QUIET_SOURCE, "quiet_source", "The source is alive and has sent nothing.",        \
      "المصدر يعمل ولم يرسل شيئًا.")                                                                \
    X(OPS_REASON_DEAD_SOURCE, "dead_source", "The source sends nothing, and no sign of life.",     \
      "المصدر لا يرسل بيانات ولا إشارة حياة.")                                                     \
    X(OPS_REASON_BROKEN_PATH, "broken_path",                                                       \
      "The way from the source is broken: what it sent did not arrive.",                           \
      "المسار من المصدر منقطع: ما أرسله لم يصل.")                                                  \
    X(OPS_REASON_SLOW_CENTER, "slow_center",                                                       \
      "Data has arrived, but the Center has not stored it.",                                       \
      "وصلت البيانات ولم يخزنها المركز بعد.")                                                      \
    X(OPS_REASON_OLD_EVENTS, "old_events", "Data arrives, but it is older than allowed.",          \
      "البيانات تصل، لكنها أقدم من المسموح.")                                                      \
    X(OPS_REASON_NO_CAUSE, "no_cause", "The source is silent; the cause is not known.",            \
      "المصدر صامت، والسبب غير معروف.")                                                            \
    X(OPS_REASON_DECLARED_OUTAGE, "declared_outage", "The agency has announced this stop.",        \
      "أعلنت الجهة عن هذا الإيقاف.")                                                               \
    X(OPS_REASON_CATCH_UP, "catch_up", "The announced stop is over; what was missed is awaited.",  \
      "انتهى الإيقاف المعلن، وما فات منتظر وصوله.")                                                \
    X(OPS_REASON_CATCH_UP_MISSED, "catch_up_missed",                                               \
      "The announced stop is over, and what was missed did not come in time.",                     \
      "انتهى الإيقاف المعلن، وما فات لم يصل في موعده.")

enum ops_state {
#define X(id, token, en, ar) id,
    OPS_STATE_TABLE(X)
#undef X
        OPS_STATE_COUNT
};
enum ops_reason {
#define X(id, token, en, ar) id,
    OPS_REASON_TABLE(X)
#undef X
        OPS_REASON_COUNT
};

enum { OPS_SENTENCE_SIZE = 400 };
struct ops_verdict {
    enum ops_state state;
    enum ops_reason reason;
    int64_t since; /* when this state began, as the facts have it */
    int64_t limit; /* silence is late behind it; OPS_NEVER_S: never */
    bool
        rests_on_estimate; /* an estimated holiday lies between the last arrival and now, or the limit */
    char english[OPS_SENTENCE_SIZE];
    char arabic[OPS_SENTENCE_SIZE];
};

void ops_freshness_judge(const struct ops_expectation *expectation, const struct ops_facts *facts,
                         int64_t now, struct ops_verdict *out);

const char *ops_state_token(enum ops_state state);
const char *ops_reason_token(enum ops_reason reason);

#endif
