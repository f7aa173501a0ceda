/* SPDX-License-Identifier: Apache-2.0
 * schema/parse/type.c - a type from its JSON, by recursive descent (Avro 1.11, "Schema
 * Declaration").
 *
 * All recursion of the parser is in this file: the fields of a record, the branches of a union and
 * the items of an array have types again. SCH_MAX_DEPTH bounds it. Attributes that Avro does not
 * define are ignored. */
#include <string.h>

#include "schema/parse/parser_priv.h"

static int parse_symbols(struct sch_parser *p, struct sch_type *type, const json_t *list,
                         const struct sch_place *at)
{
    int rc = -1;
    struct sch_nameset set = {NULL, 0, 0};
    for (size_t i = 0; i < json_array_size(list); i++) {
        struct sch_place here = sch_element(at, i);
        const char *symbol = json_string_value(json_array_get(list, i));
        if (symbol == NULL || !sch_is_name(symbol)) {
            sch_refuse(p, &here, "\"%s\" is not a symbol (" SCH_NAME_RULE ")",
                       symbol != NULL ? sch_shorten(p, symbol) : "");
            goto out;
        }
        type->symbols.items[i] = sch_strdup(p, symbol);
        if (type->symbols.items[i] == NULL) {
            goto out;
        }
        int put = sch_nameset_put(&set, type->symbols.items[i], type, NULL);
        if (put != 0) {
            put < 0
                ? sch_no_memory(p)
                : sch_refuse(p, &here, "the symbol \"%s\" is there twice", sch_shorten(p, symbol));
            goto out;
        }
        type->symbols.count = i + 1;
    }
    rc = 0;
out:
    sch_nameset_fini(&set);
    return rc;
}

static int parse_enum(struct sch_parser *p, struct sch_type *type, const json_t *json,
                      const struct sch_place *at)
{
    if (sch_declare(p, type, json, at) != 0) {
        return -1;
    }
    const json_t *list = json_object_get(json, "symbols");
    if (!json_is_array(list)) {
        return sch_refuse(p, at, "enum %s has no array \"symbols\"", sch_shorten(p, type->name));
    }
    struct sch_place here = sch_member(at, "symbols");
    type->symbols.items = sch_alloc(p, json_array_size(list), sizeof(*type->symbols.items));
    if (type->symbols.items == NULL || parse_symbols(p, type, list, &here) != 0) {
        return -1;
    }
    const json_t *symbol_json = json_object_get(json, "default");
    if (symbol_json == NULL) {
        return 0;
    }
    here = sch_member(at, "default");
    const char *symbol = sch_json_symbol(symbol_json);
    for (size_t i = 0; symbol != NULL && i < type->symbols.count; i++) {
        if (strcmp(type->symbols.items[i], symbol) == 0) {
            type->default_symbol = (int)i;
            return 0;
        }
    }
    return sch_refuse(p, &here, "the default of enum %s is not one of its symbols",
                      sch_shorten(p, type->name));
}

static int parse_fixed(struct sch_parser *p, struct sch_type *type, const json_t *json,
                       const struct sch_place *at)
{
    if (sch_declare(p, type, json, at) != 0) {
        return -1;
    }
    const json_t *size = json_object_get(json, "size");
    if (!json_is_integer(size)) {
        return sch_refuse(p, at, "fixed %s has no whole number \"size\"",
                          sch_shorten(p, type->name));
    }
    if (json_integer_value(size) <= 0 || json_integer_value(size) > INT32_MAX) {
        struct sch_place here = sch_member(at, "size");
        return sch_refuse(p, &here, "the size of a fixed is from 1 to %d bytes", INT32_MAX);
    }
    type->size = (uint32_t)json_integer_value(size);
    return 0;
}

static int parse_items(struct sch_parser *p, struct sch_type *type, const json_t *json,
                       const struct sch_place *at)
{
    const char *key = type->kind == SCH_ARRAY ? "items" : "values";
    const json_t *items = json_object_get(json, key);
    if (items == NULL) {
        return sch_refuse(p, at, "%s has no \"%s\"", type->kind == SCH_ARRAY ? "an array" : "a map",
                          key);
    }
    struct sch_place here = sch_member(at, key);
    here.depth++;
    type->items = sch_parse_type(p, items, &here);
    return type->items != NULL ? 0 : -1;
}

static int put_branch(struct sch_parser *p, struct sch_nameset *set, const struct sch_type *branch,
                      const struct sch_place *at)
{
    if (branch->kind == SCH_UNION) {
        return sch_refuse(p, at, "a union stands directly in a union");
    }
    const char *name = branch->name != NULL ? branch->name : sch_kind_name(branch->kind);
    int put = sch_nameset_put(set, name, (void *)branch, NULL);
    if (put < 0) {
        return sch_no_memory(p);
    }
    return put == 0 ? 0
                    : sch_refuse(p, at, "the union has two branches %s%s%s",
                                 sch_kind_name(branch->kind), branch->name != NULL ? " " : "",
                                 branch->name != NULL ? sch_shorten(p, branch->name) : "");
}

/* Branches differ by kind or full name, not by logical type. A union may have no branches: it has
 * no values, but an array of it can be empty. */
