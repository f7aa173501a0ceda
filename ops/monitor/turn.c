/* SPDX-License-Identifier: Apache-2.0
 * ops/monitor/turn.c - one turn of `nrc monitor`: what is promised, what is known, the verdict, and what comes of it.
 *
 * A source whose contract cannot be read, or whose verdict cannot be recorded, is logged and hides no other. */
#include "ops/monitor/turn_priv.h"

#include <stdlib.h>
#include <sys/statvfs.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/jsonw.h"
#include "base/log.h"
#include "base/notify.h"
#include "ops/monitor/expect.h"
#include "ops/monitor/logs.h"
#include "ops/monitor/probes.h"
#include "ops/monitor/series.h"
#include "ops/monitor/sources.h"
#include "ops/monitor/statements.h"
#include "schema/contract/contract.h"
#include "storage/conn/conn.h"
#include "storage/quality/control.h"
#include "storage/quality/look.h"
#include "storage/quality/outside.h"
#include "storage/quality/problems.h"
#include "storage/quality/reference.h"
#include "storage/quality/sequence.h"
#include "storage/quality/watch.h"

/* ---- one source ---- */

/* What the turn knows of all sources. */
struct turn {
    struct ops_monitor *m;
    const struct sto_watch *watch;
    struct ops_days *days;
    struct ops_outage *outages;   /* room for all stops */
    struct ops_verdict *verdicts; /* beside the watch's datasets */
    bool *is_judged; /* likewise: the contract promises something, and it could be judged */
    struct ops_series series;
    int64_t now_s;
};

static struct ops_when when(int64_t instant, enum ops_when_kind otherwise)
{
    return instant != STO_NO_INSTANT ? (struct ops_when){OPS_WHEN_AT, instant}
                                     : (struct ops_when){otherwise, 0};
}

static size_t outages_of(const struct turn *t, int32_t dataset_id)
{
    size_t count = 0;
    for (size_t i = 0; i < t->watch->stop_count; i++) {
        const struct sto_watched_stop *s = &t->watch->stops[i];
        if (s->dataset_id == dataset_id) {
            t->outages[count++] = (struct ops_outage){
                .from = s->starts_s, .until = s->ends_s, .announced = s->announced_s};
        }
    }
    return count;
}

/* Of a trial nothing is recorded, so nothing is known. */
static int life_of(const struct turn *t, const struct sto_watched *d, struct ops_facts *facts,
                   struct err *err)
{
    struct sto_life life;
    if (t->m->at != INT64_MIN) {
        return 0;
    }
    int64_t ends = ops_logs_control_end(t->m->logs, d->agency);
    if (sto_watch_life(t->m->conn, d->dataset_id, d->agency, ends, &life, err) < 0) {
        return -1;
    }
    facts->heartbeat = when(life.seen_s, OPS_WHEN_UNKNOWN);
    facts->counted = when(life.said_s, OPS_WHEN_UNKNOWN);
    facts->said_sent = life.said;
    facts->arrived = life.arrived;
    return 0;
}

static int record(const struct turn *t, const struct sto_watched *d, const struct ops_verdict *v,
                  struct err *err)
{
    const struct ops_finding finding = {d->dataset, d->appended_s, v};
    const struct sto_freshness row = {.dataset_id = d->dataset_id,
                                      .state = ops_state_token(v->state),
                                      .reason = ops_reason_token(v->reason),
                                      .since_s = v->since,
                                      .limit_s = v->limit,
                                      .last_arrival_s = d->appended_s,
                                      .rests_on_estimate = v->rests_on_estimate,
                                      .sentence = v->english,
                                      .sentence_ar = v->arabic};
    if (t->m->tell != NULL) {
        t->m->tell(t->m->arg, &finding);
    }
    return t->m->at != INT64_MIN ? 0 : sto_watch_record(t->m->conn, &row, err);
}

static int judge(struct turn *t, const struct sto_watched *d, const struct ops_expected *expected,
                 struct err *err)
{
    const size_t index = (size_t)(d - t->watch->datasets);
    struct ops_facts facts = {.append = when(d->appended_s, OPS_WHEN_NEVER),
                              .event = when(d->newest_s, OPS_WHEN_UNKNOWN),
                              .outages = t->outages,
                              .outage_count = outages_of(t, d->dataset_id)};
    ops_logs_facts(t->m->logs, t->watch, index, t->now_s, &facts);
    if (life_of(t, d, &facts, err) < 0) {
        return -1;
    }
    ops_freshness_judge(&expected->expectation, &facts, t->now_s, &t->verdicts[index]);
    t->is_judged[index] = true;
    ops_series_judged(&t->series, t->watch, index, &facts, &t->verdicts[index]);
    return record(t, d, &t->verdicts[index], err);
}

