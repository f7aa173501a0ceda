/* SPDX-License-Identifier: Apache-2.0
 * storage/catalogue/fill.c - see the header. */
#include "storage/catalogue/fill_priv.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "storage/conn/text.h"

/* The columns of storage/catalogue/catalogue.c, datasets_sql, columns_sql and structures_sql. */
enum { C_DATASET, C_NAME, C_FIELD, C_TYPE, C_PRECISION, C_SCALE, C_KEY, C_SHOWN };
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

int sto_catalogue_no_memory(struct err *err)
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
    return failed ? sto_catalogue_no_memory(err) : 0;
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
    return failed ? sto_catalogue_no_memory(err) : 0;
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
        return sto_catalogue_no_memory(err);
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
        return sto_catalogue_no_memory(err);
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
    return failed ? sto_catalogue_no_memory(err) : 0;
}

int sto_catalogue_fill(struct sto_catalogue *catalogue, const struct sto_catalogue_rows *r,
                       struct err *err)
{
    struct arena *arena = &catalogue->arena;
    int count = PQntuples(r->datasets);
    struct sto_dataset *datasets = arena_calloc(arena, (size_t)count, sizeof(*datasets));
    if (datasets == NULL) {
        return sto_catalogue_no_memory(err);
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
