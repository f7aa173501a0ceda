/* SPDX-License-Identifier: Apache-2.0
 * storage/subject/add.c - the parameters of nrc.register_version, and the codes of its refusals. */
#include "storage/subject/add.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/jsonw.h"
#include "storage/admin/columns.h"
#include "storage/conn/statement.h"
#include "storage/conn/text.h"
#include "storage/subject/config.h"

enum { SHA256_BYTES = 32, NUMBER_BYTES = 24 };

void sto_references_put(struct buf *out, const struct sto_reference *references, size_t count)
{
    struct jsonw w = jsonw_to(out);
    jsonw_open(&w, '[');
    for (size_t i = 0; i < count; i++) {
        const struct sto_reference *ref = &references[i];
        jsonw_open(&w, '{');
        jsonw_key(&w, "name");
        jsonw_str(&w, ref->name);
        jsonw_key(&w, "subject");
        jsonw_str(&w, ref->subject);
        jsonw_number(&w, "version", ref->version);
        jsonw_close(&w, '}');
    }
    jsonw_close(&w, ']');
}

/* The code of a refusal by nrc.register_version, which has texts of its own; one has Confluent's. */
static void name_refusal(const struct sto_version_spec *spec, struct err *err)
{
    static const struct {
        const char *sqlstate;
        enum err_code code;
    } rows[] = {
        {"NRC05", ERR_ID_MISMATCH},
        {"NRC06", ERR_NOT_PERMITTED},
        {"NRC07", ERR_BAD_SCHEMA},
    };
    if (strcmp(err->sqlstate, "NRC10") == 0) {
        err_set(err, ERR_KIND_FATAL, ERR_NOT_PERMITTED,
                "Overwrite new schema with id %d in context %.*s is not permitted.",
                (int)spec->want_id, (int)sto_context_len(spec->subject), spec->subject);
        return;
    }
    if (strcmp(err->sqlstate, "22008") == 0 || strcmp(err->sqlstate, "22009") == 0) {
        err_set(err, ERR_KIND_FATAL, ERR_USAGE, "this date or time does not exist in the calendar");
        return;
    }
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (strcmp(err->sqlstate, rows[i].sqlstate) == 0) {
            err->code = rows[i].code;
            return;
        }
    }
    err_add(err, "storing the version");
}

/* The parameters that are JSON, or the text of an array. */
struct lists {
    struct buf columns;
    struct buf fields; /* the ordinal of each one's column */
    struct buf names;
    struct buf references;
    struct buf change;
};

static void put_change(struct buf *out, const struct sto_change *change)
{
    struct jsonw w = jsonw_to(out);
    jsonw_open(&w, '{');
    jsonw_given(&w, "class", change->class);
    jsonw_key(&w, "collects_more");
    jsonw_bool(&w, change->collects_more);
    jsonw_number(&w, "compared_with", change->compared_with);
    jsonw_key(&w, "findings");
    jsonw_raw(&w, change->findings);
    jsonw_given(&w, "reason", change->reason);
    jsonw_given(&w, "effective_at", change->from);
    jsonw_given(&w, "notice", change->notice);
    jsonw_close(&w, '}');
}

static int call(struct sto_conn *conn, const struct sto_version_spec *spec, struct lists *lists,
                struct sto_version_added *out, struct err *err)
{
    char sha256[STO_BYTEA_TEXT(SHA256_BYTES)];
    char normalized[STO_BYTEA_TEXT(SHA256_BYTES)];
    char dataset[NUMBER_BYTES];
    char crc64[NUMBER_BYTES];
    char want_id[NUMBER_BYTES];
    char want_version[NUMBER_BYTES];
    bool has_dataset = spec->dataset_id != 0;
    bool is_value = has_dataset && !spec->is_key;
    snprintf(dataset, sizeof(dataset), "%" PRId32, spec->dataset_id);
    snprintf(crc64, sizeof(crc64), "%" PRId64, (int64_t)spec->crc64);
    snprintf(want_id, sizeof(want_id), "%" PRId32, spec->want_id);
    snprintf(want_version, sizeof(want_version), "%" PRId32, spec->want_version);
    const char *const values[] = {
        spec->subject,
        has_dataset ? dataset : NULL,
        is_value      ? "value"
        : has_dataset ? "key"
                      : "none",
        spec->text,
        spec->resolved,
        sto_text_bytea(sha256, spec->sha256, SHA256_BYTES),
        spec->normalized != NULL ? sto_text_bytea(normalized, spec->normalized, SHA256_BYTES)
                                 : NULL,
        crc64,
        spec->metadata,
        spec->rule_set,
        spec->reference_count > 0 ? buf_cstr(&lists->references) : NULL,
        is_value ? buf_cstr(&lists->columns) : NULL,
        is_value ? buf_cstr(&lists->fields) : NULL,
        is_value ? buf_cstr(&lists->names) : NULL,
        spec->change != NULL ? buf_cstr(&lists->change) : NULL,
        spec->want_id >= 0 ? want_id : NULL,
        spec->want_version > 0 ? want_version : NULL,
        spec->by,
        spec->patient ? "true" : "false",
    };
    PGresult *res = sto_exec(
        conn,
        "SELECT schema_id, version, coalesce(request_id, 0)"
        " FROM nrc.register_version($1, $2::int, $3, $4, $5, $6::bytea,"
        " $7::bytea, $8::bigint, $9::jsonb, $10::jsonb, $11::jsonb, $12::jsonb, $13::int[],"
        " $14::jsonb, $15::jsonb, $16::int, $17::int, coalesce($18, session_user), $19::boolean)",
        values, (int)COUNT_OF(values), err);
    if (res == NULL) {
        name_refusal(spec, err);
        return -1;
    }
    *out = (struct sto_version_added){
        .schema_id = sto_text_int(res, 0, 0),
        .version = sto_text_int(res, 0, 1),
        .request = strtoll(PQgetvalue(res, 0, 2), NULL, 10),
    };
    PQclear(res);
    return 0;
}

int sto_version_add(struct sto_conn *conn, const struct sto_version_spec *spec,
                    struct sto_version_added *out, struct err *err)
{
    struct lists lists = {.columns = BUF_INIT,
                          .fields = BUF_INIT,
                          .names = BUF_INIT,
                          .references = BUF_INIT,
                          .change = BUF_INIT};
    int rc = -1;
    if (spec->dataset_id != 0 && !spec->is_key) {
        if (sto_columns_check(spec->columns, spec->column_count, err) != 0) {
            goto end;
        }
        sto_columns_put(&lists.columns, spec->columns, spec->column_count);
        sto_column_ordinals_put(&lists.fields, spec->column_of, spec->field_count);
        sto_text_list(&lists.names, spec->names, spec->field_count);
    }
    sto_references_put(&lists.references, spec->references, spec->reference_count);
    if (spec->change != NULL) {
        put_change(&lists.change, spec->change);
    }
    if (buf_failed(&lists.columns) || buf_failed(&lists.fields) || buf_failed(&lists.names) ||
        buf_failed(&lists.references) || buf_failed(&lists.change)) {
        err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "out of memory");
        goto end;
    }
    rc = call(conn, spec, &lists, out, err);
end:
    buf_fini(&lists.columns);
    buf_fini(&lists.fields);
    buf_fini(&lists.names);
    buf_fini(&lists.references);
    buf_fini(&lists.change);
    return rc;
}