static int parse_union(struct sch_parser *p, struct sch_type *type, const json_t *json,
                       const struct sch_place *at)
{
    size_t count = json_array_size(json);
    type->branches = sch_alloc(p, count, sizeof(struct sch_type *));
    if (type->branches == NULL) {
        return -1;
    }
    int rc = -1;
    struct sch_nameset set = {NULL, 0, 0};
    for (size_t i = 0; i < count; i++) {
        struct sch_place here = sch_element(at, i);
        here.depth++;
        type->branches[i] = sch_parse_type(p, json_array_get(json, i), &here);
        if (type->branches[i] == NULL || put_branch(p, &set, type->branches[i], &here) != 0) {
            goto out;
        }
        type->branch_count = i + 1;
    }
    rc = 0;
out:
    sch_nameset_fini(&set);
    return rc;
}

static int parse_field(struct sch_parser *p, struct sch_field *field, const json_t *json,
                       const struct sch_place *at)
{
    if (sch_read_field(p, field, json, at) != 0) {
        return -1;
    }
    const json_t *type = json_object_get(json, "type");
    if (type == NULL) {
        return sch_refuse(p, at, "the field \"%s\" has no \"type\"", sch_shorten(p, field->name));
    }
    struct sch_place here = sch_member(at, "type");
    field->type = sch_parse_type(p, type, &here);
    return field->type != NULL ? 0 : -1;
}

static int parse_record(struct sch_parser *p, struct sch_type *type, const json_t *json,
                        const struct sch_place *at)
{
    if (sch_declare(p, type, json, at) != 0) {
        return -1;
    }
    const json_t *fields = json_object_get(json, "fields");
    if (!json_is_array(fields)) {
        return sch_refuse(p, at, "record %s has no array \"fields\"", sch_shorten(p, type->name));
    }
    struct sch_place here = sch_member(at, "fields");
    size_t count = json_array_size(fields);
    here.space = sch_namespace_of(p, type->name);
    here.depth++;
    type->fields = sch_alloc(p, count, sizeof(*type->fields));
    char path[ERR_PATH_BYTES];
    const char *path_copy = sch_strdup(p, sch_path_print(at, path, sizeof(path)));
    if (here.space == NULL || type->fields == NULL || path_copy == NULL) {
        return -1;
    }
    p->sources[type->number].fields = fields;
    p->sources[type->number].path = path_copy;
    for (size_t i = 0; i < count; i++) {
        struct sch_place element = sch_element(&here, i);
        if (parse_field(p, &type->fields[i], json_array_get(fields, i), &element) != 0) {
            return -1;
        }
    }
    type->field_count = count;
    return sch_check_field_names(p, type, &here);
}

/* The kind that a word means in Avro; -1: it is a name. */
static int kind_of(const char *word)
{
    for (int kind = SCH_NULL; kind <= SCH_FIXED; kind++) {
        if (kind != SCH_UNION && strcmp(word, sch_kind_name((enum sch_kind)kind)) == 0) {
            return kind;
        }
    }
    return strcmp(word, "error") == 0 ? SCH_RECORD : -1;
}

static struct sch_type *parse_word(struct sch_parser *p, const char *word,
                                   const struct sch_place *at)
{
    int kind = kind_of(word);
    return kind >= 0 && kind <= SCH_STRING ? sch_new_type(p, (enum sch_kind)kind)
                                           : sch_resolve(p, word, at);
}

static int parse_complex(struct sch_parser *p, struct sch_type *type, const json_t *json,
                         const struct sch_place *at)
{
    if (at->depth >= SCH_MAX_DEPTH) {
        return sch_refuse(p, at, "types are nested deeper than %d", SCH_MAX_DEPTH);
    }
    switch (type->kind) {
    case SCH_RECORD: return parse_record(p, type, json, at);
    case SCH_ENUM: return parse_enum(p, type, json, at);
    case SCH_FIXED: return parse_fixed(p, type, json, at);
    case SCH_UNION: return parse_union(p, type, json, at);
    default: return parse_items(p, type, json, at);
    }
}

static struct sch_type *parse_object(struct sch_parser *p, const json_t *json,
                                     const struct sch_place *at)
{
    const json_t *attribute = json_object_get(json, "type");
    struct sch_place here = sch_member(at, "type");
    if (attribute == NULL) {
        sch_refuse(p, at, "a type has no \"type\"");
        return NULL;
    }
    const char *word = json_string_value(attribute);
    if (word == NULL) {
        sch_refuse(p, &here, "the \"type\" of a type is a string");
        return NULL;
    }
    int kind = kind_of(word);
    if (kind < 0) {
        return sch_resolve(p, word, &here);
    }
    struct sch_type *type = sch_new_type(p, (enum sch_kind)kind);
    if (type == NULL || (kind > SCH_STRING && parse_complex(p, type, json, at) != 0)) {
        return NULL;
    }
    sch_parse_logical(type, json);
    return type;
}

struct sch_type *sch_parse_type(struct sch_parser *p, const json_t *json,
                                const struct sch_place *at)
{
    if (json_is_string(json)) {
        return parse_word(p, json_string_value(json), at);
    }
    if (json_is_object(json)) {
        return parse_object(p, json, at);
    }
    if (!json_is_array(json)) {
        sch_refuse(p, at, "a type is a string, an object or an array");
        return NULL;
    }
    struct sch_type *type = sch_new_type(p, SCH_UNION);
    return type != NULL && parse_complex(p, type, json, at) == 0 ? type : NULL;
}
