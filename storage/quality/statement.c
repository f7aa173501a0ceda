/* SPDX-License-Identifier: Apache-2.0
 * storage/quality/statement.c - see the header. */
#include "storage/quality/statement.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/jsonw.h"
#include "base/utf8.h"
#include "storage/conn/given_time.h"
#include "storage/conn/statement.h"
#include "storage/conn/text.h"

enum { NUMBER_SIZE = 24, INSTANT_SIZE = 32, GUID_SIZE = 33, DETAIL_MAX_BYTES = 400 };

#define MICROS(column) "(extract(epoch FROM " column ") * 1000000)::bigint"

static int64_t number(const PGresult *res, int row, int column, int64_t none)
{
    return PQgetisnull(res, row, column) ? none : strtoll(PQgetvalue(res, row, column), NULL, 10);
}

static int no_memory(struct err *err)
{
    return err_set(err, ERR_KIND_RETRY, ERR_NO_MEMORY, "no memory for what agencies state");
}

/* A call whose result says nothing. */
static int call(struct sto_conn *conn, const char *sql, const char *const *values, int count,
                struct err *err)
{
    PGresult *res = sto_exec(conn, sql, values, count, err);
    PQclear(res);
    return res != NULL ? 0 : -1;
}

/* ---- the structure ---- */

int sto_statement_open(struct sto_conn *conn, int32_t *schema_id, struct err *err)
{
    PGresult *res = sto_exec(conn, "SELECT nrc.open_control_structure()", NULL, 0, err);
    if (res == NULL) {
        return err_add(err, "publishing the structure of statements");
    }
    *schema_id = sto_text_int(res, 0, 0);
    PQclear(res);
    return 0;
}

int sto_statement_structure(struct sto_conn *conn, int32_t schema_id, const uint8_t guid[16],
                            struct arena *arena, const char **text, struct err *err)
{
    char id[NUMBER_SIZE];
    char hex[GUID_SIZE] = "";
    bool failed = false;
    snprintf(id, sizeof(id), "%" PRId32, schema_id);
    for (int i = 0; schema_id == 0 && i < 16; i++) {
        snprintf(hex + 2 * (size_t)i, 3, "%02x", guid[i]);
    }
    const char *const values[] = {schema_id != 0 ? id : NULL, schema_id != 0 ? NULL : hex};
    PGresult *res =
        sto_exec(conn, "SELECT nrc.control_structure_of($1::int, $2::uuid)", values, 2, err);
    if (res == NULL) {
        return -1;
    }
    *text = sto_text_copy(arena, res, 0, 0, &failed);
    PQclear(res);
    return failed ? no_memory(err) : 0;
}

/* ---- topics ---- */

int sto_statement_sources(struct sto_conn *conn, struct arena *arena,
                          struct sto_statement_source **out, size_t *count, struct err *err)
{
    bool failed = false;
    PGresult *res =
        sto_exec(conn, "SELECT s.agency, s.speaks_as FROM nrc.control_sources() s", NULL, 0, err);
    if (res == NULL) {
        return -1;
    }
    *count = (size_t)PQntuples(res);
    *out = arena_calloc(arena, *count + 1, sizeof(**out));
    for (size_t i = 0; *out != NULL && i < *count; i++) {
        (*out)[i] = (struct sto_statement_source){sto_text_copy(arena, res, (int)i, 0, &failed),
                                                  sto_text_copy(arena, res, (int)i, 1, &failed)};
    }
    PQclear(res);
    return *out == NULL || failed ? no_memory(err) : 0;
}

int sto_statement_positions(struct sto_conn *conn, const char *agency, struct arena *arena,
                            struct sto_statement_position **out, size_t *count, struct err *err)
{
    PGresult *res =
        sto_exec(conn,
                 "SELECT p.partition, p.next_offset, p.last_offset, p.last_digest, " MICROS(
                     "p.end_seen_at") " FROM nrc.control_positions($1) p",
                 &agency, 1, err);
    if (res == NULL) {
        return -1;
    }
    *count = (size_t)PQntuples(res);
    *out = arena_calloc(arena, *count + 1, sizeof(**out));
    for (size_t i = 0; *out != NULL && i < *count; i++) {
        const int row = (int)i;
        struct sto_statement_position *p = &(*out)[i];
        p->partition = sto_text_int(res, row, 0);
        p->next_offset = number(res, row, 1, 0);
        p->last_offset = sto_text_bytes(PQgetvalue(res, row, 3), p->last_digest, SHA256_BYTES)
                             ? number(res, row, 2, -1)
                             : -1;
        p->end_seen_us = number(res, row, 4, STO_NO_TIME);
    }
    PQclear(res);
    return *out == NULL ? no_memory(err) : 0;
}

/* ---- one transaction ---- */

int sto_statements_begin(struct sto_conn *conn, const char *agency, struct err *err)
{
    return sto_run(conn, "BEGIN", err) < 0 ||
                   call(conn, "SELECT set_config('nrc.actor', $1 || '.control', true)", &agency, 1,
                        err) < 0
               ? -1
               : 0;
}

void sto_statements_rollback(struct sto_conn *conn)
{
    sto_rollback(conn);
}

int sto_statements_commit(struct sto_conn *conn, struct err *err)
{
    return sto_run(conn, "COMMIT", err);
}

/* A time as our own functions take it, or NULL. */
static int time_of(const char *time, char room[STO_TIME_SIZE], const char **out, struct err *err)
{
    *out = time != NULL ? room : NULL;
    return time != NULL ? sto_given_time(time, false, room, err) : 0;
}

