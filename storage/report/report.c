/* SPDX-License-Identifier: Apache-2.0
 * storage/report/report.c - a named query's rows as a grid of text, for tables and for JSON.
 *
 * A column's kind (number, boolean, JSON, text) follows from its PostgreSQL type. Times are printed as ISO
 * 8601 with a Z. The queries are in sql_*.c. */
#include "storage/report/report.h"

#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "storage/conn/given_time.h"
#include "storage/conn/oid.h"
#include "storage/conn/statement.h"
#include "storage/report/report_priv.h"

/* No event's payload is larger than Kafka's largest message. */
static const size_t payload_max_bytes = (size_t)1 << 30;

static enum sto_field_kind kind_of(Oid type)
{
    switch (type) {
    case STO_OID_BOOL: return STO_FIELD_BOOL;
    case STO_OID_INT2:
    case STO_OID_INT4:
    case STO_OID_INT8:
    case STO_OID_FLOAT8:
    case STO_OID_NUMERIC: return STO_FIELD_NUMBER;
    case STO_OID_JSON:
    case STO_OID_JSONB: return STO_FIELD_JSON;
    default: return STO_FIELD_TEXT;
    }
}

/* "2026-03-01 09:30:00.5+00" → "2026-03-01T09:30:00.5Z"; the session's time zone is UTC. */
static const char *iso_time(struct arena *arena, const char *text)
{
    char *copy = arena_strdup(arena, text);
    size_t len = copy != NULL ? strlen(copy) : 0;
    if (len > 13 && copy[10] == ' ' && strcmp(copy + len - 3, "+00") == 0) {
        copy[10] = 'T';
        copy[len - 3] = 'Z';
        copy[len - 2] = '\0';
    }
    return copy;
}

static const char *value_of(struct arena *arena, const PGresult *res, int row, int column)
{
    const char *text = PQgetvalue(res, row, column);
    if (PQftype(res, column) == STO_OID_BOOL) {
        return text[0] == 't' ? "true" : "false";
    }
    if (PQftype(res, column) == STO_OID_TIMESTAMPTZ) {
        return iso_time(arena, text);
    }
    return arena_memdup(arena, text, (size_t)PQgetlength(res, row, column));
}

/* False: no memory. */
static bool fill(struct sto_grid *grid, const PGresult *res)
{
    struct arena *arena = &grid->arena;
    size_t rows = (size_t)PQntuples(res);
    size_t cols = (size_t)PQnfields(res);
    grid->rows = rows;
    grid->cols = cols;
    grid->names = arena_calloc(arena, cols, sizeof(*grid->names));
    grid->kinds = arena_calloc(arena, cols, sizeof(*grid->kinds));
    grid->values = arena_calloc(arena, rows * cols, sizeof(*grid->values));
    if (grid->names == NULL || grid->kinds == NULL || grid->values == NULL) {
        return false;
    }
    for (size_t c = 0; c < cols; c++) {
        grid->names[c] = arena_strdup(arena, PQfname(res, (int)c));
        grid->kinds[c] = kind_of(PQftype(res, (int)c));
        if (grid->names[c] == NULL) {
            return false;
        }
    }
    for (size_t i = 0; i < rows * cols; i++) {
        int row = (int)(i / cols);
        int column = (int)(i % cols);
        if (PQgetisnull(res, row, column)) {
            continue;
        }
        grid->values[i] = value_of(arena, res, row, column);
        if (grid->values[i] == NULL) {
            return false;
        }
    }
    return true;
}

/* PostgreSQL refuses a parameter that is no number like an event's bad value; here a person typed it. */
static void say_bad_parameter(struct err *err)
{
    if (!sto_given_time_failed(err) && err->kind == ERR_KIND_POISON) {
        err_set(err, ERR_KIND_FATAL, ERR_USAGE, "an id or limit must be a whole number");
    }
}

static const struct sto_report_row *find_row(enum sto_report report, struct err *err)
{
    static const struct sto_report_part *const parts[] = {
        &sto_reports_of_catalogue, &sto_reports_of_structure,    &sto_reports_of_record,
        &sto_reports_of_incident,  &sto_reports_of_quality,      &sto_reports_of_account,
        &sto_reports_of_monitor,   &sto_reports_of_notification,
    };
    for (size_t p = 0; p < COUNT_OF(parts); p++) {
        for (size_t i = 0; i < parts[p]->count; i++) {
            if (parts[p]->rows[i].report == report) {
                return &parts[p]->rows[i];
            }
        }
    }
    err_set(err, ERR_KIND_FATAL, ERR_BUG, "report %d has no query", (int)report);
    return NULL;
}

