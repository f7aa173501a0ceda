/* SPDX-License-Identifier: Apache-2.0
 * storage/catalogue/catalogue.c - the catalogue as one snapshot in memory.
 *
 * First each dataset's mark, a hash of what would be loaded of it; then five queries over those whose mark is
 * another than before. All in one REPEATABLE READ transaction, each ordered by dataset id, so that one walk
 * assigns the rows to their datasets. What is loaded is in one arena and never changes: a changed catalogue is
 * loaded beside the old one, which lives as long as a batch uses it. */
#include "storage/catalogue/catalogue.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "storage/catalogue/fill_priv.h"
#include "storage/conn/statement.h"
#include "storage/conn/text.h"

/* Those of $1, an array of ids; NULL: all. */
#define ASKED(id) "(" id " = ANY ($1::int[]) OR $1 IS NULL)"

#define DATASET_COLUMNS                                                                            \
    "d.id, a.code, d.name, a.code || '.' || d.name, d.topic, d.key_format, d.order_field,"         \
    " d.event_time_field, d.exempt, d.exempt_field, d.column_version,"                             \
    " d.retired_on IS NOT NULL OR a.state <> 'active' AND NOT nrc.is_answered(a.id), c.text,"      \
    " c.version, d.id IN (SELECT p.dataset_id FROM nrc.paused p), d.leaves"
#define DATASET_FROM                                                                               \
    " FROM nrc.dataset d JOIN nrc.agency a ON a.id = d.agency_id"                                  \
    " LEFT JOIN nrc.contract_now c ON c.dataset_id = d.id AND c.status <> 'retired'"

static const char datasets_sql[] =
    "SELECT " DATASET_COLUMNS DATASET_FROM " WHERE " ASKED("d.id") " ORDER BY d.id";

static const char exempt_sql[] =
    "SELECT d.id, v FROM nrc.dataset d, unnest(d.exempt_values) WITH ORDINALITY AS e(v, n)"
    " WHERE " ASKED("d.id") " ORDER BY d.id, n";

static const char keys_sql[] =
    "SELECT d.id, k FROM nrc.dataset d, unnest(d.key_fields) WITH ORDINALITY AS f(k, n)"
    " WHERE " ASKED("d.id") " ORDER BY d.id, n";

static const char columns_sql[] =
    "SELECT c.dataset_id, c.name, c.field, c.type, coalesce(c.precision, 0), coalesce(c.scale, 0),"
    " coalesce(c.key_ordinal, 0), n.shown FROM nrc.dataset_column c LEFT JOIN ("
    /* the names that readers see: not when all are loaded, as only a registration wants them */
    " SELECT DISTINCT o.dataset_id, o.field, k.name AS shown FROM nrc.dataset_generation g"
    " CROSS JOIN jsonb_to_recordset(g.columns) AS k (name text, ordinal int)"
    " JOIN nrc.dataset_column o ON o.dataset_id = g.dataset_id AND o.ordinal = k.ordinal"
    " WHERE g.dataset_id = ANY ($1::int[]) AND g.until IS NULL) n"
    " ON n.dataset_id = c.dataset_id AND n.field = c.field"
    " WHERE " ASKED("c.dataset_id") " ORDER BY c.dataset_id, c.ordinal";

#define STRUCTURE_COLUMNS                                                                          \
    "v.dataset_id, v.schema_id, v.version, v.part, nrc.structure_state(v), s.guid,"                \
    " coalesce(s.resolved_text, s.text), coalesce(v.field_columns, '{}'), s.rule_set, s.metadata"
#define STRUCTURE_FROM " FROM nrc.subject_version v JOIN nrc.schema s ON s.id = v.schema_id"

static const char structures_sql[] =
    "SELECT " STRUCTURE_COLUMNS STRUCTURE_FROM " WHERE v.dataset_id IS NOT NULL AND " ASKED(
        "v.dataset_id") " ORDER BY v.dataset_id, v.version, v.part";

/* All that the others read, but the columns, whose version rises with each of their changes. With the seed 0 an empty JSON
 * object would count as NULL. */
static const char marks_sql[] =
    "SELECT d.id, hash_record_extended(ROW(" DATASET_COLUMNS
    ", d.key_fields, d.exempt_values, s.marks), 1)" DATASET_FROM
    " LEFT JOIN (SELECT v.dataset_id, array_agg(hash_record_extended(ROW(" STRUCTURE_COLUMNS
    "), 1) ORDER BY v.version, v.part) AS marks" STRUCTURE_FROM
    " WHERE v.dataset_id IS NOT NULL GROUP BY 1) s ON s.dataset_id = d.id"
    " WHERE " ASKED("d.id") " ORDER BY d.id";

static int query(struct sto_conn *conn, const char *sql, const char *asked, PGresult **res,
                 struct err *err)
{
    *res = sto_exec(conn, sql, &asked, 1, err);
    return *res != NULL ? 0 : -1;
}

/* One that has no structure yet has no columns. */
static bool has_columns(const PGresult *datasets)
{
    bool any = false;
    for (int i = 0; i < PQntuples(datasets) && !any; i++) {
        any = sto_text_int(datasets, i, D_COLUMN_VERSION) > 0;
    }
    return any;
}

/* asked: ids, as "{1,2}"; NULL: every one. */
static int query_all(struct sto_conn *conn, const char *asked, struct sto_catalogue_rows *r,
                     struct err *err)
{
    return query(conn, datasets_sql, asked, &r->datasets, err) != 0 ||
                   query(conn, exempt_sql, asked, &r->exempt, err) != 0 ||
                   query(conn, keys_sql, asked, &r->keys, err) != 0 ||
                   (has_columns(r->datasets) &&
                    query(conn, columns_sql, asked, &r->columns, err) != 0) ||
                   query(conn, structures_sql, asked, &r->structures, err) != 0
               ? -1
               : 0;
}

