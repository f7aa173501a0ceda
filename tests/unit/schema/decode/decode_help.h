/* SPDX-License-Identifier: Apache-2.0
 * tests/unit/schema/decode/decode_help.h - a decoder for tests: schemas and rows as JSON with ' for ",
 * bytes as hex.
 *
 * The columns are the fields of the record, or those of them that are kept. Bytes are decoded from
 * memory of exactly their size, so that the sanitizer sees any read beyond them. */
#ifndef UNIT_SCHEMA_DECODE_DECODE_HELP_H
#define UNIT_SCHEMA_DECODE_DECODE_HELP_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "schema/decode/decode.h"
#include "schema/parse/parse.h"
#include "schema/plan/columns.h"

struct decoder {
    struct sch_schema *schema;
    struct sch_plan *plan;
    const char *row_field; /* of the root, or NULL: the root is the row */
    struct arena arena;
    struct column columns[64];
    struct cell cells[64];
    size_t count;
    struct err err; /* of the last failure */
    struct buf row;
};

static inline void to_json(char *out, size_t size, const char *quoted)
{
    size_t len = strlen(quoted);
    assert_true(len < size);
    for (size_t i = 0; i <= len; i++) {
        out[i] = quoted[i];
        if (quoted[i] == '\'') {
            out[i] = '"';
        }
    }
}

static inline struct sch_schema *schema_of(const char *quoted)
{
    static char text[65536];
    struct err err = ERR_INIT;
    to_json(text, sizeof(text), quoted);
    struct sch_schema *schema = sch_parse(text, strlen(text), &err);
    if (schema == NULL) {
        fail_msg("schema refused: %s", err.text);
    }
    return schema;
}

/* Compiles for the columns that d has. False when the plan is refused; see d->err. */
static inline bool decoder_compile(struct decoder *d, const int32_t *column_of)
{
    const struct sch_plan_spec spec = {.structure = d->schema,
                                       .row_field = d->row_field,
                                       .column_of = column_of,
                                       .columns = d->columns,
                                       .column_count = d->count};
    d->plan = sch_plan_compile(&spec, &d->err);
    return d->plan != NULL;
}

static inline const struct sch_type *decoder_row(const struct decoder *d)
{
    const struct sch_type *root = sch_root(d->schema);
    return d->row_field != NULL ? sch_bare_type(sch_find_field(root, d->row_field)->type) : root;
}

/* row_field: as in struct sch_plan_spec. keep: the one field of the row that has a column; NULL: each
 * has its own. */
static inline void decoder_keep_row(struct decoder *d, const char *schema, const char *row_field,
                                    const char *keep)
{
    int32_t column_of[64];
    memset(d, 0, sizeof(*d));
    err_reset(&d->err);
    d->schema = schema_of(schema);
    d->row_field = row_field;
    const struct sch_type *row = decoder_row(d);
    assert_true(row->field_count <= 64);
    for (size_t i = 0; i < row->field_count; i++) {
        const struct sch_field *field = &row->fields[i];
        bool nullable;
        column_of[i] = SCH_NO_COLUMN;
        if (keep == NULL || strcmp(field->name, keep) == 0) {
            struct column *column = &d->columns[d->count];
            sch_column_of(field->type, column, &nullable);
            column->name = field->name;
            column->field = field->name;
            column_of[i] = (int32_t)d->count++;
        }
    }
    if (!decoder_compile(d, column_of)) {
        fail_msg("plan refused: %s at %s", d->err.text, d->err.path);
    }
}

static inline void decoder_keep(struct decoder *d, const char *schema, const char *keep)
{
    decoder_keep_row(d, schema, NULL, keep);
}

static inline void decoder_open(struct decoder *d, const char *schema)
{
    decoder_keep(d, schema, NULL);
}

static inline void decoder_close(struct decoder *d)
{
    sch_plan_free(&d->plan);
    sch_schema_unref(&d->schema);
    arena_fini(&d->arena);
    buf_fini(&d->row);
}

static inline size_t hex_to(const char *hex, uint8_t *out, size_t size)
{
    size_t len = 0;
    for (; *hex != '\0'; hex++) {
        unsigned byte;
        if (*hex == ' ') {
            continue;
        }
        assert_int_equal(sscanf(hex, "%2x", &byte), 1);
        assert_true(len < size);
        out[len++] = (uint8_t)byte;
        hex++;
    }
    return len;
}

/* The bytes must outlive the use of cells, so they are kept in the arena; a copy of exactly
 * their size is decoded first. */
static inline int decode(struct decoder *d, const uint8_t *bytes, size_t len)
{
    uint8_t *copy = malloc(len > 0 ? len : 1);
    memcpy(copy, bytes, len);
    arena_reset(&d->arena);
    err_reset(&d->err);
    int rc = sch_decode(d->plan, copy, len, &d->arena, d->cells, &d->err);
    if (rc == 0) {
        buf_reset(&d->row);
        buf_put_u8(&d->row, '{');
        for (size_t i = 0; i < d->count; i++) {
            buf_printf(&d->row, "%s\"%s\":", i > 0 ? "," : "", d->columns[i].name);
            cell_print_json(&d->row, &d->cells[i], d->columns[i].type);
        }
        buf_put_u8(&d->row, '}');
    }
    free(copy);
    return rc;
}

static inline int decode_hex(struct decoder *d, const char *hex)
{
    uint8_t bytes[8192];
    size_t len = hex_to(hex, bytes, sizeof(bytes));
    return decode(d, bytes, len);
}

/* row: with ' for ". */
static inline void expect_row(struct decoder *d, const char *hex, const char *row)
{
    char wanted[16384];
    to_json(wanted, sizeof(wanted), row);
    if (decode_hex(d, hex) != 0) {
        fail_msg("%s: refused: %s at %s", hex, d->err.text, d->err.path);
    }
    assert_string_equal(buf_cstr(&d->row), wanted);
}

static inline void expect_fault(struct decoder *d, const char *hex, enum err_code code,
                                const char *path)
{
    if (decode_hex(d, hex) == 0) {
        fail_msg("%s: read as %s, expected %s at %s", hex, buf_cstr(&d->row), err_token(code),
                 path);
    }
    if (d->err.code != code || d->err.kind != ERR_KIND_POISON || strcmp(d->err.path, path) != 0) {
        fail_msg("%s: %s at \"%s\" (%s), expected %s at \"%s\"", hex, err_token(d->err.code),
                 d->err.path, d->err.text, err_token(code), path);
    }
}

static inline void expect_read(const char *schema, const char *hex, const char *row)
{
    struct decoder d;
    decoder_open(&d, schema);
    expect_row(&d, hex, row);
    decoder_close(&d);
}

static inline void expect_refused(const char *schema, const char *hex, enum err_code code,
                                  const char *path)
{
    struct decoder d;
    decoder_open(&d, schema);
    expect_fault(&d, hex, code, path);
    decoder_close(&d);
}

/* A record of one field f of this type. */
#define F(type)        "{'type':'record','name':'R','fields':[{'name':'f','type':" type "}]}"
#define REC(fields)    "{'type':'record','name':'R','fields':[" fields "]}"
#define FIELD(n, type) "{'name':'" n "','type':" type "}"
#define LOGICAL(t, l)  "{'type':'" t "','logicalType':'" l "'}"
#define DECIMAL(p, s)  "{'type':'bytes','logicalType':'decimal','precision':" #p ",'scale':" #s "}"

#endif
