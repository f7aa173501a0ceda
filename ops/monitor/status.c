/* SPDX-License-Identifier: Apache-2.0
 * ops/monitor/status.c - see the header. The word, its cause and what is to be done; its sentence is
 * status_sentence.c's. */
#include "ops/monitor/status.h"

#include <string.h>

#include "ops/monitor/status_priv.h"

/* ---- the word ---- */

static bool is_state(const struct ops_partition *p, const char *state)
{
    return p->position != NULL && strcmp(p->position->state, state) == 0;
}

static void count_one(struct status_judging *j, const struct ops_partition *p)
{
    struct status_counts *n = &j->n;
    n->paused += is_state(p, "paused");
    if (is_state(p, "halted")) {
        n->halted++;
        n->halt_reason = n->halt_reason != NULL ? n->halt_reason : p->position->halt_reason;
    }
    n->unknown += p->lag.is == OPS_LAG_IS_UNKNOWN;
    n->young += p->lag.is != OPS_LAG_IS_UNKNOWN && p->lag.verdict == OPS_LAG_UNKNOWN;
    if (p->lag.is == OPS_LAG_IS_LOST) {
        n->lost = n->lost < 0 || p->lag.events < 0 ? -1 : n->lost + p->lag.events;
    } else if (p->lag.events > 0) {
        const int64_t since = j->f->now - p->lag.age_s;
        n->waits += p->lag.events;
        n->oldest = since < n->oldest ? since : n->oldest;
    }
}

/* What is halted or paused is said by that word: its lag judges nobody. */
static bool is_held(const struct ops_partition *p)
{
    return is_state(p, "halted") || is_state(p, "paused");
}

static void add_lag(struct ops_lag *all, const struct ops_partition *p)
{
    struct ops_lag one = p->lag;
    if (one.is == OPS_LAG_IS_LOST) {
        one.events = 0;
        one.age_s = 0;
        one.catch_up_s = 0;
    }
    ops_lag_add(all, &one);
}

static void worse(struct status_judging *j, enum ops_status_kind kind, int64_t since)
{
    if (kind > j->out->kind || (kind == j->out->kind && j->out->since == INT64_MIN)) {
        j->out->kind = kind;
        j->out->since = since;
    }
}

static void judge_held(struct status_judging *j)
{
    if (j->n.halted > 0) {
        worse(j, OPS_STATUS_HALTED, INT64_MIN);
    }
    if (j->n.paused > 0) {
        worse(j, OPS_STATUS_PAUSED, INT64_MIN);
    }
}

static void judge_lag(struct status_judging *j)
{
    static const enum ops_status_kind kinds[] = {
        [OPS_LAG_OK] = OPS_STATUS_OK,        [OPS_LAG_UNKNOWN] = OPS_STATUS_UNKNOWN,
        [OPS_LAG_WARN] = OPS_STATUS_BEHIND,  [OPS_LAG_STALL] = OPS_STATUS_STALLED,
        [OPS_LAG_STOP] = OPS_STATUS_STOPPED, [OPS_LAG_REWIND] = OPS_STATUS_REWOUND,
        [OPS_LAG_LOST] = OPS_STATUS_LOST,
    };
    const bool waits = j->n.waits > 0 && j->n.oldest != OPS_NEVER_S;
    for (size_t i = 0; i < j->f->count; i++) {
        const struct ops_partition *p = &j->f->partitions[i];
        const enum ops_lag_verdict v = is_held(p) ? OPS_LAG_OK : p->lag.verdict;
        const bool by_age = v == OPS_LAG_WARN || v == OPS_LAG_STALL || v == OPS_LAG_STOP;
        worse(j, kinds[v], by_age && waits ? j->n.oldest : INT64_MIN);
        if (v == OPS_LAG_OK && p->lag.trend == OPS_TREND_SHRINKS &&
            p->lag.catch_up_s != OPS_NEVER_S && p->lag.catch_up_s > STATUS_BUSY_S) {
            worse(j, OPS_STATUS_CATCHING_UP, j->n.oldest);
        }
    }
    if (j->f->count == 0) {
        worse(j, OPS_STATUS_UNKNOWN, INT64_MIN);
    }
}

