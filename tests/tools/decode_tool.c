/* SPDX-License-Identifier: Apache-2.0
 * tests/tools/decode_tool.c - the decoder for oracles: JSON lines in, JSON lines out.
 *
 * In: {"structures": [schema, …], "of": 0, "keep": [name, …], "hex": "…", "cuts": true}. The
 * structures are registered one after the other, and the event is one of number `of`. keep: the
 * fields that have columns; without it all have.
 *
 * Out: {"row": {…}, "after": […]}: the row by its fields, as it is when its structure is the newest,
 * and then for each structure that follows the row's cells in the order of the columns, or null when
 * the structure is refused; or {"error": token, "path": …}, {"refused": text, "path": …}. With
 * `cuts`, also `survivors`: lengths below the whole at which the bytes were not refused as truncated,
 * and `longer`: what one byte more was called. Every length is decoded from memory of exactly that
 * size, so that a sanitizer sees a read beyond. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cell.h"
#include "base/jsonw.h"
#include "schema/decode/decode.h"
#include "schema/parse/parse.h"
#include "schema/plan/layout.h"

struct decoding {
    struct sch_schema *schema;
    struct sch_layout layout; /* now */
    int32_t *column_of;       /* of the event's structure, settled when it was registered */
    struct sch_plan *plan;
    struct arena arena;
    struct cell *cells;
};

static struct sch_schema *parse(const json_t *schema, struct err *err)
{
    char *text = json_dumps(schema, JSON_ENCODE_ANY | JSON_COMPACT);
    struct sch_schema *parsed = sch_parse(text, strlen(text), err);
    free(text);
    return parsed;
}

/* One more structure. The dataset stays as it was when it is refused. */
static int extend(struct decoding *d, const struct sch_schema *schema, struct err *err)
{
    struct sch_layout next;
    if (sch_layout_extend(d->layout.columns, d->layout.column_count, schema, false, &next, err) !=
        0) {
        return -1;
    }
    sch_layout_fini(&d->layout);
    d->layout = next;
    return 0;
}

static int compile(struct decoding *d, struct err *err)
{
    const struct sch_plan_spec spec = {.structure = d->schema,
                                       .column_of = d->column_of,
                                       .columns = d->layout.columns,
                                       .column_count = d->layout.column_count};
    sch_plan_free(&d->plan);
    free(d->cells);
    d->cells = calloc(d->layout.column_count + 1, sizeof(*d->cells));
    d->plan = sch_plan_compile(&spec, err);
    return d->plan != NULL ? 0 : -1;
}

static bool is_kept(const json_t *keep, const char *name)
{
    size_t i;
    json_t *item;
    json_array_foreach(keep, i, item)
    {
        if (strcmp(json_string_value(item), name) == 0) {
            return true;
        }
    }
    return keep == NULL;
}

/* Registers the structures up to the event's own, which settles its columns. */
static int open_decoding(struct decoding *d, const json_t *request, struct err *err)
{
    const json_t *structures = json_object_get(request, "structures");
    const json_t *keep = json_object_get(request, "keep");
    size_t of = (size_t)json_integer_value(json_object_get(request, "of"));
    for (size_t i = 0; i <= of; i++) {
        struct sch_schema *schema = parse(json_array_get(structures, i), err);
        int rc = schema != NULL ? extend(d, schema, err) : -1;
        sch_schema_unref(&d->schema);
        d->schema = schema;
        if (rc != 0) {
            return -1;
        }
    }
    const struct sch_type *root = sch_root(d->schema);
    d->column_of = calloc(d->layout.field_count + 1, sizeof(*d->column_of));
    for (size_t i = 0; i < d->layout.field_count; i++) {
        d->column_of[i] =
            is_kept(keep, root->fields[i].name) ? d->layout.column_of[i] : SCH_NO_COLUMN;
    }
    return compile(d, err);
}

static void close_decoding(struct decoding *d)
{
    sch_plan_free(&d->plan);
    sch_schema_unref(&d->schema);
    sch_layout_fini(&d->layout);
    free(d->column_of);
    free(d->cells);
    arena_fini(&d->arena);
}

static void print_error(struct buf *out, const char *name, const char *what, const struct err *err)
{
    struct jsonw w = jsonw_to(out);
    jsonw_open(&w, '{');
    jsonw_key(&w, name);
    jsonw_str(&w, what);
    jsonw_key(&w, "path");
    jsonw_str(&w, err->path);
    jsonw_key(&w, "text");
    jsonw_str(&w, err->text);
    jsonw_close(&w, '}');
}

static void print_row(const struct decoding *d, struct buf *out)
{
    const struct sch_type *root = sch_root(d->schema);
    bool comma = false;
    buf_put_str(out, "{\"row\":{");
    for (size_t i = 0; i < root->field_count; i++) {
        int32_t at = d->column_of[i];
        if (at == SCH_NO_COLUMN) {
            continue;
        }
        buf_put_str(out, comma ? "," : "");
        comma = true;
        jsonw_quote(out, root->fields[i].name, strlen(root->fields[i].name));
        buf_put_u8(out, ':');
        cell_print_json(out, &d->cells[at], d->layout.columns[at].type);
    }
    buf_put_str(out, "}}");
}

