/* SPDX-License-Identifier: Apache-2.0
 * storage/catalogue/catalogue.c - the catalogue as one snapshot in memory.
 *
 * Five queries in one REPEATABLE READ transaction, each ordered by dataset id, so that one walk assigns the
 * rows to their datasets. Everything is in one arena and never changes: a changed catalogue is loaded
 * beside the old one, which lives as long as a batch uses it. */
#include "storage/catalogue/catalogue.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "storage/conn/statement.h"
#include "storage/conn/text.h"

static const char datasets_sql[] =
    "SELECT d.id, a.code, d.name, a.code || '.' || d.name, d.topic, d.key_format, d.order_field,"
    " d.event_time_field, d.exempt, d.exempt_field, d.column_version,"
    " d.retired_on IS NOT NULL OR a.state <> 'active' AND NOT nrc.is_answered(a.id), c.text, "
    "c.version, nrc.is_paused(d.id), d.leaves"
    " FROM nrc.dataset d JOIN nrc.agency a ON a.id = d.agency_id"
    " LEFT JOIN nrc.contract_now c ON c.dataset_id = d.id AND c.status <> 'retired'"
    " WHERE d.id = $1::int OR $1 IS NULL"
    " ORDER BY d.id";
enum {
    D_ID,
    D_AGENCY,
    D_NAME,
    D_FULL,
    D_TOPIC,
    D_KEY_FORMAT,
    D_ORDER,
    D_EVENT_TIME,
    D_EXEMPT,
    D_EXEMPT_FIELD,
    D_COLUMN_VERSION,
    D_CLOSED,
    D_CONTRACT,
    D_CONTRACT_VERSION,
    D_PAUSED,
    D_LEAVES
};

static const char exempt_sql[] =
    "SELECT d.id, v FROM nrc.dataset d, unnest(d.exempt_values) WITH ORDINALITY AS e(v, n)"
    " WHERE d.id = $1::int OR $1 IS NULL ORDER BY d.id, n";

static const char keys_sql[] =
    "SELECT d.id, k FROM nrc.dataset d, unnest(d.key_fields) WITH ORDINALITY AS f(k, n)"
    " WHERE d.id = $1::int OR $1 IS NULL ORDER BY d.id, n";

static const char columns_sql[] =
    "SELECT c.dataset_id, c.name, c.field, c.type, coalesce(c.precision, 0), coalesce(c.scale, 0),"
    " coalesce(c.key_ordinal, 0), n.shown FROM nrc.dataset_column c LEFT JOIN ("
    /* the names that readers see: for one dataset alone, as only a registration wants them */
    " SELECT DISTINCT o.field, k.name AS shown FROM nrc.dataset_generation g"
    " CROSS JOIN jsonb_to_recordset(g.columns) AS k (name text, ordinal int)"
    " JOIN nrc.dataset_column o ON o.dataset_id = g.dataset_id AND o.ordinal = k.ordinal"
    " WHERE g.dataset_id = $1::int AND g.until IS NULL) n ON n.field = c.field"
    " WHERE c.dataset_id = $1::int OR $1 IS NULL ORDER BY c.dataset_id, c.ordinal";
enum { C_DATASET, C_NAME, C_FIELD, C_TYPE, C_PRECISION, C_SCALE, C_KEY, C_SHOWN };

static const char structures_sql[] =
    "SELECT v.dataset_id, v.schema_id, v.version, v.part, nrc.structure_state(v), s.guid,"
    " coalesce(s.resolved_text, s.text), coalesce(v.field_columns, '{}'), s.rule_set, s.metadata"
    " FROM nrc.subject_version v JOIN nrc.schema s ON s.id = v.schema_id"
    " WHERE v.dataset_id IS NOT NULL AND (v.dataset_id = $1::int OR $1 IS NULL)"
    " ORDER BY v.dataset_id, v.version, v.part";
enum {
    S_DATASET,
    S_SCHEMA,
    S_VERSION,
    S_PART,
    S_STATE,
    S_GUID,
    S_TEXT,
    S_FIELDS,
    S_RULE_SET,
    S_METADATA
};

static int no_memory(struct err *err)
{
    return err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "out of memory");
}

/* Rows from *row on that belong to the dataset: their number. *row is set behind them. */
static int rows_of(const PGresult *res, int32_t dataset_id, int *row)
{
    int first = *row;
    while (*row < PQntuples(res) && sto_text_int(res, *row, 0) == dataset_id) {
        (*row)++;
    }
    return *row - first;
}