static void judge_freshness(struct status_judging *j)
{
    static const enum ops_status_kind kinds[] = {
        [OPS_STATE_UNKNOWN] = OPS_STATUS_UNKNOWN,
        [OPS_STATE_FRESH] = OPS_STATUS_OK,
        [OPS_STATE_QUIET] = OPS_STATUS_QUIET,
        [OPS_STATE_SUSPENDED] = OPS_STATUS_SUSPENDED,
        [OPS_STATE_CATCHING_UP] = OPS_STATUS_CATCHING_UP,
        [OPS_STATE_LATE] = OPS_STATUS_LATE,
    };
    const struct ops_verdict *v = j->f->freshness;
    if (v != NULL && v->reason == OPS_REASON_SLOW_CENTER) {
        worse(j, OPS_STATUS_BEHIND, v->since);
    } else if (v != NULL) {
        worse(j, kinds[v->state], v->since);
    } else if (j->f->outage_until > j->f->now) {
        worse(j, OPS_STATUS_SUSPENDED, INT64_MIN);
    }
}

/* ---- the cause ---- */

/* "a-0" is a lane of the engine "a". */
static bool is_lane_of(const char *owner, const char *engine)
{
    const size_t len = strlen(engine);
    return strncmp(owner, engine, len) == 0 && owner[len] == '-' && owner[len + 1] != '\0' &&
           strspn(owner + len + 1, "0123456789") == strlen(owner + len + 1);
}

static bool concerns(const struct sto_watched_incident *i, const struct ops_source_facts *f)
{
    for (size_t n = 0; n < f->count; n++) {
        const struct sto_watched_position *p = f->partitions[n].position;
        if (i->dataset_id != 0 ? i->dataset_id == f->partitions[n].dataset_id
            : p == NULL        ? false
            : i->position_id != 0
                ? i->position_id == p->id
                : i->engine != NULL && p->owner != NULL && is_lane_of(p->owner, i->engine)) {
            return true;
        }
    }
    return false;
}

static const struct sto_watched_incident *cause_of(const struct status_judging *j)
{
    for (size_t i = 0; j->out->kind >= OPS_STATUS_UNKNOWN && i < j->f->incident_count; i++) {
        if (concerns(&j->f->incidents[i], j->f)) {
            return &j->f->incidents[i];
        }
    }
    return NULL;
}

/* ---- what to do ---- */

static void advise(struct status_judging *j)
{
    static const struct {
        const char *todo, *todo_ar;
    } of_kind[] = {
#define X(id, token, severity, en, ar) [id] = {(en), (ar)},
        OPS_STATUS_TABLE(X)
#undef X
    };
    static const struct {
        const char *todo, *todo_ar, *tell, *tell_ar;
    } of_reason[OPS_REASON_COUNT] = {
#define X(id, en, ar, tell_en, tell_ar) [id] = {(en), (ar), (tell_en), (tell_ar)},
        OPS_LATE_TABLE(X)
#undef X
    };
    struct ops_status *out = j->out;
    out->what_to_do = of_kind[out->kind].todo;
    out->what_to_do_ar = of_kind[out->kind].todo_ar;
    out->tell = OPS_TELL_NOTHING;
    out->tell_ar = OPS_TELL_NOTHING_AR;
    if (out->kind == OPS_STATUS_LATE && of_reason[j->f->freshness->reason].todo != NULL) {
        out->what_to_do = of_reason[j->f->freshness->reason].todo;
        out->what_to_do_ar = of_reason[j->f->freshness->reason].todo_ar;
        out->tell = of_reason[j->f->freshness->reason].tell;
        out->tell_ar = of_reason[j->f->freshness->reason].tell_ar;
    }
}

void ops_status_judge(const struct ops_source_facts *facts, struct ops_status *out)
{
    struct status_judging j = {.f = facts, .n = {.oldest = OPS_NEVER_S}, .out = out};
    *out = (struct ops_status){.since = INT64_MIN, .lag = OPS_LAG_NONE};
    for (size_t i = 0; i < facts->count; i++) {
        count_one(&j, &facts->partitions[i]);
        add_lag(&out->lag, &facts->partitions[i]);
    }
    judge_held(&j);
    judge_lag(&j);
    judge_freshness(&j);
    out->cause = cause_of(&j);
    status_explain(&j);
    advise(&j);
}

/* ---- words ---- */

const char *ops_status_token(enum ops_status_kind kind)
{
    static const char *const tokens[] = {
#define X(id, token, severity, en, ar) [id] = (token),
        OPS_STATUS_TABLE(X)
#undef X
    };
    return tokens[kind];
}

int ops_status_severity(enum ops_status_kind kind)
{
    static const int severities[] = {
#define X(id, token, severity, en, ar) [id] = (severity),
        OPS_STATUS_TABLE(X)
#undef X
    };
    return severities[kind];
}
