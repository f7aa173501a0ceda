/* SPDX-License-Identifier: Apache-2.0
 * storage/quality/watch.c - see the header. */
#include "storage/quality/watch.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/jsonw.h"
#include "storage/conn/statement.h"
#include "storage/conn/text.h"

#define SECONDS(column) "extract(epoch FROM " column ")::bigint"

static int64_t number(const PGresult *res, int row, int column, int64_t none)
{
    return PQgetisnull(res, row, column) ? none : strtoll(PQgetvalue(res, row, column), NULL, 10);
}

static int no_memory(struct err *err)
{
    return err_set(err, ERR_KIND_RETRY, ERR_NO_MEMORY, "no memory for what is watched");
}

/* One list: its rows are taken one by one. */
struct list {
    const char *sql;
    size_t size;
    bool (*take)(struct arena *arena, const PGresult *res, int row, void *item);
};

static int load_list(struct sto_conn *conn, struct arena *arena, const struct list *list,
                     void **items, size_t *count, struct err *err)
{
    PGresult *res = sto_exec(conn, list->sql, NULL, 0, err);
    if (res == NULL) {
        return -1;
    }
    *count = (size_t)PQntuples(res);
    char *all = arena_calloc(arena, *count + 1, list->size);
    bool ok = all != NULL;
    for (size_t i = 0; ok && i < *count; i++) {
        ok = list->take(arena, res, (int)i, all + i * list->size);
    }
    PQclear(res);
    *items = all;
    return ok ? 0 : no_memory(err);
}

static bool take_dataset(struct arena *arena, const PGresult *res, int row, void *item)
{
    bool failed = false;
    struct sto_watched *d = item;
    *d = (struct sto_watched){.dataset_id = sto_text_int(res, row, 0),
                              .dataset = sto_text_copy(arena, res, row, 1, &failed),
                              .agency = sto_text_copy(arena, res, row, 2, &failed),
                              .topic = sto_text_copy(arena, res, row, 3, &failed),
                              .contract = sto_text_copy(arena, res, row, 4, &failed),
                              .since_s = number(res, row, 5, STO_NO_INSTANT),
                              .appended_s = number(res, row, 6, STO_NO_INSTANT),
                              .newest_s = number(res, row, 7, STO_NO_INSTANT)};
    return !failed;
}

static bool take_position(struct arena *arena, const PGresult *res, int row, void *item)
{
    bool failed = false;
    struct sto_watched_position *p = item;
    *p = (struct sto_watched_position){.dataset_id = sto_text_int(res, row, 0),
                                       .topic = sto_text_copy(arena, res, row, 1, &failed),
                                       .partition = sto_text_int(res, row, 2),
                                       .next_offset = number(res, row, 3, 0),
                                       .id = sto_text_int(res, row, 4),
                                       .state = sto_text_copy(arena, res, row, 5, &failed),
                                       .halt_reason = sto_text_copy(arena, res, row, 6, &failed),
                                       .owner = sto_text_copy(arena, res, row, 7, &failed),
                                       .owner_lives = *PQgetvalue(res, row, 8) == 't'};
    return !failed;
}

static bool take_incident(struct arena *arena, const PGresult *res, int row, void *item)
{
    bool failed = false;
    struct sto_watched_incident *i = item;
    *i = (struct sto_watched_incident){.id = number(res, row, 0, 0),
                                       .kind = sto_text_copy(arena, res, row, 1, &failed),
                                       .dataset_id = sto_text_int(res, row, 2),
                                       .position_id = sto_text_int(res, row, 3),
                                       .engine = sto_text_copy(arena, res, row, 4, &failed)};
    return !failed;
}

static bool take_stop(struct arena *arena, const PGresult *res, int row, void *item)
{
    struct sto_watched_stop *s = item;
    (void)arena;
    *s = (struct sto_watched_stop){.dataset_id = sto_text_int(res, row, 0),
                                   .starts_s = number(res, row, 1, 0),
                                   .ends_s = number(res, row, 2, INT64_MAX),
                                   .announced_s = number(res, row, 3, 0)};
    return true;
}

static bool take_holiday(struct arena *arena, const PGresult *res, int row, void *item)
{
    struct sto_watched_holiday *h = item;
    (void)arena;
    *h = (struct sto_watched_holiday){.first_day = number(res, row, 0, 0),
                                      .last_day = number(res, row, 1, 0),
                                      .is_estimated = *PQgetvalue(res, row, 2) == 't'};
    return true;
}

static const struct list datasets = {
    "SELECT w.dataset_id, w.dataset, w.agency, w.topic, w.contract, " SECONDS(
        "w.since") ", " SECONDS("w.appended") ", " SECONDS("w.newest") " FROM nrc.watched() w",
    sizeof(struct sto_watched), take_dataset};
static const struct list positions = {
    "SELECT p.dataset_id, p.topic, p.partition, p.next_offset, p.position_id, p.state,"
    " p.halt_reason, p.owner, p.owner_lives FROM nrc.watched_positions() p",
    sizeof(struct sto_watched_position), take_position};
static const struct list incidents = {
    "SELECT i.id, i.kind, i.dataset_id, i.position_id, i.engine FROM nrc.watched_incidents() i",
    sizeof(struct sto_watched_incident), take_incident};
static const struct list stops = {
    "SELECT s.dataset_id, " SECONDS("s.starts_at") ", " SECONDS("s.ends_at") ", " SECONDS(
        "s.announced_at") " FROM nrc.watched_stops() s",
    sizeof(struct sto_watched_stop), take_stop};
static const struct list holidays = {
    "SELECT h.first_day - date '1970-01-01', h.last_day - date '1970-01-01', h.is_estimated"
    " FROM nrc.watched_holidays() h",
    sizeof(struct sto_watched_holiday), take_holiday};