static int read_dataset(struct arena *arena, const PGresult *res, int row, struct sto_dataset *d,
                        struct err *err)
{
    bool failed = false;
    *d = (struct sto_dataset){
        .id = sto_text_int(res, row, D_ID),
        .full_name = sto_text_copy(arena, res, row, D_FULL, &failed),
        .topic = sto_text_copy(arena, res, row, D_TOPIC, &failed),
        .key_format = sto_text_copy(arena, res, row, D_KEY_FORMAT, &failed),
        .order_field = sto_text_copy(arena, res, row, D_ORDER, &failed),
        .event_time_field = sto_text_copy(arena, res, row, D_EVENT_TIME, &failed),
        .exempt = PQgetvalue(res, row, D_EXEMPT)[0] == 't',
        .exempt_field = sto_text_copy(arena, res, row, D_EXEMPT_FIELD, &failed),
        .closed = PQgetvalue(res, row, D_CLOSED)[0] == 't',
        .paused = PQgetvalue(res, row, D_PAUSED)[0] == 't',
        .leaves = sto_text_int(res, row, D_LEAVES),
        .contract = sto_text_copy(arena, res, row, D_CONTRACT, &failed),
        .contract_version = sto_text_copy(arena, res, row, D_CONTRACT_VERSION, &failed),
        .table =
            {
                .dataset_id = sto_text_int(res, row, D_ID),
                .column_version = sto_text_int(res, row, D_COLUMN_VERSION),
                .agency = sto_text_copy(arena, res, row, D_AGENCY, &failed),
                .name = sto_text_copy(arena, res, row, D_NAME, &failed),
                .has_order = !PQgetisnull(res, row, D_ORDER),
            },
    };
    return failed ? no_memory(err) : 0;
}

/* The second column of rows from `first` on. */
static int read_list(struct arena *arena, const PGresult *res, int first, int count,
                     const char ***list, size_t *list_count, struct err *err)
{
    const char **values = arena_calloc(arena, (size_t)count, sizeof(*values));
    bool failed = values == NULL;
    for (int i = 0; i < count && !failed; i++) {
        values[i] = sto_text_copy(arena, res, first + i, 1, &failed);
    }
    *list = values;
    *list_count = (size_t)count;
    return failed ? no_memory(err) : 0;
}

static int read_column(struct arena *arena, const PGresult *res, int row, struct column *column,
                       struct err *err)
{
    bool failed = false;
    *column = (struct column){
        .name = sto_text_copy(arena, res, row, C_NAME, &failed),
        .field = sto_text_copy(arena, res, row, C_FIELD, &failed),
        .precision = sto_text_int(res, row, C_PRECISION),
        .scale = sto_text_int(res, row, C_SCALE),
        .shown = sto_text_copy(arena, res, row, C_SHOWN, &failed),
    };
    if (failed) {
        return no_memory(err);
    }
    if (!column_type_parse(PQgetvalue(res, row, C_TYPE), &column->type)) {
        return err_set(err, ERR_KIND_FATAL, ERR_REGISTER_SCHEMA,
                       "column %s has the unknown type %s", column->name,
                       PQgetvalue(res, row, C_TYPE));
    }
    return 0;
}

static int read_columns(struct arena *arena, const PGresult *res, int first, int count,
                        struct sto_table *table, struct err *err)
{
    struct column *columns = arena_calloc(arena, (size_t)count, sizeof(*columns));
    uint16_t *keys = arena_calloc(arena, (size_t)count, sizeof(*keys));
    if (columns == NULL || keys == NULL) {
        return no_memory(err);
    }
    for (int i = 0; i < count; i++) {
        if (read_column(arena, res, first + i, &columns[i], err) != 0) {
            return -1;
        }
        int32_t key = sto_text_int(res, first + i, C_KEY);
        if (key < 0 || key > count) {
            return err_set(err, ERR_KIND_FATAL, ERR_REGISTER_SCHEMA,
                           "%s.%s: the key's columns are not in order", table->agency, table->name);
        }
        if (key > 0) {
            keys[key - 1] = (uint16_t)i;
            table->key_count++;
        }
    }
    table->columns = columns;
    table->column_count = (size_t)count;
    table->key_columns = keys;
    return 0;
}

/* The 16 bytes of a uuid's text, which PostgreSQL made. */
static void read_uuid(const char *text, uint8_t out[16])
{
    for (size_t digit = 0; *text != '\0' && digit < 32; text++) {
        if (isxdigit((unsigned char)*text)) {
            int v = isdigit((unsigned char)*text) ? *text - '0'
                                                  : tolower((unsigned char)*text) - 'a' + 10;
            out[digit / 2] = (uint8_t)(out[digit / 2] << 4 | v);
            digit++;
        }
    }
}

/* {3,1,2}: ordinals of columns, which count from 1. */
static bool read_fields(struct arena *arena, const char *text, struct sto_structure *structure)
{
    size_t most = text[1] == '}' ? 0 : 1;
    for (const char *at = text; *at != '\0'; at++) {
        most += *at == ',';
    }
    int32_t *column_of = arena_calloc(arena, most + 1, sizeof(*column_of));
    for (size_t i = 0; column_of != NULL && i < most; i++) {
        char *end;
        column_of[i] = (int32_t)strtol(text + 1, &end, 10) - 1;
        text = end;
    }
    structure->column_of = column_of;
    structure->field_count = most;
    return column_of != NULL;
}