struct sto_grid *sto_report(struct sto_conn *conn, enum sto_report report,
                            const char *const *params, size_t param_count, struct err *err)
{
    const struct sto_report_row *row = find_row(report, err);
    if (row == NULL) {
        return NULL;
    }
    if (param_count != row->param_count) {
        err_set(err, ERR_KIND_FATAL, ERR_BUG, "report %d takes %zu parameters, not %zu",
                (int)report, row->param_count, param_count);
        return NULL;
    }
    PGresult *res = sto_exec(conn, row->sql, params, (int)param_count, err);
    if (res == NULL) {
        say_bad_parameter(err);
        return NULL;
    }
    struct sto_grid *grid = calloc(1, sizeof(*grid));
    if (grid == NULL || !fill(grid, res)) {
        err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "out of memory");
        sto_grid_free(&grid);
    }
    PQclear(res);
    return grid;
}

void sto_grid_cut(struct sto_grid *grid, size_t cols)
{
    if (cols >= grid->cols) {
        return;
    }
    for (size_t row = 0; row < grid->rows; row++) {
        memmove(&grid->values[row * cols], &grid->values[row * grid->cols],
                cols * sizeof(*grid->values));
    }
    grid->cols = cols;
}

void sto_grid_cut_before(struct sto_grid *grid, const char *name)
{
    size_t col = 0;
    while (col < grid->cols && strcmp(grid->names[col], name) != 0) {
        col++;
    }
    sto_grid_cut(grid, col);
}

const char *sto_grid_get(const struct sto_grid *grid, size_t row, const char *name)
{
    for (size_t col = 0; row < grid->rows && col < grid->cols; col++) {
        if (strcmp(grid->names[col], name) == 0) {
            return grid->values[row * grid->cols + col];
        }
    }
    return NULL;
}

int sto_grid_append(struct sto_grid *grid, const struct sto_grid *more, struct err *err)
{
    size_t had = grid->rows * grid->cols;
    size_t added = more->rows * more->cols;
    if (added == 0) {
        return 0;
    }
    const char **values = arena_calloc(&grid->arena, had + added, sizeof(*values));
    bool failed = values == NULL;
    for (size_t i = 0; i < had && !failed; i++) {
        values[i] = grid->values[i];
    }
    for (size_t i = 0; i < added && !failed; i++) {
        if (more->values[i] != NULL) {
            values[had + i] = arena_strdup(&grid->arena, more->values[i]);
            failed = values[had + i] == NULL;
        }
    }
    if (failed) {
        return err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "out of memory");
    }
    grid->values = values;
    grid->rows += more->rows;
    return 0;
}

void sto_grid_free(struct sto_grid **taken)
{
    if (*taken != NULL) {
        arena_fini(&(*taken)->arena);
        free(*taken);
        *taken = NULL;
    }
}

/* The register's values are not trusted: the stored size is bounded and compared. */
static int decompress(const char *packed, size_t packed_len, size_t size, unsigned char **payload,
                      struct err *err)
{
    if (size > payload_max_bytes) {
        return err_set(err, ERR_KIND_FATAL, ERR_TOO_LARGE,
                       "the stored size of the payload is too large: %zu bytes", size);
    }
    *payload = malloc(size + 1);
    if (*payload == NULL) {
        return err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "out of memory");
    }
    size_t got = ZSTD_decompress(*payload, size, packed, packed_len);
    if (ZSTD_isError(got) || got != size) {
        free(*payload);
        *payload = NULL;
        return err_set(err, ERR_KIND_FATAL, ERR_IO, "the stored payload is damaged: %s",
                       ZSTD_isError(got) ? ZSTD_getErrorName(got) : "wrong size");
    }
    return 0;
}

int sto_quarantine_payload(struct sto_conn *conn, const char *id, unsigned char **payload,
                           size_t *len, struct err *err)
{
    *payload = NULL;
    *len = 0;
    const char *const values[] = {id};
    const struct sto_params params = {.count = 1, .values = values, .binary_result = true};
    PGresult *res = sto_exec_params(
        conn, "SELECT payload, payload_bytes::text FROM nrc.quarantine WHERE id = $1::bigint",
        &params, err);
    if (res == NULL) {
        say_bad_parameter(err);
        return -1;
    }
    int status = 0;
    if (PQntuples(res) == 0) {
        status = err_set(err, ERR_KIND_FATAL, ERR_NOT_FOUND, "no quarantined event has id %s", id);
    } else if (!PQgetisnull(res, 0, 0)) {
        *len = (size_t)strtoull(PQgetvalue(res, 0, 1), NULL, 10);
        status =
            decompress(PQgetvalue(res, 0, 0), (size_t)PQgetlength(res, 0, 0), *len, payload, err);
    }
    PQclear(res);
    return status;
}