static int load_now(struct sto_conn *conn, int64_t *now_s, struct err *err)
{
    PGresult *res = sto_exec(conn, "SELECT " SECONDS("now()"), NULL, 0, err);
    if (res == NULL) {
        return -1;
    }
    *now_s = number(res, 0, 0, 0);
    PQclear(res);
    return 0;
}

static int load_all(struct sto_conn *conn, struct sto_watch *out, struct err *err)
{
    struct arena *arena = &out->arena;
    return load_now(conn, &out->now_s, err) < 0 ||
                   load_list(conn, arena, &datasets, (void **)&out->datasets, &out->dataset_count,
                             err) < 0 ||
                   load_list(conn, arena, &positions, (void **)&out->positions,
                             &out->position_count, err) < 0 ||
                   load_list(conn, arena, &incidents, (void **)&out->incidents,
                             &out->incident_count, err) < 0 ||
                   load_list(conn, arena, &stops, (void **)&out->stops, &out->stop_count, err) <
                       0 ||
                   load_list(conn, arena, &holidays, (void **)&out->holidays, &out->holiday_count,
                             err) < 0
               ? -1
               : 0;
}

int sto_watch_load(struct sto_conn *conn, struct sto_watch *out, struct err *err)
{
    *out = (struct sto_watch){.arena = ARENA_INIT};
    int rc = sto_run(conn, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", err) < 0 ||
                     load_all(conn, out, err) < 0 || sto_run(conn, "COMMIT", err) < 0
                 ? -1
                 : 0;
    if (rc < 0) {
        sto_rollback(conn);
        sto_watch_fini(out);
    }
    return rc;
}

void sto_watch_fini(struct sto_watch *watch)
{
    arena_fini(&watch->arena);
    *watch = (struct sto_watch){.arena = ARENA_INIT};
}

int sto_watch_alone(struct sto_conn *conn, bool *alone, struct err *err)
{
    PGresult *res = sto_exec(conn, "SELECT nrc.watch_alone()", NULL, 0, err);
    if (res == NULL) {
        return -1;
    }
    *alone = *PQgetvalue(res, 0, 0) == 't';
    PQclear(res);
    return 0;
}

int sto_watch_life(struct sto_conn *conn, int32_t dataset_id, const char *agency, int64_t ends,
                   struct sto_life *out, struct err *err)
{
    char id[24];
    char text[24];
    const char *const values[] = {id, agency, ends >= 0 ? text : NULL};
    snprintf(id, sizeof(id), "%" PRId32, dataset_id);
    snprintf(text, sizeof(text), "%" PRId64, ends);
    PGresult *res = sto_exec(conn,
                             "SELECT " SECONDS("l.seen_at") ", " SECONDS(
                                 "l.said_at") ", l.said, l.arrived"
                                              " FROM nrc.signs_of_life($1::int, $2, $3::bigint) l",
                             values, COUNT_OF(values), err);
    if (res == NULL) {
        return err_add(err, "recording a heartbeat");
    }
    *out = (struct sto_life){.seen_s = number(res, 0, 0, STO_NO_INSTANT),
                             .said_s = number(res, 0, 1, STO_NO_INSTANT),
                             .said = number(res, 0, 2, 0),
                             .arrived = number(res, 0, 3, 0)};
    PQclear(res);
    return 0;
}

/* ---- a verdict ---- */

int sto_watch_record(struct sto_conn *conn, const struct sto_freshness *f, struct err *err)
{
    struct buf json = BUF_INIT;
    struct jsonw w = jsonw_to(&json);
    jsonw_open(&w, '{');
    jsonw_number(&w, "dataset_id", f->dataset_id);
    jsonw_text(&w, "state", f->state);
    jsonw_text(&w, "reason", f->reason);
    jsonw_instant(&w, "since", f->since_s);
    jsonw_instant(&w, "limit_at", f->limit_s);
    jsonw_instant(&w, "last_arrival", f->last_arrival_s);
    jsonw_key(&w, "rests_on_estimate");
    jsonw_bool(&w, f->rests_on_estimate);
    jsonw_text(&w, "sentence", f->sentence);
    jsonw_text(&w, "sentence_ar", f->sentence_ar);
    jsonw_close(&w, '}');
    const char *text = buf_cstr(&json);
    PGresult *res = buf_failed(&json)
                        ? NULL
                        : sto_exec(conn, "SELECT nrc.record_freshness($1::jsonb)", &text, 1, err);
    int rc = res != NULL ? 0 : buf_failed(&json) ? no_memory(err) : -1;
    PQclear(res);
    buf_fini(&json);
    return rc;
}

/* ---- all sources ---- */

int sto_watch_record_sources(struct sto_conn *conn, const char *json, int64_t took_ms,
                             int64_t good_s, struct err *err)
{
    char took[24];
    char good[24];
    const char *const values[] = {json, took, good};
    snprintf(took, sizeof(took), "%" PRId64, took_ms);
    snprintf(good, sizeof(good), "%" PRId64, good_s);
    PGresult *res = sto_exec(conn, "SELECT nrc.record_sources($1::jsonb, $2::bigint, $3::bigint)",
                             values, COUNT_OF(values), err);
    if (res == NULL) {
        return err_add(err, "recording what was found of all sources");
    }
    PQclear(res);
    return 0;
}

int sto_sources_score(struct sto_conn *conn, struct err *err)
{
    PGresult *res = sto_exec(conn, "SELECT nrc.score_sources(20)", NULL, 0, err);
    if (res == NULL) {
        return err_add(err, "scoring sources");
    }
    PQclear(res);
    return 0;
}
