/* SPDX-License-Identifier: Apache-2.0
 * schema/model/canonical.c - Avro 1.11, "Transforming into Parsing Canonical Form".
 *
 * It is written from the model, where most of the transformation is done: names are full and
 * primitives are words. Only what decides how bytes are read is written, in the order name, type,
 * fields, symbols, items, values, size. Names are letters, digits and _, so nothing needs an
 * escape. A definition stands where the text had it: the walk follows the order of the text, and
 * goes no deeper than the parser. */
#include <stdlib.h>

#include "schema/model/body.h"

/* The state of one walk. */
struct walk {
    bool *seen; /* by number */
    int depth;  /* complex types around */
    bool too_deep;
};

static void write_type(const struct sch_type *type, struct walk *walk, struct buf *out);

static void write_fields(const struct sch_type *type, struct walk *walk, struct buf *out)
{
    buf_put_str(out, ",\"fields\":[");
    for (size_t i = 0; i < type->field_count; i++) {
        buf_put_str(out, i > 0 ? ",{\"name\":\"" : "{\"name\":\"");
        buf_put_str(out, type->fields[i].name);
        buf_put_str(out, "\",\"type\":");
        write_type(type->fields[i].type, walk, out);
        buf_put_u8(out, '}');
    }
    buf_put_u8(out, ']');
}

static void write_symbols(const struct sch_type *type, struct buf *out)
{
    buf_put_str(out, ",\"symbols\":[");
    for (size_t i = 0; i < type->symbols.count; i++) {
        buf_put_str(out, i > 0 ? ",\"" : "\"");
        buf_put_str(out, type->symbols.items[i]);
        buf_put_u8(out, '"');
    }
    buf_put_u8(out, ']');
}

static void write_named(const struct sch_type *type, struct walk *walk, struct buf *out)
{
    if (walk->seen[type->number]) {
        buf_put_u8(out, '"');
        buf_put_str(out, type->name);
        buf_put_u8(out, '"');
        return;
    }
    walk->seen[type->number] = true;
    buf_put_str(out, "{\"name\":\"");
    buf_put_str(out, type->name);
    buf_put_str(out, "\",\"type\":\"");
    buf_put_str(out, sch_kind_name(type->kind));
    buf_put_u8(out, '"');
    if (type->kind == SCH_RECORD) {
        write_fields(type, walk, out);
    } else if (type->kind == SCH_ENUM) {
        write_symbols(type, out);
    } else {
        buf_printf(out, ",\"size\":%u", type->size);
    }
    buf_put_u8(out, '}');
}

static void write_union(const struct sch_type *type, struct walk *walk, struct buf *out)
{
    buf_put_u8(out, '[');
    for (size_t i = 0; i < type->branch_count; i++) {
        if (i > 0) {
            buf_put_u8(out, ',');
        }
        write_type(type->branches[i], walk, out);
    }
    buf_put_u8(out, ']');
}

static void write_type(const struct sch_type *type, struct walk *walk, struct buf *out)
{
    if (type->kind <= SCH_STRING) {
        buf_put_u8(out, '"');
        buf_put_str(out, sch_kind_name(type->kind));
        buf_put_u8(out, '"');
        return;
    }
    bool by_name = type->name != NULL && walk->seen[type->number];
    if (walk->too_deep || (walk->depth == SCH_MAX_DEPTH && !by_name)) {
        walk->too_deep = true;
        return;
    }
    walk->depth++;
    if (type->name != NULL) {
        write_named(type, walk, out);
    } else if (type->kind == SCH_UNION) {
        write_union(type, walk, out);
    } else {
        buf_put_str(out, type->kind == SCH_ARRAY ? "{\"type\":\"array\",\"items\":"
                                                 : "{\"type\":\"map\",\"values\":");
        write_type(type->items, walk, out);
        buf_put_u8(out, '}');
    }
    walk->depth--;
}

bool sch_canonical_write(const struct sch_type *root, uint32_t type_count, struct buf *out)
{
    struct walk walk = {.seen = calloc(type_count, sizeof(bool))};
    if (walk.seen == NULL) {
        out->failed = true;
        return true;
    }
    write_type(root, &walk, out);
    free(walk.seen);
    return !walk.too_deep;
}

void sch_canonical(const struct sch_schema *schema, struct buf *out)
{
    buf_put(out, schema->canonical, schema->canonical_len);
}
