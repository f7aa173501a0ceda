/* SPDX-License-Identifier: Apache-2.0
 * schema/parse/name.c - names, namespaces, aliases and references (Avro 1.11, "Names", "Aliases").
 *
 * A name is a letter or _, then letters, digits and _; a namespace is such names with dots
 * between. Letters and digits are of any script. The specification does not say so, but the Java
 * implementation takes them. Names are compared byte by byte: two Unicode normalisations of a word
 * are two names.
 *
 * A name with a dot is a full name. A name without belongs to its own "namespace", else to the one
 * around it. Given a reference without a dot, and no such type in the namespace around it, then it
 * means the type of the null namespace, as in the Java implementation; otherwise the canonical
 * form of such a schema could not be read back. ".Name" is the full name of a type without
 * namespace. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/utf8.h"
#include "schema/parse/parser_priv.h"

/* The end of the name that begins at text, or NULL when none does. */
static const char *name_end(const char *text)
{
    for (const char *at = text;;) {
        const char *next = at;
        uint32_t code = utf8_next(&next);
        bool fits = code == '_' || utf8_is_letter(code) || (at > text && utf8_is_digit(code));
        if (!fits) {
            return at > text ? at : NULL;
        }
        at = next;
    }
}

bool sch_is_name(const char *text)
{
    const char *end = name_end(text);
    return end != NULL && *end == '\0' && end - text <= SCH_MAX_NAME_BYTES;
}

static bool is_dotted(const char *text)
{
    const char *end = name_end(text);
    while (end != NULL && *end == '.') {
        end = name_end(end + 1);
    }
    return end != NULL && *end == '\0';
}

/* A name as written, in the namespace given, as a full name that the schema owns. */
const char *sch_full_name(struct sch_parser *p, const char *name, const char *space,
                          const struct sch_place *at)
{
    bool dotted = strchr(name, '.') != NULL;
    const char *written = dotted && name[0] == '.' ? name + 1 : name;
    if (!is_dotted(written) || (written != name && strchr(written, '.') != NULL)) {
        sch_refuse(p, at,
                   "\"%s\" is not a name (" SCH_NAME_RULE
                   ", dots between the parts of a full name)",
                   sch_shorten(p, name));
        return NULL;
    }
    size_t space_len = dotted ? 0 : strlen(space);
    size_t len = space_len + 1 + strlen(written);
    if (len > SCH_MAX_NAME_BYTES) {
        sch_refuse(p, at, "the name \"%s\" is longer than %d bytes", sch_shorten(p, name),
                   SCH_MAX_NAME_BYTES);
        return NULL;
    }
    char *full = sch_alloc(p, 1, len + 1);
    if (full != NULL) {
        snprintf(full, len + 1, "%s%s%s", space_len > 0 ? space : "", space_len > 0 ? "." : "",
                 written);
    }
    return full;
}

const char *sch_namespace_of(struct sch_parser *p, const char *full_name)
{
    const char *dot = strrchr(full_name, '.');
    if (dot == NULL) {
        return "";
    }
    char *space = sch_alloc(p, 1, (size_t)(dot - full_name) + 1);
    return space != NULL ? memcpy(space, full_name, (size_t)(dot - full_name)) : NULL;
}

/* The namespace that holds for a definition: its own, else the one around it. */
static const char *own_namespace(struct sch_parser *p, const json_t *json,
                                 const struct sch_place *at)
{
    const json_t *space = json_object_get(json, "namespace");
    if (space == NULL || json_is_null(space)) {
        return at->space;
    }
    struct sch_place here = sch_member(at, "namespace");
    if (!json_is_string(space)) {
        sch_refuse(p, &here, "a namespace is a string");
        return NULL;
    }
    const char *text = json_string_value(space);
    if (*text != '\0' && !is_dotted(text)) {
        sch_refuse(p, &here, "\"%s\" is not a namespace (names with dots between)",
                   sch_shorten(p, text));
        return NULL;
    }
    return text;
}

