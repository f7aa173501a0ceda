/* SPDX-License-Identifier: Apache-2.0
 * tests/fuzz/fuzz_decode.c - any bytes against plans of every kind.
 *
 * The first byte picks a schema, the field that holds the row, and whether each field of the row
 * has a column. The rest is the event. Given bytes that the decoder accepts, then the row prints as
 * JSON that a strict parser takes, so text is UTF-8 and tapes are whole. Given bytes that it refuses,
 * then the error is POISON and its path is text. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "schema/decode/decode.h"
#include "schema/parse/parse.h"
#include "schema/plan/columns.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define REC(fields) "{\"type\":\"record\",\"name\":\"R\",\"fields\":[" fields "]}"
#define F(n, type)  "{\"name\":\"" n "\",\"type\":" type "}"
#define L(t, l)     "{\"type\":\"" t "\",\"logicalType\":\"" l "\"}"
#define DECIMAL     "{\"type\":\"bytes\",\"logicalType\":\"decimal\",\"precision\":21,\"scale\":2}"

#define ARRAY(t)  "{\"type\":\"array\",\"items\":" t "}"
#define MAP(t)    "{\"type\":\"map\",\"values\":" t "}"
#define SUB(n, f) "{\"type\":\"record\",\"name\":\"" n "\",\"fields\":[" f "]}"

/* clang-format off */
static const char flat[] = REC(
    F("s", "\"string\"") ","
    F("e", "{\"type\":\"enum\",\"name\":\"E\",\"symbols\":[\"a\",\"b\"]}") ","
    F("d", L("int", "date")) ","
    F("t", L("long", "timestamp-micros")) ","
    F("p", DECIMAL) ","
    F("u", L("string", "uuid")) ","
    F("f", "\"float\"") ","
    F("g", "\"double\"") ","
    F("b", "\"boolean\"") ","
    F("y", "\"bytes\"") ","
    F("x", "{\"type\":\"fixed\",\"name\":\"X\",\"size\":3}") ","
    F("n", "[\"null\",\"string\"]") ","
    F("o", "[\"long\",\"null\"]") ","
    F("i", "\"int\""));
static const char nested[] = REC(
    F("a", ARRAY(MAP("[\"null\",\"string\",\"double\"," ARRAY("\"null\"") "]"))) ","
    F("r", "[\"null\"," SUB("N", F("v", "\"int\"") "," F("k", ARRAY("\"N\"")) "," F("d", DECIMAL) ","
                                 F("m", MAP("\"N\""))) "]") ","
    F("w", "[\"int\",\"string\",\"N\",\"null\"]"));
static const char empty[] = REC(F("a", ARRAY(SUB("Z", F("n", "\"null\"")))));
static const char tagged[] = REC(
    F("u", "[\"int\",\"long\",\"float\",\"bytes\",\"string\"," SUB("P", F("a", "\"int\"")) ","
           SUB("Q", F("a", "\"int\"") "," F("p", "[\"null\",\"P\",\"Q\"]")) "]") ","
    F("v", ARRAY("[\"null\",\"Q\",\"P\"]")) ","
    F("y", "{\"type\":\"fixed\",\"name\":\"Y\",\"size\":16,\"logicalType\":\"uuid\"}"));
static const char envelope[] = REC(
    F("before", "[\"null\"," SUB("V", F("i", "\"int\"") "," F("s", "[\"null\",\"string\"]") ","
                                      F("v", ARRAY("[\"null\",\"V\"]"))) "]") ","
    F("after", "[\"null\",\"V\"]") ","
    F("source", SUB("S", F("db", "\"string\"") "," F("at", L("long", "timestamp-millis")))) ","
    F("op", "\"string\""));
/* clang-format on */

static const struct {
    const char *schema;
    bool skips; /* only the last field has a column */
    const char *row_field;
} kinds[] = {{flat, false, NULL},        {nested, false, NULL},    {nested, true, NULL},
             {flat, true, NULL},         {tagged, false, NULL},    {tagged, true, NULL},
             {empty, false, NULL},       {empty, true, NULL},      {envelope, false, "after"},
             {envelope, true, "before"}, {envelope, true, "after"}};

enum { KINDS = COUNT_OF(kinds), MAX_COLUMNS = 16 };

static struct {
    struct sch_plan *plan;
    struct column columns[MAX_COLUMNS];
    size_t count;
} plans[KINDS];

static void compile(size_t n)
{
    struct err err = ERR_INIT;
    struct sch_schema *schema = sch_parse(kinds[n].schema, strlen(kinds[n].schema), &err);
    int32_t column_of[MAX_COLUMNS];
    if (schema == NULL) {
        abort();
    }
    const struct sch_type *row = sch_root(schema);
    if (kinds[n].row_field != NULL) {
        row = sch_bare_type(sch_find_field(row, kinds[n].row_field)->type);
    }
    for (size_t i = 0; i < row->field_count; i++) {
        bool nullable;
        column_of[i] = SCH_NO_COLUMN;
        if (!kinds[n].skips || i + 1 == row->field_count) {
            sch_column_of(row->fields[i].type, &plans[n].columns[plans[n].count], &nullable);
            column_of[i] = (int32_t)plans[n].count++;
        }
    }
    const struct sch_plan_spec spec = {.structure = schema,
                                       .row_field = kinds[n].row_field,
                                       .column_of = column_of,
                                       .columns = plans[n].columns,
                                       .column_count = plans[n].count};
    plans[n].plan = sch_plan_compile(&spec, &err);
    if (plans[n].plan == NULL) {
        abort();
    }
    sch_schema_unref(&schema);
}

static void check_row(size_t n, const struct cell *cells)
{
    for (size_t i = 0; i < plans[n].count; i++) {
        struct buf out = BUF_INIT;
        json_error_t why;
        cell_print_json(&out, &cells[i], plans[n].columns[i].type);
        json_t *json = json_loadb((const char *)out.data, out.len,
                                  JSON_DECODE_ANY | JSON_DECODE_INT_AS_REAL, &why);
        if (buf_failed(&out) || json == NULL) {
            abort();
        }
        json_decref(json);
        buf_fini(&out);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct arena arena = ARENA_INIT;
    struct cell cells[MAX_COLUMNS];
    struct err err = ERR_INIT;
    if (size == 0) {
        return 0;
    }
    size_t n = data[0] % KINDS;
    if (plans[n].plan == NULL) {
        compile(n);
    }
    uint8_t *copy =
        malloc(size > 1 ? size - 1 : 1); /* exactly this size, so that reads beyond it are seen */
    if (copy == NULL) {
        return 0;
    }
    memcpy(copy, data + 1, size - 1);
    arena_reset(&arena);
    if (sch_decode(plans[n].plan, copy, size - 1, &arena, cells, &err) == 0) {
        check_row(n, cells);
    } else if (err.kind != ERR_KIND_POISON ||
               !utf8_is_text((const uint8_t *)err.path, strlen(err.path))) {
        abort();
    }
    free(copy);
    return 0;
}
