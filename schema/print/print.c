/* SPDX-License-Identifier: Apache-2.0
 * schema/print/print.c - a schema as Java's Schema.toString() prints it.
 *
 * Docs, attributes, order and defaults as written come from the schema's source. The schema is not
 * changed, so any number of threads may print it. A named type comes in full where it is met first, then
 * by its name. The parser has bounded the depth of every walk. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "schema/model/names.h"
#include "schema/print/print.h"
#include "schema/print/printer_priv.h"

static void write_type(struct sch_printer *p, const struct sch_type *type, const json_t *json);

static void write_doc(struct sch_printer *p, const json_t *json, bool even_empty)
{
    const json_t *doc = json_object_get(json, "doc");
    if (json_is_string(doc) && (even_empty || json_string_length(doc) > 0)) {
        sch_print_member(p, "doc");
        sch_print_json(doc, false, p->out);
    }
}

static void write_order(struct sch_printer *p, const json_t *json)
{
    static const char *const orders[] = {"descending", "ignore"};
    const char *order = json_string_value(json_object_get(json, "order"));
    for (size_t i = 0; order != NULL && i < COUNT_OF(orders); i++) {
        if (strcasecmp(order, orders[i]) == 0) {
            sch_print_member(p, "order");
            sch_print_quoted(p, orders[i]);
        }
    }
}

static void write_field(struct sch_printer *p, const struct sch_field *field, const json_t *json)
{
    buf_put_str(p->out, "{\"name\":");
    sch_print_quoted(p, field->name);
    sch_print_member(p, "type");
    write_type(p, field->type, json_object_get(json, "type"));
    write_doc(p, json, true);
    const json_t *value = json_object_get(json, "default");
    if (value != NULL) {
        sch_print_member(p, "default");
        sch_print_default(field->type, value, p->normal, p->out);
    }
    write_order(p, json);
    sch_print_aliases(p, &field->aliases, NULL);
    sch_print_field_attributes(p, json);
    buf_put_u8(p->out, '}');
}

static void write_fields(struct sch_printer *p, const struct sch_type *type, const json_t *json)
{
    const json_t *fields = json_object_get(json, "fields");
    struct sch_space around = p->around;
    p->around = sch_print_space(type->name);
    sch_print_member(p, "fields");
    buf_put_u8(p->out, '[');
    for (size_t i = 0; i < type->field_count; i++) {
        if (i > 0) {
            buf_put_u8(p->out, ',');
        }
        write_field(p, &type->fields[i], json_array_get(fields, i));
    }
    buf_put_u8(p->out, ']');
    p->around = around;
}

static void write_symbols(struct sch_printer *p, const struct sch_type *type)
{
    sch_print_member(p, "symbols");
    buf_put_u8(p->out, '[');
    for (size_t i = 0; i < type->symbols.count; i++) {
        if (i > 0) {
            buf_put_u8(p->out, ',');
        }
        sch_print_quoted(p, type->symbols.items[i]);
    }
    buf_put_u8(p->out, ']');
    if (type->default_symbol >= 0) {
        sch_print_member(p, "default");
        sch_print_quoted(p, type->symbols.items[type->default_symbol]);
    }
}

static void write_named(struct sch_printer *p, const struct sch_type *type)
{
    if (p->defined[type->number]) {
        sch_print_name(p, type->name);
        return;
    }
    sch_print_define(p, type);
    const json_t *json = p->source.definitions[type->number];
    struct sch_space own = sch_print_space(type->name);
    buf_put_str(p->out, "{\"type\":");
    sch_print_quoted(p, p->normal ? sch_kind_name(type->kind) : sch_source_word(type, json));
    sch_print_member(p, "name");
    sch_print_quoted(p, sch_last_part(type->name));
    if (!sch_print_same_space(own, p->around)) {
        sch_print_member(p, "namespace");
        sch_print_string(own.text, own.len, p->out);
    }
    write_doc(p, json, !p->normal);
    if (type->kind == SCH_RECORD) {
        write_fields(p, type, json);
    } else if (type->kind == SCH_ENUM) {
        write_symbols(p, type);
    } else {
        buf_printf(p->out, ",\"size\":%u", type->size);
    }
    sch_print_type_attributes(p, type, json);
    sch_print_aliases(p, &type->aliases, &own);
    buf_put_u8(p->out, '}');
}

static void write_union(struct sch_printer *p, const struct sch_type *type, const json_t *json)
{
    buf_put_u8(p->out, '[');
    for (size_t i = 0; i < type->branch_count; i++) {
        if (i > 0) {
            buf_put_u8(p->out, ',');
        }
        write_type(p, type->branches[i], json_array_get(json, i));
    }
    buf_put_u8(p->out, ']');
}

/* An array, a map or a primitive; a primitive without attributes is its word. */
static void write_plain(struct sch_printer *p, const struct sch_type *type, const json_t *json)
{
    size_t start = p->out->len;
    buf_put_str(p->out, "{\"type\":");
    sch_print_quoted(p, sch_kind_name(type->kind));
    if (type->items != NULL) {
        const char *key = type->kind == SCH_ARRAY ? "items" : "values";
        sch_print_member(p, key);
        write_type(p, type->items, json_object_get(json, key));
    }
    size_t before = p->out->len;
    sch_print_type_attributes(p, type, json);
    if (type->items == NULL && p->out->len == before && !buf_failed(p->out)) {
        p->out->len = start;
        sch_print_quoted(p, sch_kind_name(type->kind));
        return;
    }
    buf_put_u8(p->out, '}');
}

static void write_type(struct sch_printer *p, const struct sch_type *type, const json_t *json)
{
    if (buf_failed(p->out)) {
        return;
    }
    if (type->name != NULL) {
        write_named(p, type);
    } else if (type->kind == SCH_UNION) {
        write_union(p, type, json);
    } else {
        write_plain(p, type, json);
    }
}

/* The types of references are there already. */
static void define_references(struct sch_printer *p, uint32_t own_first)
{
    for (uint32_t n = 0; n < own_first; n++) {
        if (p->source.types[n] != NULL) {
            sch_print_define(p, p->source.types[n]);
        }
    }
}

int sch_print(const struct sch_schema *schema, enum sch_form form, struct buf *out, struct err *err)
{
    int rc = -1;
    struct sch_printer p = {
        .normal = form == SCH_FORM_NORMALIZED,
        .out = out,
        .defined = calloc(schema->type_count, sizeof(bool)),
        .around = {"", 0},
    };
    if (sch_source_load(schema, &p.source, err) != 0) {
        goto out;
    }
    if (p.defined != NULL) {
        define_references(&p, form != SCH_FORM_RESOLVED ? schema->own_first : 0);
        write_type(&p, schema->root, sch_source_root(&p.source));
        rc = buf_failed(out) ? -1 : 0;
    }
    if (rc != 0) {
        err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory to print a schema");
    }
out:
    sch_nameset_fini(&p.names);
    sch_source_fini(&p.source);
    free(p.defined);
    return rc;
}
