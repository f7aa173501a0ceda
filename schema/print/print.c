/* SPDX-License-Identifier: Apache-2.0
 * schema/print/print.c - a schema as Java's Schema.toString() prints it.
 *
 * The model leaves out docs, attributes, order and defaults as written. They are read again from
 * the texts that the schema keeps: printing is rare, so no tree is kept. The schema is not
 * changed, so any number of threads may print it.
 *
 * First every definition is found: model and text are walked side by side. Then the root is
 * written. A named type comes in full where it is met first, then by its name. The parser has
 * bounded the depth of every walk. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "schema/model/names.h"
#include "schema/parse/text.h"
#include "schema/print/print.h"
#include "schema/print/printer_priv.h"

static void write_type(struct sch_printer *p, const struct sch_type *type, const json_t *json);

/* The "type" of a definition; NULL: the JSON is a name or the word of a primitive. */
static const char *defining_word(const struct sch_type *type, const json_t *json)
{
    const char *word = json_string_value(json_object_get(json, "type"));
    if (word == NULL || strcmp(word, sch_kind_name(type->kind)) == 0) {
        return word;
    }
    return type->kind == SCH_RECORD && strcmp(word, "error") == 0 ? word : NULL;
}

static void find_definitions(struct sch_printer *p, const struct sch_type *type, const json_t *json)
{
    if (json_is_array(json)) {
        for (size_t i = 0; i < type->branch_count; i++) {
            find_definitions(p, type->branches[i], json_array_get(json, i));
        }
        return;
    }
    if (defining_word(type, json) == NULL) {
        return;
    }
    if (type->name != NULL) {
        p->types[type->number] = type;
        p->definitions[type->number] = json;
    }
    const json_t *fields = json_object_get(json, "fields");
    for (size_t i = 0; i < type->field_count; i++) {
        const json_t *field = json_array_get(fields, i);
        find_definitions(p, type->fields[i].type, json_object_get(field, "type"));
    }
    if (type->items != NULL) {
        find_definitions(p, type->items,
                         json_object_get(json, type->kind == SCH_ARRAY ? "items" : "values"));
    }
}

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
    const json_t *json = p->definitions[type->number];
    struct sch_space own = sch_print_space(type->name);
    buf_put_str(p->out, "{\"type\":");
    sch_print_quoted(p, p->normal ? sch_kind_name(type->kind) : defining_word(type, json));
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

static bool load_trees(struct sch_printer *p)
{
    const struct sch_schema *schema = p->schema;
    for (size_t i = 0; i < schema->text_count; i++) {
        struct err err = ERR_INIT;
        p->trees[i] = sch_load_json(schema->texts[i].text, schema->texts[i].len, &err);
        if (p->trees[i] == NULL) {
            return false; /* it was parsed before, so memory is out */
        }
        find_definitions(p, schema->texts[i].root, p->trees[i]);
    }
    return true;
}

int sch_print(const struct sch_schema *schema, enum sch_form form, struct buf *out, struct err *err)
{
    int rc = -1;
    struct sch_printer p = {
        .schema = schema,
        .normal = form == SCH_FORM_NORMALIZED,
        .out = out,
        .trees = calloc(schema->text_count, sizeof(json_t *)),
        .definitions = calloc(schema->type_count, sizeof(json_t *)),
        .types = calloc(schema->type_count, sizeof(struct sch_type *)),
        .defined = calloc(schema->type_count, sizeof(bool)),
        .around = {"", 0},
    };
    if (p.trees == NULL || p.definitions == NULL || p.types == NULL || p.defined == NULL ||
        !load_trees(&p)) {
        goto out;
    }
    for (uint32_t n = 0; form != SCH_FORM_RESOLVED && n < schema->own_first; n++) {
        if (p.types[n] != NULL) {
            sch_print_define(&p, p.types[n]);
        }
    }
    write_type(&p, schema->root, p.trees[schema->text_count - 1]);
    rc = buf_failed(out) ? -1 : 0;
out:
    if (rc != 0) {
        err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory to print a schema");
    }
    sch_nameset_fini(&p.names);
    free(p.defined);
    free(p.types);
    free(p.definitions);
    for (size_t i = 0; p.trees != NULL && i < schema->text_count; i++) {
        json_decref(p.trees[i]);
    }
    free(p.trees);
    return rc;
}
