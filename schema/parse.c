/* SPDX-License-Identifier: Apache-2.0
 * schema/parse.c - an Avro schema from its JSON text (Avro 1.11, "Schema Declaration").
 *
 * Text → jansson's tree → nodes in the schema's arena → defaults (parse_default.c) → canonical form
 * and fingerprints. The tree is gone when sch_parse returns. The text is hostile: its size and its
 * nesting are bounded before jansson sees it, everything allocated later is bounded by
 * parse_priv.h, and recursion by SCH_MAX_DEPTH.
 *
 * Names are names.c's, records parse_record.c's, places and messages parse_state.c's. Attributes
 * that Avro does not define are passed over. */
#include <stdlib.h>
#include <string.h>

#include "schema/parse_priv.h"

static int parse_symbols(struct sch_parser *p, struct sch_type *type, const json_t *list,
                         const struct sch_place *at)
{
    int rc = -1;
    struct sch_nameset set = {NULL, 0, 0};
    for (size_t i = 0; i < json_array_size(list); i++) {
        struct sch_place here = sch_element(at, i);
        const char *symbol = json_string_value(json_array_get(list, i));
        if (symbol == NULL || !sch_is_name(symbol)) {
            sch_refuse(p, &here,
                       "\"%s\" is not a symbol (letters, digits and _, not a digit first)",
                       symbol != NULL ? sch_shown(p, symbol) : "");
            goto out;
        }
        type->symbols.items[i] = sch_keep(p, symbol);
        if (type->symbols.items[i] == NULL) {
            goto out;
        }
        int put = sch_nameset_put(&set, type->symbols.items[i], type, NULL);
        if (put != 0) {
            put < 0
                ? sch_no_memory(p)
                : sch_refuse(p, &here, "the symbol \"%s\" is there twice", sch_shown(p, symbol));
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
        return sch_refuse(p, at, "enum %s has no array \"symbols\"", sch_shown(p, type->name));
    }
    struct sch_place here = sch_member(at, "symbols");
    type->symbols.items = sch_take(p, json_array_size(list), sizeof(*type->symbols.items));
    if (type->symbols.items == NULL || parse_symbols(p, type, list, &here) != 0) {
        return -1;
    }
    const json_t *chosen = json_object_get(json, "default");
    if (chosen == NULL) {
        return 0;
    }
    here = sch_member(at, "default");
    const char *symbol = sch_json_symbol(chosen);
    for (size_t i = 0; symbol != NULL && i < type->symbols.count; i++) {
        if (strcmp(type->symbols.items[i], symbol) == 0) {
            type->default_symbol = (int)i;
            return 0;
        }
    }
    return sch_refuse(p, &here, "the default of enum %s is not one of its symbols",
                      sch_shown(p, type->name));
}

static int parse_fixed(struct sch_parser *p, struct sch_type *type, const json_t *json,
                       const struct sch_place *at)
{
    if (sch_declare(p, type, json, at) != 0) {
        return -1;
    }
    const json_t *size = json_object_get(json, "size");
    if (!json_is_integer(size)) {
        return sch_refuse(p, at, "fixed %s has no whole number \"size\"", sch_shown(p, type->name));
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
                                 branch->name != NULL ? sch_shown(p, branch->name) : "");
}

/* Branches are told apart by kind or full name, not by logical type. No branches at all would admit
 * no value. */
static int parse_union(struct sch_parser *p, struct sch_type *type, const json_t *json,
                       const struct sch_place *at)
{
    size_t count = json_array_size(json);
    if (count == 0) {
        return sch_refuse(p, at, "a union has at least one branch");
    }
    type->branches = sch_take(p, count, sizeof(struct sch_type *));
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

/* The kind that a word of Avro means, or -1: a name, then. */
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
                                           : sch_refer(p, word, at);
}

static int parse_complex(struct sch_parser *p, struct sch_type *type, const json_t *json,
                         const struct sch_place *at)
{
    if (at->depth >= SCH_MAX_DEPTH) {
        return sch_refuse(p, at, "types are nested deeper than %d", SCH_MAX_DEPTH);
    }
    switch (type->kind) {
    case SCH_RECORD: return sch_parse_record(p, type, json, at);
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
        return sch_refer(p, word, &here);
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

/* jansson recurses; what is too deep for us never reaches it. Text that is not JSON may be
 * miscounted, and is then refused by either. */
static bool is_too_deep(const char *text, size_t len)
{
    int depth = 0;
    bool in_string = false;
    for (size_t i = 0; i < len; i++) {
        char c = text[i];
        if (in_string) {
            i += c == '\\';
            in_string = c != '"';
        } else if (c == '"') {
            in_string = true;
        } else if (c == '{' || c == '[') {
            if (++depth > SCH_MAX_JSON_DEPTH) {
                return true;
            }
        } else if (c == '}' || c == ']') {
            depth--;
        }
    }
    return false;
}

/* U+0000 has a place in the default of bytes ("\u0000" is a decimal's zero) and nowhere else:
 * names are C strings. Depth is bounded by is_too_deep. */
static bool has_stray_nul(const json_t *json)
{
    const char *key;
    json_t *value;
    size_t index;
    if (json_is_string(json)) {
        return strlen(json_string_value(json)) != json_string_length(json);
    }
    json_array_foreach((json_t *)json, index, value)
    {
        if (has_stray_nul(value)) {
            return true;
        }
    }
    json_object_foreach((json_t *)json, key, value)
    {
        if (strcmp(key, "default") != 0 && has_stray_nul(value)) {
            return true;
        }
    }
    return false;
}

static json_t *load_json(const char *text, size_t len, struct err *err)
{
    if (len == 0 || len > SCH_MAX_TEXT_BYTES) {
        err_set(err, ERR_KIND_FATAL, ERR_BAD_SCHEMA, "/: a schema has from 1 to %d bytes, not %zu",
                SCH_MAX_TEXT_BYTES, len);
        return NULL;
    }
    if (is_too_deep(text, len)) {
        err_set(err, ERR_KIND_FATAL, ERR_BAD_SCHEMA, "/: the JSON is nested deeper than %d",
                SCH_MAX_JSON_DEPTH);
        return NULL;
    }
    json_error_t fault;
    json_t *json =
        json_loadb(text, len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY | JSON_ALLOW_NUL, &fault);
    if (json != NULL && has_stray_nul(json)) {
        json_decref(json);
        err_set(err, ERR_KIND_FATAL, ERR_BAD_SCHEMA, "/: U+0000 outside of a default");
        return NULL;
    }
    if (json != NULL) {
        return json;
    }
    enum json_error_code code = json_error_code(&fault);
    if (code == json_error_out_of_memory || fault.line < 1) { /* jansson may forget to say which */
        err_set(err, ERR_KIND_RETRY, ERR_NO_MEMORY, "no memory to read a schema");
    } else if (code == json_error_numeric_overflow) {
        err_set(err, ERR_KIND_FATAL, ERR_BAD_SCHEMA,
                "/: a number does not fit 64 bits (line %d, column %d)", fault.line, fault.column);
    } else {
        err_set(err, ERR_KIND_FATAL, ERR_BAD_SCHEMA, "/: not JSON: %s (line %d, column %d)",
                fault.text, fault.line, fault.column);
    }
    return NULL;
}

static int seal(struct sch_parser *p)
{
    int rc = -1;
    struct sch_schema *schema = p->schema;
    struct buf out = BUF_INIT;
    sch_canonical_write(schema->root, schema->type_count, &out);
    if (buf_failed(&out)) {
        sch_no_memory(p);
        goto out;
    }
    char *text = sch_take(p, 1, out.len + 1);
    if (text == NULL) {
        goto out;
    }
    memcpy(text, out.data, out.len);
    schema->canonical = text;
    schema->canonical_len = out.len;
    schema->crc64 = sch_crc64(text, out.len);
    rc = sha256_bytes(text, out.len, schema->sha256) == 0 ? 0 : sch_no_memory(p);
out:
    buf_fini(&out);
    return rc;
}

struct sch_schema *sch_parse(const char *text, size_t len, struct err *err)
{
    json_t *json = load_json(text, len, err);
    if (json == NULL) {
        return NULL;
    }
    bool done = false;
    struct sch_place root = {.space = ""};
    struct sch_parser p = {.err = err, .schema = calloc(1, sizeof(*p.schema))};
    if (p.schema == NULL) {
        sch_no_memory(&p);
        goto out;
    }
    atomic_init(&p.schema->refs, 1);
    p.schema->arena = (struct arena)ARENA_INIT;
    p.schema->root = sch_parse_type(&p, json, &root);
    done = p.schema->root != NULL && sch_encode_defaults(&p) == 0 && seal(&p) == 0;
out:
    if (!done) {
        sch_schema_unref(&p.schema);
    }
    free(p.nodes);
    sch_nameset_fini(&p.types);
    json_decref(json);
    return p.schema;
}
