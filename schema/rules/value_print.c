/* SPDX-License-Identifier: Apache-2.0
 * schema/rules/value_print.c - values as JSON that tells their kinds: {"int": "5"}, {"map": [[key, value], …]}. */
#include <inttypes.h>
#include <math.h>

#include "base/jsonw.h"
#include "schema/rules/bind.h"
#include "schema/rules/decimal.h"
#include "schema/rules/print.h"
#include "schema/rules/type.h"

enum { MAX_NESTING = 64 };

static void print(struct jsonw *w, struct cel_run *run, const struct cel_value *value, int level);

static void print_text(struct jsonw *w, const char *kind, const char *text, size_t len)
{
    jsonw_key(w, kind);
    jsonw_str_n(w, text, len);
}

static void print_base64(struct jsonw *w, const struct cel_value *value)
{
    size_t len = ((size_t)value->len + 2) / 3 * 4;
    struct buf text = BUF_INIT;
    char *p = (char *)buf_reserve(&text, len + 1);
    if (p != NULL) {
        cel_print_base64(value->p, value->len, p);
        print_text(w, "bytes", p, len);
    }
    buf_fini(&text);
}

static void print_items(struct jsonw *w, struct cel_run *run, const struct cel_value *value,
                        int level)
{
    struct cel_walk walk;
    struct cel_value key;
    struct cel_value item;
    jsonw_key(w, value->kind == CEL_LIST ? "list" : "map");
    jsonw_open(w, '[');
    cel_walk_begin(&walk, value);
    while (level < MAX_NESTING && cel_walk_next(&walk, run, &key, &item)) {
        if (value->kind == CEL_MAP) {
            jsonw_open(w, '[');
            print(w, run, &key, level + 1);
        }
        print(w, run, &item, level + 1);
        if (value->kind == CEL_MAP) {
            jsonw_close(w, ']');
        }
    }
    jsonw_close(w, ']');
}

static void print_scalar(struct jsonw *w, const struct cel_value *value)
{
    char text[2 * CEL_DECIMAL_DIGITS + 8];
    struct cel_decimal decimal;
    switch (value->kind) {
    case CEL_NULL:
        jsonw_key(w, "null");
        jsonw_null(w);
        return;
    case CEL_BOOL:
        jsonw_key(w, "bool");
        jsonw_bool(w, value->b);
        return;
    case CEL_INT:
        print_text(w, "int", text, (size_t)snprintf(text, sizeof(text), "%" PRId64, value->i));
        return;
    case CEL_UINT:
        print_text(w, "uint", text, (size_t)snprintf(text, sizeof(text), "%" PRIu64, value->u));
        return;
    case CEL_DOUBLE: print_text(w, "double", text, cel_print_double(value->d, text)); return;
    case CEL_STRING:
        print_text(w, "string", value->len > 0 ? (const char *)value->p : "", value->len);
        return;
    case CEL_TIMESTAMP: print_text(w, "timestamp", text, cel_print_timestamp(value, text)); return;
    case CEL_DURATION: print_text(w, "duration", text, cel_print_duration(value, text)); return;
    case CEL_DECIMAL:
        print_text(w, "decimal", text,
                   cel_decimal_read(value, &decimal) ? cel_decimal_print(&decimal, text) : 0);
        return;
    default:
        print_text(w, "error", value->text, value->text != NULL ? strlen(value->text) : 0);
        return;
    }
}

static void print_record(struct jsonw *w, struct cel_run *run, const struct cel_value *value,
                         int level)
{
    jsonw_key(w, "record");
    jsonw_open(w, '{');
    for (uint32_t i = 0; level < MAX_NESTING && i < value->avro->field_count; i++) {
        struct cel_value field;
        cel_field_at(run, value, i, &field);
        jsonw_key(w, value->avro->fields[i].name);
        print(w, run, &field, level + 1);
    }
    jsonw_close(w, '}');
}

static void print(struct jsonw *w, struct cel_run *run, const struct cel_value *value, int level)
{
    jsonw_open(w, '{');
    switch (value->kind) {
    case CEL_BYTES: print_base64(w, value); break;
    case CEL_LIST:
    case CEL_MAP: print_items(w, run, value, level); break;
    case CEL_RECORD: print_record(w, run, value, level); break;
    case CEL_TYPE:
        print_text(w, "type", cel_type_name(value->type), strlen(cel_type_name(value->type)));
        break;
    default: print_scalar(w, value);
    }
    jsonw_close(w, '}');
}

void cel_value_print(struct buf *out, const struct cel_value *value)
{
    struct cel_run run = {.arena = ARENA_INIT, .cost_left = UINT64_MAX, .bytes_left = UINT64_MAX};
    struct jsonw w = jsonw_to(out);
    print(&w, &run, value, 0);
    arena_fini(&run.arena);
}
