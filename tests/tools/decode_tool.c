/* SPDX-License-Identifier: Apache-2.0
 * tests/tools/decode_tool.c - the decoder for oracles: JSON lines in, JSON lines out.
 *
 * In: {"writer": schema, "reader": schema, "hex": "…", "cuts": true}. Each field of the reader
 * record becomes a column. Out: {"row": {…}}, {"error": token, "path": …} or {"incompatible":
 * text, "path": …}. With `cuts`, also `survivors`: lengths below the whole at which the bytes
 * were not refused as truncated, and `longer`: what one byte more was called. Every length is
 * decoded from memory of exactly that size, so that a sanitizer sees a read beyond. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cell.h"
#include "base/jsonw.h"
#include "schema/columns.h"
#include "schema/decode.h"

struct decoding {
    struct sch_schema *writer;
    struct sch_schema *reader;
    struct sch_plan *plan;
    struct sch_target *targets;
    size_t count;
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

static int open_decoding(struct decoding *d, const json_t *request, struct err *err)
{
    d->writer = parse(json_object_get(request, "writer"), err);
    d->reader = d->writer != NULL ? parse(json_object_get(request, "reader"), err) : NULL;
    if (d->reader == NULL) {
        return -1;
    }
    const struct sch_type *root = sch_root(d->reader);
    d->count = root->field_count;
    d->targets = calloc(d->count + 1, sizeof(*d->targets));
    d->cells = calloc(d->count + 1, sizeof(*d->cells));
    for (size_t i = 0; i < d->count; i++) {
        bool nullable;
        d->targets[i].field = &root->fields[i];
        sch_column_of(root->fields[i].type, &d->targets[i].column, &nullable);
        d->targets[i].column.name = root->fields[i].name;
    }
    struct sch_plan_spec spec = {.writer = d->writer,
                                 .owners = &d->reader,
                                 .owner_count = 1,
                                 .targets = d->targets,
                                 .target_count = d->count};
    d->plan = sch_plan_compile(&spec, err);
    return d->plan != NULL ? 0 : -1;
}

static void close_decoding(struct decoding *d)
{
    sch_plan_free(&d->plan);
    sch_schema_unref(&d->writer);
    sch_schema_unref(&d->reader);
    free(d->targets);
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
    buf_put_str(out, "{\"row\":{");
    for (size_t i = 0; i < d->count; i++) {
        const struct column *column = &d->targets[i].column;
        buf_put_str(out, i > 0 ? "," : "");
        jsonw_quote(out, column->name, strlen(column->name));
        buf_put_u8(out, ':');
        cell_print_json(out, &d->cells[i], column->type);
    }
    buf_put_str(out, "}}");
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
    struct decoding d = {.arena = ARENA_INIT};
    struct err err = ERR_INIT;
    if (open_decoding(&d, request, &err) != 0) {
        print_error(out, err.code == ERR_INCOMPATIBLE ? "incompatible" : "refused", err.text, &err);
    } else {
        const char *hex = json_string_value(json_object_get(request, "hex"));
        uint8_t *bytes = malloc(strlen(hex) / 2 + 1);
        size_t len = from_hex(hex, bytes);
        if (sch_decode(d.plan, bytes, len, &d.arena, d.cells, &err) == 0) {
            print_row(&d, out);
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
