/* SPDX-License-Identifier: Apache-2.0
 * storage/report/history.c - see the header; nrc.begin_history, nrc.open_history (0018_usage.sql).
 *
 * A chunk is some pages of one leaf, read by a cursor in a transaction of its own. A sample takes smaller ones, in
 * steps that spread them over all pages: neighbours in a table are often alike. */
#include "storage/report/history.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "storage/conn/statement.h"
#include "storage/conn/text.h"

/* Rows may have a megabyte each. */
enum { PAGES = 512, SAMPLE_PAGES = 8, FETCH_ROWS = 50 };

struct leaf {
    char name[64];
    int64_t chunks;
};

struct sto_history {
    struct sto_conn *conn;
    const struct sto_history_spec *spec;
    struct buf columns; /* as a JSON array */
    struct leaf *leaves;
    size_t leaf_count;
    int64_t known_rows;
    int64_t chunks; /* of all leaves */
    int64_t step;   /* from one chunk to the next, in a circle */
    int64_t done;   /* chunks that were begun */
    int64_t given;  /* rows */
    bool is_open;   /* a transaction with a cursor */
    char fetch[128];
    PGresult *rows;
    int row; /* the next of them */
    const char **values;
};

static int64_t pages(const struct sto_history *history)
{
    return history->spec->sample > 0 ? SAMPLE_PAGES : PAGES;
}

static int64_t gcd(int64_t a, int64_t b)
{
    while (b != 0) {
        int64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

/* About 0.618 of the circle, and without a common divisor: then each chunk is met once, far from the last ones. */
static int64_t spread(int64_t chunks)
{
    int64_t step = chunks * 618 / 1000;
    while (step > 1 && gcd(step, chunks) != 1) {
        step--;
    }
    return step > 0 ? step : 1;
}

static int take_leaves(struct sto_history *history, const PGresult *res, struct err *err)
{
    history->leaf_count = (size_t)PQntuples(res);
    history->leaves = calloc(history->leaf_count + 1, sizeof(*history->leaves));
    if (history->leaves == NULL) {
        return err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for a history");
    }
    for (size_t i = 0; i < history->leaf_count; i++) {
        struct leaf *leaf = &history->leaves[i];
        snprintf(leaf->name, sizeof(leaf->name), "%.63s", PQgetvalue(res, (int)i, 0));
        int64_t size = strtoll(PQgetvalue(res, (int)i, 1), NULL, 10);
        leaf->chunks = (size + pages(history) - 1) / pages(history);
        history->chunks += leaf->chunks;
        history->known_rows += strtoll(PQgetvalue(res, (int)i, 2), NULL, 10);
    }
    history->step = history->spec->sample > 0 ? spread(history->chunks) : 1;
    return 0;
}

static int begin(struct sto_history *history, struct err *err)
{
    const struct sto_history_spec *spec = history->spec;
    const char *const values[] = {spec->dataset, buf_cstr(&history->columns), spec->since};
    PGresult *res = sto_exec(history->conn,
                             "SELECT leaf, pages, known_rows FROM"
                             " nrc.begin_history($1, $2::jsonb, $3::timestamptz)",
                             values, 3, err);
    if (res == NULL && err->kind == ERR_KIND_POISON) {
        err_set(err, ERR_KIND_FATAL, ERR_USAGE, "\"%.60s\" is no time", spec->since);
    }
    int rc = res != NULL ? take_leaves(history, res, err) : -1;
    PQclear(res);
    return rc;
}

struct sto_history *sto_history_open(struct sto_conn *conn, const struct sto_history_spec *spec,
                                     struct err *err)
{
    struct sto_history *history = calloc(1, sizeof(*history));
    if (history == NULL) {
        err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for a history");
        return NULL;
    }
    *history = (struct sto_history){.conn = conn, .spec = spec, .columns = BUF_INIT};
    history->values = calloc(spec->column_count + 1, sizeof(*history->values));
    sto_text_list(&history->columns, spec->columns, spec->column_count);
    if (history->values == NULL || buf_failed(&history->columns)) {
        err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for a history");
        sto_history_close(&history);
    } else if (begin(history, err) != 0) {
        sto_history_close(&history);
    }
    return history;
}

/* ---- chunks ---- */

static int open_chunk(struct sto_history *history, struct err *err)
{
    const struct sto_history_spec *spec = history->spec;
    char from[24];
    char until[24];
    size_t leaf = 0;
    int64_t chunk = history->done++ * history->step % history->chunks;
    while (chunk >= history->leaves[leaf].chunks) {
        chunk -= history->leaves[leaf++].chunks;
    }
    snprintf(from, sizeof(from), "%" PRId64, chunk * pages(history));
    snprintf(until, sizeof(until), "%" PRId64, (chunk + 1) * pages(history));
    const char *const values[] = {
        spec->dataset, history->leaves[leaf].name, buf_cstr(&history->columns), spec->since, from,
        until};
    if (sto_run(history->conn, "BEGIN READ ONLY", err) != 0) {
        return -1;
    }
    history->is_open = true;
    PGresult *res = sto_exec(history->conn,
                             "SELECT nrc.open_history($1, $2, $3::jsonb, $4::timestamptz,"
                             " $5::bigint, $6::bigint)",
                             values, COUNT_OF(values), err);
    if (res == NULL) {
        return -1;
    }
    /* PostgreSQL names it "<unnamed portal 1>". */
    snprintf(history->fetch, sizeof(history->fetch), "FETCH %d FROM \"%.64s\"", FETCH_ROWS,
             PQgetvalue(res, 0, 0));
    PQclear(res);
    return 0;
}

static int end_chunk(struct sto_history *history, struct err *err)
{
    history->is_open = false;
    return sto_run(history->conn, "COMMIT", err);
}

static int fetch(struct sto_history *history, struct err *err)
{
    PQclear(history->rows);
    history->row = 0;
    history->rows = sto_exec(history->conn, history->fetch, NULL, 0, err);
    if (history->rows != NULL && PQntuples(history->rows) == 0) {
        return end_chunk(history, err);
    }
    return history->rows != NULL ? 0 : -1;
}

int sto_history_next(struct sto_history *history, struct sto_history_row *row, struct err *err)
{
    int64_t most = history->spec->sample;
    while (history->rows == NULL || history->row == PQntuples(history->rows)) {
        if (!history->is_open && history->done == history->chunks) {
            return 0;
        }
        if ((!history->is_open && open_chunk(history, err) != 0) || fetch(history, err) != 0) {
            return -1;
        }
    }
    if (most > 0 && history->given == most) {
        return 0;
    }
    history->given++;
    int at = history->row++;
    for (size_t i = 0; i < history->spec->column_count; i++) {
        bool is_null = PQgetisnull(history->rows, at, (int)i + 1);
        history->values[i] = is_null ? NULL : PQgetvalue(history->rows, at, (int)i + 1);
    }
    *row = (struct sto_history_row){sto_text_int(history->rows, at, 0), history->values};
    return 1;
}

int64_t sto_history_known_rows(const struct sto_history *history)
{
    return history->known_rows;
}

void sto_history_close(struct sto_history **taken)
{
    struct sto_history *history = *taken;
    *taken = NULL;
    if (history == NULL) {
        return;
    }
    if (history->is_open) {
        sto_rollback(history->conn);
    }
    PQclear(history->rows);
    buf_fini(&history->columns);
    free(history->leaves);
    free(history->values);
    free(history);
}