static int read_marks(struct sto_conn *conn, struct sto_catalogue *catalogue, struct err *err)
{
    PGresult *res;
    if (query(conn, marks_sql, NULL, &res, err) != 0) {
        return -1;
    }
    size_t count = (size_t)PQntuples(res);
    struct sto_mark *marks = arena_calloc(&catalogue->arena, count, sizeof(*marks));
    for (size_t i = 0; marks != NULL && i < count; i++) {
        marks[i] = (struct sto_mark){.dataset_id = sto_text_int(res, (int)i, 0),
                                     .mark = strtoll(PQgetvalue(res, (int)i, 1), NULL, 10)};
    }
    catalogue->marks = marks;
    catalogue->mark_count = marks != NULL ? count : 0;
    PQclear(res);
    return marks != NULL ? 0 : sto_catalogue_no_memory(err);
}

/* Ids of those whose mark `former` does not have, as "{1,2}". */
static void put_changed(const struct sto_catalogue *catalogue, const struct sto_mark *former,
                        size_t former_count, struct buf *out)
{
    size_t f = 0;
    buf_put_u8(out, '{');
    for (size_t i = 0; i < catalogue->mark_count; i++) {
        const struct sto_mark *mark = &catalogue->marks[i];
        while (f < former_count && former[f].dataset_id < mark->dataset_id) {
            f++;
        }
        if (f == former_count || former[f].dataset_id != mark->dataset_id ||
            former[f].mark != mark->mark) {
            char id[16];
            snprintf(id, sizeof(id), "%s%" PRId32, out->len > 1 ? "," : "", mark->dataset_id);
            buf_put_str(out, id);
        }
    }
    buf_put_u8(out, '}');
}

static void results_fini(struct sto_catalogue_rows *r)
{
    PQclear(r->datasets);
    PQclear(r->exempt);
    PQclear(r->keys);
    PQclear(r->columns);
    PQclear(r->structures);
}

/* A lane's session has these joins off, for its merges; without them thousands of datasets are joined one by one. */
static const char begin_sql[] = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;"
                                " SET LOCAL enable_hashjoin = on; SET LOCAL enable_mergejoin = on";

static int load_changed(struct sto_conn *conn, const struct sto_mark *former, size_t former_count,
                        struct sto_catalogue *catalogue, struct sto_catalogue_rows *r,
                        struct err *err)
{
    struct buf asked = BUF_INIT;
    int rc = -1;
    if (sto_run(conn, begin_sql, err) != 0 || sto_catalogue_age(conn, &catalogue->age, err) != 0 ||
        read_marks(conn, catalogue, err) != 0) {
        goto out;
    }
    put_changed(catalogue, former, former_count, &asked);
    const char *ids = former != NULL ? buf_cstr(&asked) : NULL;
    rc = buf_failed(&asked) ? sto_catalogue_no_memory(err) : query_all(conn, ids, r, err);
    rc = rc == 0 ? sto_run(conn, "COMMIT", err) : -1;
out:
    buf_fini(&asked);
    return rc;
}

struct sto_catalogue *sto_catalogue_load_changed(struct sto_conn *conn,
                                                 const struct sto_mark *former, size_t former_count,
                                                 struct err *err)
{
    struct sto_catalogue_rows r = {NULL, NULL, NULL, NULL, NULL};
    int status = -1;
    struct sto_catalogue *catalogue = calloc(1, sizeof(*catalogue));
    if (catalogue == NULL) {
        sto_catalogue_no_memory(err);
        goto out;
    }
    if (load_changed(conn, former, former_count, catalogue, &r, err) == 0) {
        status = sto_catalogue_fill(catalogue, &r, err);
    }
out:
    sto_rollback(conn);
    results_fini(&r);
    if (status != 0) {
        err_add(err, "loading the catalogue");
        sto_catalogue_free(&catalogue);
    }
    return catalogue;
}

struct sto_catalogue *sto_catalogue_load(struct sto_conn *conn, struct err *err)
{
    return sto_catalogue_load_changed(conn, NULL, 0, err);
}

const struct sto_dataset *sto_catalogue_find(const struct sto_catalogue *catalogue,
                                             const char *full_name, struct err *err)
{
    for (size_t i = 0; i < catalogue->dataset_count; i++) {
        if (strcmp(catalogue->datasets[i].full_name, full_name) == 0) {
            return &catalogue->datasets[i];
        }
    }
    err_set(err, ERR_KIND_FATAL, ERR_NOT_FOUND, "there is no dataset %.128s", full_name);
    return NULL;
}

struct sto_catalogue *sto_catalogue_load_one(struct sto_conn *conn, int32_t dataset_id,
                                             struct err *err)
{
    struct sto_catalogue_rows r = {NULL, NULL, NULL, NULL, NULL};
    char dataset[16];
    snprintf(dataset, sizeof(dataset), "{%" PRId32 "}", dataset_id);
    struct sto_catalogue *catalogue = calloc(1, sizeof(*catalogue));
    if (catalogue == NULL) {
        sto_catalogue_no_memory(err);
        return NULL;
    }
    int status = query_all(conn, dataset, &r, err);
    if (status == 0) {
        status = sto_catalogue_fill(catalogue, &r, err);
    }
    results_fini(&r);
    if (status != 0) {
        err_add(err, "loading a dataset");
        sto_catalogue_free(&catalogue);
    }
    return catalogue;
}

void sto_catalogue_free(struct sto_catalogue **taken)
{
    if (*taken != NULL) {
        arena_fini(&(*taken)->arena);
        free(*taken);
        *taken = NULL;
    }
}