static int take_heartbeat(struct sto_conn *conn, const struct sto_statement *s, struct err *err)
{
    char appended[INSTANT_SIZE];
    char room[2][STO_TIME_SIZE];
    const char *counted;
    const char *from;
    if (time_of(s->counted_at, room[0], &counted, err) < 0 ||
        time_of(s->spec.from, room[1], &from, err) < 0) {
        return -1;
    }
    clock_format_utc(appended, sizeof(appended), s->appended_us);
    const char *const values[] = {
        s->source->agency, s->source->speaks_as, appended, s->spec.dataset, counted, from,
        s->spec.events};
    return call(conn,
                "SELECT nrc.take_heartbeat($1, $2, $3::timestamptz, $4, $5::timestamptz,"
                " $6::timestamptz, $7::bigint)",
                values, COUNT_OF(values), err);
}

static int take_total(struct sto_conn *conn, const struct sto_statement *s, bool *is_new,
                      struct err *err)
{
    struct sto_control_stated stated;
    char digest[STO_BYTEA_TEXT(SHA256_BYTES)];
    const char *const values[] = {s->source->agency, s->spec.statement_id, digest};
    (void)sto_text_bytea(digest, s->digest, SHA256_BYTES);
    *is_new = true;
    if (s->spec.statement_id == NULL) {
        return sto_control_state(conn, &s->spec, s->source->speaks_as, &stated, err);
    }
    PGresult *res =
        sto_exec(conn, "SELECT nrc.is_new_statement($1, $2, $3::bytea)", values, 3, err);
    if (res == NULL) {
        return -1;
    }
    *is_new = *PQgetvalue(res, 0, 0) == 't';
    PQclear(res);
    return *is_new ? sto_control_state(conn, &s->spec, s->source->speaks_as, &stated, err) : 0;
}

/* Of the statement, and not of the register or of us. */
static bool is_refusal(const struct err *err)
{
    return err->kind == ERR_KIND_POISON || err->code == ERR_USAGE || err->code == ERR_REFUSED ||
           err->code == ERR_NOT_FOUND;
}

int sto_statement_take(struct sto_conn *conn, const struct sto_statement *s, enum sto_taken *out,
                       struct err *why, struct err *err)
{
    bool is_new = true;
    struct err failed = ERR_INIT;
    if (sto_run(conn, "SAVEPOINT statement", err) < 0) {
        return -1;
    }
    int rc =
        s->is_heartbeat ? take_heartbeat(conn, s, &failed) : take_total(conn, s, &is_new, &failed);
    if (rc == 0) {
        *out = is_new ? STO_TAKEN : STO_TAKEN_BEFORE;
        return sto_run(conn, "RELEASE SAVEPOINT statement", err);
    }
    if (!is_refusal(&failed) || !sto_conn_usable(conn)) {
        *err = failed;
        return -1;
    }
    if (failed.code == ERR_NOT_FOUND) { /* its text has the name that was given */
        err_set(&failed, ERR_KIND_POISON, ERR_NOT_FOUND, "no dataset has this name");
    }
    *why = failed;
    *out = STO_NOT_TAKEN;
    return sto_run(conn, "ROLLBACK TO SAVEPOINT statement", err);
}

/* ---- refusals and positions ---- */

static int call_json(struct sto_conn *conn, const char *sql, const char *agency, struct buf *json,
                     struct err *err)
{
    const char *const values[] = {agency, buf_cstr(json)};
    int rc = buf_failed(json) ? no_memory(err) : call(conn, sql, values, 2, err);
    buf_fini(json);
    return rc;
}

int sto_statement_refuse(struct sto_conn *conn, const char *agency, const struct sto_refused *r,
                         struct err *err)
{
    char detail[DETAIL_MAX_BYTES + 1];
    char sent[INSTANT_SIZE];
    struct buf json = BUF_INIT;
    struct jsonw w = jsonw_to(&json);
    snprintf(detail, sizeof(detail), "%s", r->detail);
    utf8_mend(detail);
    clock_format_utc(sent, sizeof(sent), r->sent_us != STO_NO_TIME ? r->sent_us : 0);
    jsonw_open(&w, '{');
    jsonw_number(&w, "partition", r->partition);
    jsonw_number(&w, "from_offset", r->from_offset);
    jsonw_number(&w, "next_offset", r->next_offset);
    jsonw_text(&w, "sent_at", r->sent_us != STO_NO_TIME ? sent : NULL);
    jsonw_text(&w, "reason", r->reason);
    jsonw_text(&w, "detail", detail);
    jsonw_close(&w, '}');
    return call_json(conn, "SELECT nrc.refuse_control($1, $2::jsonb)", agency, &json, err);
}

int sto_statements_move(struct sto_conn *conn, const char *agency,
                        const struct sto_statement_move *m, struct err *err)
{
    char digest[STO_BYTEA_TEXT(SHA256_BYTES)];
    struct buf json = BUF_INIT;
    struct jsonw w = jsonw_to(&json);
    (void)sto_text_bytea(digest, m->to.last_digest, SHA256_BYTES);
    jsonw_open(&w, '{');
    jsonw_number(&w, "partition", m->to.partition);
    if (m->from_offset >= 0) {
        jsonw_number(&w, "from_offset", m->from_offset);
    }
    jsonw_number(&w, "next_offset", m->to.next_offset);
    jsonw_number(&w, "last_offset", m->to.last_offset);
    jsonw_text(&w, "last_digest", m->to.last_offset >= 0 ? digest : NULL);
    jsonw_key(&w, "is_end");
    jsonw_bool(&w, m->is_end);
    jsonw_number(&w, "taken", m->taken);
    jsonw_number(&w, "repeated", m->repeated);
    jsonw_number(&w, "refused", m->refused);
    jsonw_close(&w, '}');
    return call_json(conn, "SELECT nrc.move_control($1, $2::jsonb)", agency, &json, err);
}
