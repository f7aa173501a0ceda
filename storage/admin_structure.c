/* SPDX-License-Identifier: Apache-2.0
 * storage/admin_structure.c - a structure into the catalogue, and its columns into the dataset's
 * tables.
 *
 * The whole of it is one statement (nrc.add_structure) and so one transaction: a structure whose
 * tables could not be made is not there. What the names of columns may be is checked here, before
 * any DDL is tried. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/jsonw.h"
#include "storage/admin.h"
#include "storage/admin_priv.h"
#include "storage/conn_priv.h"
#include "storage/text.h"

/* A table has at most 1,600 columns; some are ours. */
enum { COLUMNS_MAX = 1500, NAME_MAX_BYTES = 63, SHA256_BYTES = 32 };

/* Names that every table has already: PostgreSQL's system columns, and our provenance. */
static const char *const taken_names[] = {
    "tableoid", "xmin",    "cmin",        "xmax",         "cmax",       "ctid",
    "_op",      "_order",  "_event_time", "_recorded_at", "_schema_id", "_topic_partition",
    "_offset",  "_effect", "_kafka_ts",
};

static int check_name(const char *name, struct err *err)
{
    size_t len = strlen(name);
    if (len == 0 || len > NAME_MAX_BYTES) {
        return err_set(err, ERR_KIND_FATAL, ERR_BAD_SCHEMA,
                       "a field's name has 1 to 63 bytes, \"%.63s\" has %zu", name, len);
    }
    for (size_t i = 0; i < COUNT_OF(taken_names); i++) {
        if (strcmp(name, taken_names[i]) == 0) {
            return err_set(err, ERR_KIND_FATAL, ERR_BAD_SCHEMA,
                           "a field cannot be named %s: the register's tables have such a column",
                           name);
        }
    }
    return 0;
}

int sto_columns_check(const struct column *columns, size_t count, struct err *err)
{
    if (count == 0 || count > COLUMNS_MAX) {
        return err_set(err, ERR_KIND_FATAL, ERR_BAD_SCHEMA,
                       "a dataset has 1 to %d columns, not %zu", COLUMNS_MAX, count);
    }
    for (size_t i = 0; i < count; i++) {
        const struct column *c = &columns[i];
        if (check_name(c->name, err) != 0) {
            return -1;
        }
        if (c->type == COLUMN_NUMERIC &&
            (c->precision < 1 || c->precision > 1000 || c->scale < 0 || c->scale > c->precision)) {
            return err_set(err, ERR_KIND_FATAL, ERR_BAD_SCHEMA,
                           "field %s: no column holds decimal(%d,%d)", c->name, c->precision,
                           c->scale);
        }
    }
    return 0;
}

void sto_columns_put(struct buf *out, const struct column *columns, size_t count)
{
    struct jsonw w = jsonw_to(out);
    jsonw_open(&w, '[');
    for (size_t i = 0; i < count; i++) {
        const struct column *c = &columns[i];
        jsonw_open(&w, '{');
        jsonw_key(&w, "name");
        jsonw_str(&w, c->name);
        jsonw_key(&w, "type");
        jsonw_str(&w, column_type_name(c->type));
        if (c->type == COLUMN_NUMERIC) {
            jsonw_key(&w, "precision");
            jsonw_int(&w, c->precision);
            jsonw_key(&w, "scale");
            jsonw_int(&w, c->scale);
        }
        jsonw_close(&w, '}');
    }
    jsonw_close(&w, ']');
}

int sto_structure_add(struct sto_conn *conn, const struct sto_structure_spec *spec,
                      int32_t *schema_id, int32_t *version, struct err *err)
{
    struct buf columns = BUF_INIT;
    char sha256[STO_BYTEA_TEXT(SHA256_BYTES)];
    char dataset[16];
    char crc64[24];
    int status = -1;
    if (!spec->is_key && sto_columns_check(spec->columns, spec->column_count, err) != 0) {
        goto out;
    }
    sto_columns_put(&columns, spec->columns, spec->column_count);
    if (buf_failed(&columns)) {
        err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "out of memory");
        goto out;
    }
    snprintf(dataset, sizeof(dataset), "%" PRId32, spec->dataset_id);
    snprintf(crc64, sizeof(crc64), "%" PRId64, (int64_t)spec->crc64);
    const char *const values[] = {dataset,    spec->is_key ? "key" : "value",
                                  spec->text, sto_text_bytea(sha256, spec->sha256, SHA256_BYTES),
                                  crc64,      buf_cstr(&columns)};
    PGresult *res = sto_exec_ddl(conn,
                                 "SELECT schema_id, version FROM nrc.add_structure($1::int, $2, $3,"
                                 " $4::bytea, $5::bigint, $6::jsonb)",
                                 values, 6, err);
    if (res == NULL) {
        err_add(err, "storing the structure");
        goto out;
    }
    *schema_id = (int32_t)strtol(PQgetvalue(res, 0, 0), NULL, 10);
    *version = (int32_t)strtol(PQgetvalue(res, 0, 1), NULL, 10);
    PQclear(res);
    status = 0;
out:
    buf_fini(&columns);
    return status;
}
