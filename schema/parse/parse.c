/* SPDX-License-Identifier: Apache-2.0
 * schema/parse/parse.c - an Avro schema from its JSON text (Avro 1.11, "Schema Declaration").
 *
 * Text → jansson's tree (text.c) → nodes in the schema's arena → defaults (default.c)
 * → canonical form and fingerprints. References are texts before the root's, read by the same
 * parser: one set of names, one row of numbers, one arena. The trees are gone when sch_parse_with
 * returns; the texts are kept for the printer. Everything allocated is bounded by parser_priv.h, and
 * recursion by SCH_MAX_DEPTH.
 *
 * Names are name.c's, records record.c's, places and messages state.c's. Attributes
 * that Avro does not define are passed over. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "schema/parse/parse.h"
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

/* Branches are told apart by kind or full name, not by logical type. A union without branches is one
 * too: no value is of it, but an array of it can be empty. */
static int parse_union(struct sch_parser *p, struct sch_type *type, const json_t *json,
                       const struct sch_place *at)
{
    size_t count = json_array_size(json);
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

static int seal(struct sch_parser *p)
{
    int rc = -1;
    struct sch_schema *schema = p->schema;
    struct buf out = BUF_INIT;
    if (!sch_canonical_write(schema->root, schema->type_count, &out)) {
        /* Within one text the parser has seen to that. */
        struct sch_place root = {.space = ""};
        sch_refuse(p, &root, "types are nested deeper than %d through references", SCH_MAX_DEPTH);
        goto out;
    }
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

static int in_reference(struct err *err, size_t index)
{
    char text[ERR_TEXT_BYTES];
    if (err->kind == ERR_KIND_FATAL) {
        memcpy(text, err->text, sizeof(text));
        snprintf(err->text, sizeof(err->text), "reference %zu: %.*s", index + 1,
                 (int)sizeof(text) - 40, text);
        utf8_mend(err->text);
    }
    return -1;
}

static int parse_text(struct sch_parser *p, const json_t *json, struct sch_text_kept *kept)
{
    struct sch_place place = {.space = ""};
    uint32_t first = p->schema->type_count;
    kept->root = sch_parse_type(p, json, &place);
    return kept->root != NULL ? sch_encode_defaults(p, first) : -1;
}

static int keep_text(struct sch_parser *p, const struct sch_text *text, struct sch_text_kept *kept)
{
    char *copy = sch_take(p, 1, text->len + 1);
    if (copy == NULL) {
        return -1;
    }
    memcpy(copy, text->text, text->len);
    kept->text = copy;
    kept->len = text->len;
    return 0;
}

/* trees stay to the end: a default may ask for those of an earlier text. */
static int parse_all(struct sch_parser *p, const struct sch_text *texts, size_t count,
                     json_t **trees)
{
    struct sch_schema *schema = p->schema;
    schema->texts = sch_take(p, count, sizeof(*schema->texts));
    if (schema->texts == NULL) {
        return -1;
    }
    schema->text_count = count;
    for (size_t i = 0; i < count; i++) {
        schema->own_first = schema->type_count;
        trees[i] = sch_load_json(texts[i].text, texts[i].len, p->err);
        if (trees[i] == NULL || keep_text(p, &texts[i], &schema->texts[i]) != 0 ||
            parse_text(p, trees[i], &schema->texts[i]) != 0) {
            return i + 1 < count ? in_reference(p->err, i) : -1;
        }
    }
    schema->root = schema->texts[count - 1].root;
    return seal(p);
}

/* texts: the references, then the root. Their sum is bounded as one text is, and so is everything
 * that grows with it. */
static struct sch_schema *parse_texts(const struct sch_text *texts, size_t count, struct err *err)
{
    bool done = false;
    struct sch_parser p = {.err = err, .schema = calloc(1, sizeof(*p.schema))};
    json_t **trees = calloc(count, sizeof(*trees));
    if (p.schema == NULL || trees == NULL) {
        sch_no_memory(&p);
        goto out;
    }
    atomic_init(&p.schema->refs, 1);
    p.schema->arena = (struct arena)ARENA_INIT;
    done = parse_all(&p, texts, count, trees) == 0;
out:
    if (!done && p.schema != NULL) {
        arena_fini(&p.schema->arena);
        free(p.schema);
    }
    for (size_t i = 0; trees != NULL && i < count; i++) {
        json_decref(trees[i]);
    }
    free(trees);
    free(p.nodes);
    sch_nameset_fini(&p.types);
    return done ? p.schema : NULL;
}

struct sch_schema *sch_parse_with(const struct sch_text *references, size_t reference_count,
                                  const char *text, size_t len, struct err *err)
{
    size_t sum = len;
    for (size_t i = 0; i < reference_count && sum <= SCH_MAX_TEXT_BYTES; i++) {
        /* An empty one counts too: there are never more texts than bytes. */
        size_t more = references[i].len > 0 ? references[i].len : 1;
        sum = more > SCH_MAX_TEXT_BYTES ? more : sum + more;
    }
    if (sum > SCH_MAX_TEXT_BYTES) {
        err_set(err, ERR_KIND_FATAL, ERR_BAD_SCHEMA, "/: a schema has at most %d bytes%s",
                SCH_MAX_TEXT_BYTES, reference_count > 0 ? ", its references included" : "");
        return NULL;
    }
    struct sch_text *texts = calloc(reference_count + 1, sizeof(*texts));
    if (texts == NULL) {
        err_set(err, ERR_KIND_RETRY, ERR_NO_MEMORY, "no memory to read a schema");
        return NULL;
    }
    if (reference_count > 0) {
        memcpy(texts, references, reference_count * sizeof(*texts));
    }
    texts[reference_count] = (struct sch_text){text, len};
    struct sch_schema *schema = parse_texts(texts, reference_count + 1, err);
    free(texts);
    return schema;
}

struct sch_schema *sch_parse(const char *text, size_t len, struct err *err)
{
    return sch_parse_with(NULL, 0, text, len, err);
}