static int watch_dataset(struct turn *t, const struct sto_watched *d, struct err *err)
{
    struct ops_expected expected = {0};
    if (d->contract == NULL) {
        return 0;
    }
    const struct sch_contract *contract =
        ops_contracts_get(&t->m->contracts, d->dataset_id, d->contract, err);
    int rc = contract == NULL
                 ? -1
                 : ops_expect(&contract->service, t->days, t->watch->holiday_count, d->since_s,
                              t->m->conf->monitor.commit_ms / 1000, &expected, err);
    if (rc == 0 && expected.is_promised) {
        rc = judge(t, d, &expected, err);
    }
    ops_expected_fini(&expected);
    return rc;
}

/* ---- a turn ---- */

/* The turn goes on. A full disk may refuse one statement, and take the next. */
static void part_failed(struct ops_monitor *m, struct err *err)
{
    m->has_trouble = m->has_trouble || ops_alarm_heeds(err);
    ops_alarm_failed(&m->alarm, err, clock_wall_s());
    ops_monitor_probes_part_failed(m->probes);
    err_reset(err);
}

static int tend_problems(struct sto_conn *conn, struct err *err)
{
    int found;
    return sto_problems_turn(conn, &found, err);
}

static int watch_all(struct turn *t, struct err *err)
{
    for (size_t i = 0; i < t->watch->dataset_count; i++) {
        const struct sto_watched *d = &t->watch->datasets[i];
        notify_alive(clock_mono_ms());
        if (watch_dataset(t, d, err) == 0) {
            continue;
        }
        if (!sto_conn_usable(t->m->conn)) {
            return -1;
        }
        log_warn("source_not_judged", LOG_STR("dataset", d->dataset), LOG_ERR(err));
        part_failed(t->m, err);
    }
    return 0;
}

/* The first look since the lock is ours goes on where a former process was. */
static int look(struct turn *t, struct err *err)
{
    struct arena arena = ARENA_INIT;
    struct sto_look *past = NULL;
    size_t count = 0;
    int64_t now_s;
    int rc = 0;
    if (!t->m->has_looked && t->m->at == INT64_MIN) {
        rc = sto_looks_load(t->m->conn, NULL, &arena, &past, &count, &now_s, err);
    }
    if (rc == 0) {
        rc = ops_logs_look(t->m->logs, t->watch, past, count, t->now_s, err);
    }
    t->m->has_looked = rc == 0;
    arena_fini(&arena);
    return rc;
}

static int prepare(struct turn *t, struct err *err)
{
    const struct sto_watch *watch = t->watch;
    t->days = calloc(watch->holiday_count + 1, sizeof(*t->days));
    t->outages = calloc(watch->stop_count + 1, sizeof(*t->outages));
    t->verdicts = calloc(watch->dataset_count + 1, sizeof(*t->verdicts));
    t->is_judged = calloc(watch->dataset_count + 1, sizeof(*t->is_judged));
    ops_series_init(&t->series, t->m->conf);
    if (t->days == NULL || t->outages == NULL || t->verdicts == NULL || t->is_judged == NULL) {
        return err_set(err, ERR_KIND_RETRY, ERR_NO_MEMORY, "no memory for a turn");
    }
    for (size_t i = 0; i < watch->holiday_count; i++) {
        const struct sto_watched_holiday *h = &watch->holidays[i];
        t->days[i] = (struct ops_days){h->first_day, h->last_day, h->is_estimated};
    }
    return look(t, err);
}

static int keep_looks(const struct turn *t, struct err *err)
{
    const struct ops_partitions *last = ops_logs_last(t->m->logs);
    if (t->m->at != INT64_MIN) {
        return 0;
    }
    struct sto_look *looks = ops_partitions_looks(last);
    const int rc = looks != NULL ? sto_looks_keep(t->m->conn, looks, last->count, err)
                                 : err_set(err, ERR_KIND_RETRY, ERR_NO_MEMORY,
                                           "no memory for the looks at the logs");
    free(looks);
    return rc;
}