static int read_structures(struct arena *arena, const PGresult *res, int first, int count,
                           struct sto_dataset *d, struct err *err)
{
    struct sto_structure *all = arena_calloc(arena, (size_t)count, sizeof(*all));
    bool failed = all == NULL;
    for (int i = 0; i < count && !failed; i++) {
        int row = first + i;
        all[i].schema_id = sto_text_int(res, row, S_SCHEMA);
        all[i].version = sto_text_int(res, row, S_VERSION);
        all[i].is_key = strcmp(PQgetvalue(res, row, S_PART), "key") == 0;
        all[i].state = sto_state_of(PQgetvalue(res, row, S_STATE));
        read_uuid(PQgetvalue(res, row, S_GUID), all[i].guid);
        all[i].text = sto_text_copy(arena, res, row, S_TEXT, &failed);
        all[i].text_len = (size_t)PQgetlength(res, row, S_TEXT);
        all[i].rule_set = sto_text_copy(arena, res, row, S_RULE_SET, &failed);
        all[i].metadata = sto_text_copy(arena, res, row, S_METADATA, &failed);
        failed = failed || !read_fields(arena, PQgetvalue(res, row, S_FIELDS), &all[i]);
    }
    d->structures = all;
    d->structure_count = (size_t)count;
    return failed ? no_memory(err) : 0;
}

struct results {
    PGresult *datasets;
    PGresult *exempt;
    PGresult *keys;
    PGresult *columns;
    PGresult *structures;
};

static int fill_datasets(struct sto_catalogue *catalogue, const struct results *r, struct err *err)
{
    struct arena *arena = &catalogue->arena;
    int count = PQntuples(r->datasets);
    struct sto_dataset *datasets = arena_calloc(arena, (size_t)count, sizeof(*datasets));
    if (datasets == NULL) {
        return no_memory(err);
    }
    int exempt = 0;
    int key = 0;
    int column = 0;
    int structure = 0;
    for (int i = 0; i < count; i++) {
        struct sto_dataset *d = &datasets[i];
        if (read_dataset(arena, r->datasets, i, d, err) != 0) {
            return -1;
        }
        int n_exempt = rows_of(r->exempt, d->id, &exempt);
        int n_keys = rows_of(r->keys, d->id, &key);
        int n_columns = rows_of(r->columns, d->id, &column);
        int n_structures = rows_of(r->structures, d->id, &structure);
        if (read_list(arena, r->exempt, exempt - n_exempt, n_exempt, &d->exempt_values,
                      &d->exempt_value_count, err) != 0 ||
            read_list(arena, r->keys, key - n_keys, n_keys, &d->key_fields, &d->key_field_count,
                      err) != 0 ||
            read_columns(arena, r->columns, column - n_columns, n_columns, &d->table, err) != 0 ||
            read_structures(arena, r->structures, structure - n_structures, n_structures, d, err) !=
                0) {
            return -1;
        }
    }
    catalogue->datasets = datasets;
    catalogue->dataset_count = (size_t)count;
    return 0;
}

static int query(struct sto_conn *conn, const char *sql, const char *dataset, PGresult **res,
                 struct err *err)
{
    *res = sto_exec(conn, sql, &dataset, 1, err);
    return *res != NULL ? 0 : -1;
}

/* dataset NULL: every one. */
static int query_all(struct sto_conn *conn, const char *dataset, struct results *r, struct err *err)
{
    return query(conn, datasets_sql, dataset, &r->datasets, err) != 0 ||
                   query(conn, exempt_sql, dataset, &r->exempt, err) != 0 ||
                   query(conn, keys_sql, dataset, &r->keys, err) != 0 ||
                   query(conn, columns_sql, dataset, &r->columns, err) != 0 ||
                   query(conn, structures_sql, dataset, &r->structures, err) != 0
               ? -1
               : 0;
}

static void results_fini(struct results *r)
{
    PQclear(r->datasets);
    PQclear(r->exempt);
    PQclear(r->keys);
    PQclear(r->columns);
    PQclear(r->structures);
}

struct sto_catalogue *sto_catalogue_load(struct sto_conn *conn, struct err *err)
{
    struct results r = {NULL, NULL, NULL, NULL, NULL};
    int status = -1;
    struct sto_catalogue *catalogue = calloc(1, sizeof(*catalogue));
    if (catalogue == NULL) {
        no_memory(err);
        goto out;
    }
    if (sto_run(conn, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", err) != 0 ||
        sto_catalogue_age(conn, &catalogue->age, err) != 0 || query_all(conn, NULL, &r, err) != 0 ||
        sto_run(conn, "COMMIT", err) != 0) {
        goto out;
    }
    status = fill_datasets(catalogue, &r, err);
out:
    sto_rollback(conn);
    results_fini(&r);
    if (status != 0) {
        err_add(err, "loading the catalogue");
        sto_catalogue_free(&catalogue);
    }
    return catalogue;
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
    struct results r = {NULL, NULL, NULL, NULL, NULL};
    char dataset[16];
    snprintf(dataset, sizeof(dataset), "%" PRId32, dataset_id);
    struct sto_catalogue *catalogue = calloc(1, sizeof(*catalogue));
    if (catalogue == NULL) {
        no_memory(err);
        return NULL;
    }
    int status = query_all(conn, dataset, &r, err);
    if (status == 0) {
        status = fill_datasets(catalogue, &r, err);
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
