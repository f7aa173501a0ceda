/* SPDX-License-Identifier: Apache-2.0
 * tests/tools/schema_tool.c - the schema parser as a filter, for tests/oracle/schema_oracle.py.
 *
 * One schema a line on standard input, one JSON object a line on standard output:
 * {"ok":true,"canonical":…,"crc64":hex,"sha256":hex,"types":n,"defaults":[hex or null for each
 * field of a root record],"columns":[[SQL type, precision, scale, nullable] for each]} or
 * {"ok":false,"error":…,"code":…,"path":…}. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/jsonw.h"
#include "schema/model/model.h"
#include "schema/parse/parse.h"
#include "schema/plan/columns.h"

static void write_hex(struct jsonw *w, const uint8_t *bytes, size_t len)
{
    struct buf hex = BUF_INIT;
    for (size_t i = 0; i < len; i++) {
        buf_printf(&hex, "%02x", bytes[i]);
    }
    jsonw_str(w, buf_cstr(&hex));
    buf_fini(&hex);
}

static const char *column_name(enum column_type type)
{
    static const char *const names[] = {
        [COLUMN_TEXT] = "text",
        [COLUMN_BIGINT] = "bigint",
        [COLUMN_DOUBLE] = "double",
        [COLUMN_BOOLEAN] = "boolean",
        [COLUMN_BYTEA] = "bytea",
        [COLUMN_NUMERIC] = "numeric",
        [COLUMN_DATE] = "date",
        [COLUMN_TIME] = "time",
        [COLUMN_TIMESTAMPTZ] = "timestamptz",
        [COLUMN_TIMESTAMP] = "timestamp",
        [COLUMN_UUID] = "uuid",
        [COLUMN_JSONB] = "jsonb",
    };
    return names[type];
}

static void write_fields(struct jsonw *w, const struct sch_type *root)
{
    jsonw_key(w, "defaults");
    jsonw_open(w, '[');
    for (size_t i = 0; i < root->field_count; i++) {
        const struct sch_field *field = &root->fields[i];
        if (field->default_bytes != NULL) {
            write_hex(w, field->default_bytes, field->default_len);
        } else {
            jsonw_null(w);
        }
    }
    jsonw_close(w, ']');
    jsonw_key(w, "columns");
    jsonw_open(w, '[');
    for (size_t i = 0; i < root->field_count; i++) {
        struct column column = {.name = root->fields[i].name};
        bool nullable = false;
        sch_column_of(root->fields[i].type, &column, &nullable);
        jsonw_open(w, '[');
        jsonw_str(w, column_name(column.type));
        jsonw_int(w, column.precision);
        jsonw_int(w, column.scale);
        jsonw_bool(w, nullable);
        jsonw_close(w, ']');
    }
    jsonw_close(w, ']');
}

static void write_schema(struct jsonw *w, const struct sch_schema *schema)
{
    struct buf canonical = BUF_INIT;
    uint8_t sha256[32];
    uint8_t crc64[8];
    char shown[120];
    sch_canonical(schema, &canonical);
    sch_fingerprint_sha256(schema, sha256);
    uint64_t crc = htobe64(sch_fingerprint_crc64(schema));
    memcpy(crc64, &crc, sizeof(crc64));
    jsonw_key(w, "ok");
    jsonw_bool(w, true);
    jsonw_key(w, "canonical");
    jsonw_str_n(w, (const char *)canonical.data, canonical.len);
    jsonw_key(w, "crc64");
    write_hex(w, crc64, sizeof(crc64));
    jsonw_key(w, "sha256");
    write_hex(w, sha256, sizeof(sha256));
    jsonw_key(w, "types");
    jsonw_int(w, sch_type_count(schema));
    jsonw_key(w, "root");
    jsonw_str(w, sch_describe(sch_root(schema), shown, sizeof(shown)));
    write_fields(w, sch_root(schema));
    buf_fini(&canonical);
}

static void write_error(struct jsonw *w, const struct err *err)
{
    jsonw_key(w, "ok");
    jsonw_bool(w, false);
    jsonw_key(w, "error");
    jsonw_str(w, err->text);
    jsonw_key(w, "code");
    jsonw_str(w, err_token(err->code));
    jsonw_key(w, "path");
    jsonw_str(w, err->path);
}

int main(void)
{
    char *line = NULL;
    size_t size = 0;
    ssize_t len;
    while ((len = getline(&line, &size, stdin)) >= 0) {
        while (len > 0 && line[len - 1] == '\n') {
            len--;
        }
        struct err err = ERR_INIT;
        struct sch_schema *schema = sch_parse(line, (size_t)len, &err);
        struct buf out = BUF_INIT;
        struct jsonw w = jsonw_to(&out);
        jsonw_open(&w, '{');
        if (schema != NULL) {
            write_schema(&w, schema);
        } else {
            write_error(&w, &err);
        }
        jsonw_close(&w, '}');
        puts(buf_cstr(&out));
        fflush(stdout);
        buf_fini(&out);
        sch_schema_unref(&schema);
    }
    free(line);
    return 0;
}