static void print_cells(const struct decoding *d, struct buf *out)
{
    buf_put_u8(out, '[');
    for (size_t i = 0; i < d->layout.column_count; i++) {
        buf_put_str(out, i > 0 ? "," : "");
        cell_print_json(out, &d->cells[i], d->layout.columns[i].type);
    }
    buf_put_u8(out, ']');
}

static int decode_copy(struct decoding *d, const uint8_t *bytes, size_t len, struct err *err)
{
    uint8_t *copy = malloc(len > 0 ? len : 1);
    memcpy(copy, bytes, len);
    arena_reset(&d->arena);
    int rc = sch_decode(d->plan, copy, len, &d->arena, d->cells, err);
    free(copy);
    return rc;
}

/* The same bytes after each structure that follows. */
static void try_later(struct decoding *d, const json_t *request, const uint8_t *bytes, size_t len,
                      struct buf *out)
{
    const json_t *structures = json_object_get(request, "structures");
    size_t of = (size_t)json_integer_value(json_object_get(request, "of"));
    out->len--; /* the closing brace */
    buf_put_str(out, ",\"after\":[");
    print_cells(d, out);
    for (size_t i = of + 1; i < json_array_size(structures); i++) {
        struct err err = ERR_INIT;
        struct sch_schema *schema = parse(json_array_get(structures, i), &err);
        bool taken = schema != NULL && extend(d, schema, &err) == 0;
        sch_schema_unref(&schema);
        buf_put_u8(out, ',');
        if (!taken) {
            buf_put_str(out, "null");
        } else if (compile(d, &err) != 0 ||
                   sch_decode(d->plan, bytes, len, &d->arena, d->cells, &err) != 0) {
            jsonw_quote(out, err.text, strlen(err.text));
        } else {
            print_cells(d, out);
        }
    }
    buf_put_str(out, "]}");
}

static void try_cuts(struct decoding *d, const uint8_t *bytes, size_t len, struct buf *out)
{
    struct jsonw w = jsonw_to(out);
    out->len--; /* the closing brace */
    buf_put_str(out, ",\"survivors\":");
    jsonw_open(&w, '[');
    for (size_t cut = 0; cut < len; cut++) {
        struct err err = ERR_INIT;
        if (decode_copy(d, bytes, cut, &err) == 0 || err.code != ERR_TRUNCATED ||
            err.kind != ERR_KIND_POISON) {
            jsonw_int(&w, (int64_t)cut);
        }
    }
    jsonw_close(&w, ']');
    uint8_t *longer = malloc(len + 1);
    memcpy(longer, bytes, len);
    longer[len] = 0;
    struct err err = ERR_INIT;
    int rc = decode_copy(d, longer, len + 1, &err);
    buf_printf(out, ",\"longer\":\"%s\"}", rc == 0 ? "accepted" : err_token(err.code));
    free(longer);
}

static size_t from_hex(const char *hex, uint8_t *bytes)
{
    size_t len = strlen(hex) / 2;
    for (size_t i = 0; i < len; i++) {
        unsigned byte = 0;
        sscanf(hex + 2 * i, "%2x", &byte);
        bytes[i] = (uint8_t)byte;
    }
    return len;
}

static void answer(const json_t *request, struct buf *out)
{
    struct decoding d = {.arena = ARENA_INIT, .layout = {.arena = ARENA_INIT}};
    struct err err = ERR_INIT;
    if (open_decoding(&d, request, &err) != 0) {
        print_error(out, "refused", err.text, &err);
    } else {
        const char *hex = json_string_value(json_object_get(request, "hex"));
        uint8_t *bytes = malloc(strlen(hex) / 2 + 1);
        size_t len = from_hex(hex, bytes);
        if (sch_decode(d.plan, bytes, len, &d.arena, d.cells, &err) == 0) {
            print_row(&d, out);
            try_later(&d, request, bytes, len, out);
        } else {
            print_error(out, "error", err_token(err.code), &err);
        }
        if (json_is_true(json_object_get(request, "cuts"))) {
            try_cuts(&d, bytes, len, out);
        }
        if (json_is_true(json_object_get(request, "plan"))) {
            struct buf plan = BUF_INIT;
            sch_plan_print(d.plan, &plan);
            fprintf(stderr, "%s", buf_cstr(&plan));
            buf_fini(&plan);
        }
        free(bytes);
    }
    close_decoding(&d);
}

int main(void)
{
    char *line = NULL;
    size_t cap = 0;
    struct buf out = BUF_INIT;
    while (getline(&line, &cap, stdin) > 0) {
        json_error_t why;
        json_t *request = json_loads(line, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &why);
        if (request == NULL) {
            fprintf(stderr, "decode_tool: %s\n", why.text);
            return 2;
        }
        buf_reset(&out);
        answer(request, &out);
        printf("%s\n", buf_cstr(&out));
        fflush(stdout);
        json_decref(request);
    }
    free(line);
    buf_fini(&out);
    return 0;
}