/* One alias, checked and kept; NULL: the error is set. */
static const char *read_alias(struct sch_parser *p, const json_t *json, const char *space,
                              const struct sch_place *at)
{
    const char *alias = json_string_value(json);
    if (space == NULL && (alias == NULL || strlen(alias) > SCH_MAX_NAME_BYTES)) {
        sch_refuse(p, at, "an alias of a field is a string of at most %d bytes",
                   SCH_MAX_NAME_BYTES);
        return NULL;
    }
    if (alias == NULL) {
        sch_refuse(p, at, "an alias is a string");
        return NULL;
    }
    return space == NULL ? sch_strdup(p, alias) : sch_full_name(p, alias, space, at);
}

int sch_read_aliases(struct sch_parser *p, struct sch_names *aliases, const json_t *json,
                     const char *space, const struct sch_place *at)
{
    const json_t *list = json_object_get(json, "aliases");
    if (list == NULL) {
        return 0;
    }
    struct sch_place here = sch_member(at, "aliases");
    if (!json_is_array(list)) {
        return sch_refuse(p, &here, "aliases are an array of names");
    }
    size_t count = json_array_size(list);
    aliases->items = sch_alloc(p, count, sizeof(*aliases->items));
    if (aliases->items == NULL) {
        return -1;
    }
    for (size_t i = 0; i < count; i++) {
        struct sch_place there = sch_element(&here, i);
        aliases->items[i] = read_alias(p, json_array_get(list, i), space, &there);
        if (aliases->items[i] == NULL) {
            return -1;
        }
        aliases->count = i + 1;
    }
    return 0;
}

/* "Primitive type names … may not be defined in any namespace." */
static bool is_primitive_name(const char *full_name)
{
    const char *last = sch_last_part(full_name);
    for (int kind = SCH_NULL; kind <= SCH_STRING; kind++) {
        if (strcmp(last, sch_kind_name((enum sch_kind)kind)) == 0) {
            return true;
        }
    }
    return false;
}

/* Gives a record, enum or fixed its full name and aliases. References find it from now on. */
int sch_declare(struct sch_parser *p, struct sch_type *type, const json_t *json,
                const struct sch_place *at)
{
    struct sch_place here = sch_member(at, "name");
    const json_t *name = json_object_get(json, "name");
    if (name == NULL) {
        return sch_refuse(p, at, "%s has no \"name\"",
                          type->kind == SCH_ENUM ? "an enum" : sch_kind_name(type->kind));
    }
    if (!json_is_string(name)) {
        return sch_refuse(p, &here, "a name is a string");
    }
    const char *space = own_namespace(p, json, at);
    if (space == NULL) {
        return -1;
    }
    type->name = sch_full_name(p, json_string_value(name), space, &here);
    if (type->name == NULL) {
        return -1;
    }
    if (is_primitive_name(type->name)) {
        return sch_refuse(p, &here, "\"%s\" has the name of a primitive type",
                          sch_shorten(p, type->name));
    }
    int put = sch_nameset_put(&p->types, type->name, type, NULL);
    if (put != 0) {
        return put < 0
                   ? sch_no_memory(p)
                   : sch_refuse(p, &here, "\"%s\" is defined twice", sch_shorten(p, type->name));
    }
    space = sch_namespace_of(p, type->name);
    return space != NULL ? sch_read_aliases(p, &type->aliases, json, space, at) : -1;
}

/* A named type that is defined before this place. */
struct sch_type *sch_resolve(struct sch_parser *p, const char *name, const struct sch_place *at)
{
    char full[SCH_MAX_NAME_BYTES + 2];
    struct sch_type *type = NULL;
    if (strlen(name) <= SCH_MAX_NAME_BYTES) {
        if (strchr(name, '.') == NULL && *at->space != '\0' &&
            snprintf(full, sizeof(full), "%s.%s", at->space, name) < (int)sizeof(full)) {
            type = sch_nameset_get(&p->types, full);
        }
        if (type == NULL) {
            type = sch_nameset_get(&p->types, name[0] == '.' ? name + 1 : name);
        }
    }
    if (type == NULL) {
        sch_refuse(p, at, "\"%s\" is neither a type of Avro nor defined before this place",
                   sch_shorten(p, name));
    }
    return type;
}
