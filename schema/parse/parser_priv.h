/* SPDX-License-Identifier: Apache-2.0
 * schema/parse/parser_priv.h - what the files of the parser share: its state, its place in the
 * document, its names.
 *
 * One parser serves one call of sch_parse_with, over all of its texts, and lives on its stack. */
#ifndef SCHEMA_PARSE_PARSER_PRIV_H
#define SCHEMA_PARSE_PARSER_PRIV_H

#include <jansson.h>
#include <stdbool.h>

#include "schema/model/body.h"
#include "schema/model/names.h"
#include "schema/model/nameset.h"
#include "schema/parse/default.h"
#include "schema/parse/text.h"

/* A hostile megabyte must not become gigabytes: by short references to long names, by defaults
 * that repeat other defaults, by long lists of symbols that are searched again and again. */
enum {
    SCH_MAX_JSON_DEPTH = 4 * SCH_MAX_DEPTH,
    SCH_MAX_DEFAULT_BYTES = 1024 * 1024,
    SCH_MAX_DEFAULT_STEPS = 4 * 1000 * 1000,
    SCH_MAX_ARENA_BYTES = 64 * 1024 * 1024
};

/* The parser's place in the document: a chain on the C stack, from the inside out. key: a member;
 * NULL: the element `index`. At the outermost place key is a whole path, or NULL. */
struct sch_place {
    const struct sch_place *up;
    const char *key;
    size_t index;
    const char *space; /* the enclosing namespace, "" for none */
    int depth;         /* complex types around this place */
};

/* The JSON of a type, for the pass over the defaults. */
struct sch_source {
    struct sch_type *type;
    const json_t *fields; /* a record's "fields" */
    const char *path;     /* of the record */
};

struct sch_parser {
    struct sch_schema *schema;
    struct err *err;
    struct sch_nameset types;   /* full name → struct sch_type */
    struct sch_source *sources; /* by number */
    size_t source_capacity;
    size_t default_steps;
    bool speculative; /* a union tries its branches: a mismatch is no error yet */
};

/* state.c */
struct sch_place sch_member(const struct sch_place *at, const char *key);
struct sch_place sch_element(const struct sch_place *at, size_t index);
const char *sch_path_print(const struct sch_place *at, char *out, size_t size);

/* A symbol in a default: NULL when it is no string, or holds U+0000. */
const char *sch_json_symbol(const json_t *json);

int sch_refuse(struct sch_parser *p, const struct sch_place *at, const char *fmt, ...)
    PRINTF_LIKE(3, 4);
int sch_no_memory(struct sch_parser *p);
/* Zeroed memory of the schema; a copy of a text in it. NULL: the error is set. */
void *sch_alloc(struct sch_parser *p, size_t count, size_t size);
const char *sch_strdup(struct sch_parser *p, const char *text);
const char *sch_shorten(struct sch_parser *p, const char *text); /* for a message: cut when long */
struct sch_type *sch_new_type(struct sch_parser *p, enum sch_kind kind);

/* name.c */
#define SCH_NAME_RULE "letters of any script without marks, digits and _, not a digit first"
bool sch_is_name(const char *text);
const char *sch_full_name(struct sch_parser *p, const char *name, const char *space,
                          const struct sch_place *at);
const char *sch_namespace_of(struct sch_parser *p, const char *full_name);
int sch_declare(struct sch_parser *p, struct sch_type *type, const json_t *json,
                const struct sch_place *at);
/* "aliases" of `json`. space: that of a type, whose aliases are full names; NULL: those of a field,
 * which are any text. */
int sch_read_aliases(struct sch_parser *p, struct sch_names *aliases, const json_t *json,
                     const char *space, const struct sch_place *at);
struct sch_type *sch_resolve(struct sch_parser *p, const char *name, const struct sch_place *at);

/* field.c: all of a field but its type; then the names of all fields. */
int sch_read_field(struct sch_parser *p, struct sch_field *field, const json_t *json,
                   const struct sch_place *at);
int sch_check_field_names(struct sch_parser *p, const struct sch_type *record,
                          const struct sch_place *at);

/* logical.c */
void sch_parse_logical(struct sch_type *type, const json_t *json);

/* type.c: NULL: the error is set. */
struct sch_type *sch_parse_type(struct sch_parser *p, const json_t *json,
                                const struct sch_place *at);

/* default.c: the defaults of the types from number `first` on, after all types of the text. */
int sch_encode_defaults(struct sch_parser *p, uint32_t first);

#endif