static int record_sources(struct turn *t, int64_t begun_ms, struct err *err)
{
    struct buf json = BUF_INIT;
    const struct ops_sources sources = {.watch = t->watch,
                                        .partitions = ops_logs_last(t->m->logs),
                                        .verdicts = t->verdicts,
                                        .is_judged = t->is_judged,
                                        .zone = t->m->zone,
                                        .now_s = t->now_s,
                                        .series = &t->series};
    const int64_t good_ms =
        ops_monitor_late_ms(t->m->conf->monitor.every_ms, t->m->conf->monitor.kafka_timeout_ms);
    if (t->m->at != INT64_MIN) {
        return 0;
    }
    ops_sources_judge(&sources, &json);
    const char *text = buf_cstr(&json);
    const int rc = buf_failed(&json)
                       ? err_set(err, ERR_KIND_RETRY, ERR_NO_MEMORY, "no memory for what was found")
                       : sto_watch_record_sources(t->m->conn, text, clock_mono_ms() - begun_ms,
                                                  good_ms / 1000, err);
    buf_fini(&json);
    return rc;
}

/* What is not of freshness. Each is tried, whatever became of the one before. */
static int do_tasks(struct ops_monitor *m, struct err *err)
{
    static const struct task {
        const char *name;
        int (*run)(struct sto_conn *conn, struct err *err);
    } tasks[] = {{"engines", sto_engines_turn},   {"sequences", sto_sequences_turn},
                 {"controls", sto_controls_turn}, {"references", sto_references_turn},
                 {"problems", tend_problems},     {"scores", sto_sources_score}};
    for (size_t i = 0; m->at == INT64_MIN && i < COUNT_OF(tasks); i++) {
        notify_alive(clock_mono_ms());
        if (tasks[i].run(m->conn, err) == 0) {
            continue;
        }
        if (!sto_conn_usable(m->conn)) {
            return -1;
        }
        log_warn("task_failed", LOG_STR("task", tasks[i].name), LOG_ERR(err));
        part_failed(m, err);
    }
    return 0;
}

/* Bytes that are free on the disk that the folder is on; -1: nobody can tell. */
static int64_t free_bytes(const char *folder)
{
    struct statvfs fs;
    return *folder != '\0' && statvfs(folder, &fs) == 0
               ? (int64_t)fs.f_bavail * (int64_t)fs.f_frsize
               : -1;
}

static void measure_register(struct turn *t)
{
    const struct conf *conf = t->m->conf;
    struct sto_room room;
    struct err err = ERR_INIT;
    if (t->m->at != INT64_MIN) {
        return;
    }
    if (sto_register_measure(t->m->conn, free_bytes(conf->monitor.register_directory),
                             conf->monitor.register_bytes > 0 ? conf->monitor.register_bytes : -1,
                             &room, &err) < 0) {
        log_warn("task_failed", LOG_STR("task", "register"), LOG_ERR(&err));
        part_failed(t->m, &err);
        return;
    }
    ops_series_register(&t->series, (double)room.bytes, (double)room.free_bytes, room.full_s);
}

/* What agencies state, before it is judged by. */
static int hear(struct ops_monitor *m, struct err *err)
{
    return m->at == INT64_MIN ? ops_statements_turn(m->statements, m->logs, m->conn, err) : 0;
}

static void publish(struct turn *t, int64_t took_ms)
{
    struct buf text = BUF_INIT;
    if (t->m->probes == NULL) {
        return;
    }
    ops_series_known(&t->series, t->watch, ops_logs_last(t->m->logs));
    ops_series_print(&t->series, &text);
    ops_monitor_probes_turned(t->m->probes, took_ms, &text);
    buf_fini(&text);
}

int ops_monitor_turn(struct ops_monitor *m, struct err *err)
{
    struct sto_watch watch;
    int64_t begun_ms = clock_mono_ms();
    if (sto_watch_load(m->conn, &watch, err) < 0) {
        return -1;
    }
    struct turn t = {.m = m, .watch = &watch, .now_s = m->at != INT64_MIN ? m->at : watch.now_s};
    int rc = prepare(&t, err) < 0 || keep_looks(&t, err) < 0 || hear(m, err) < 0 ||
                     watch_all(&t, err) < 0 || record_sources(&t, begun_ms, err) < 0 ||
                     do_tasks(m, err) < 0
                 ? -1
                 : 0;
    if (rc == 0) {
        measure_register(&t);
        publish(&t, clock_mono_ms() - begun_ms);
    }
    ops_series_fini(&t.series);
    free(t.days);
    free(t.outages);
    free(t.verdicts);
    free(t.is_judged);
    if (rc == 0) {
        ops_contracts_sweep(&m->contracts);
        log_debug("turn", LOG_INT("sources", (int64_t)watch.dataset_count),
                  LOG_INT("ms", clock_mono_ms() - begun_ms));
    }
    sto_watch_fini(&watch);
    return rc;
}
