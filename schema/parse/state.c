/* SPDX-License-Identifier: Apache-2.0
 * schema/parse/state.c - what all files of the parser use: the place in the document, errors,
 * memory.
 *
 * An error's text begins with the place in the document, as a JSON pointer. All memory of a schema
 * is allocated here, so that one limit holds for all of it. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "schema/parse/parser_priv.h"

enum { SHOWN_BYTES = 60, FIRST_SOURCES = 64 };

struct sch_place sch_member(const struct sch_place *at, const char *key)
{
    return (struct sch_place){.up = at, .key = key, .space = at->space, .depth = at->depth};
}

struct sch_place sch_element(const struct sch_place *at, size_t index)
{
    return (struct sch_place){.up = at, .index = index, .space = at->space, .depth = at->depth};
}

static size_t print_place(const struct sch_place *at, char *out, size_t size)
{
    if (at->up == NULL) {
        return (size_t)snprintf(out, size, "%s", at->key != NULL ? at->key : "");
    }
    size_t used = print_place(at->up, out, size);
    if (used >= size) {
        return used;
    }
    int n = at->key != NULL ? snprintf(out + used, size - used, "/%s", at->key)
                            : snprintf(out + used, size - used, "/%zu", at->index);
    return used + (size_t)n;
}

const char *sch_path_print(const struct sch_place *at, char *out, size_t size)
{
    print_place(at, out, size);
    utf8_mend(out); /* it may be cut */
    return out;
}

int sch_refuse(struct sch_parser *p, const struct sch_place *at, const char *fmt, ...)
{
    char path[ERR_PATH_BYTES];
    char text[ERR_TEXT_BYTES - ERR_PATH_BYTES - 4];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);

    sch_path_print(at, path, sizeof(path));
    err_set(p->err, ERR_KIND_FATAL, ERR_BAD_SCHEMA, "%s: %s", path[0] != '\0' ? path : "/", text);
    memcpy(p->err->path, path, sizeof(path));
    return -1;
}

int sch_no_memory(struct sch_parser *p)
{
    return err_set(p->err, ERR_KIND_RETRY, ERR_NO_MEMORY, "no memory to read a schema");
}

void *sch_alloc(struct sch_parser *p, size_t count, size_t size)
{
    struct arena *arena = &p->schema->arena;
    if (count > SCH_MAX_ARENA_BYTES / size || arena->held_bytes > SCH_MAX_ARENA_BYTES) {
        err_set(p->err, ERR_KIND_FATAL, ERR_BAD_SCHEMA,
                "/: the schema takes more than %d MiB of memory",
                SCH_MAX_ARENA_BYTES / 1024 / 1024);
        return NULL;
    }
    void *memory = arena_calloc(arena, count, size);
    if (memory == NULL) {
        sch_no_memory(p);
    }
    return memory;
}

const char *sch_strdup(struct sch_parser *p, const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = sch_alloc(p, 1, size);
    return copy != NULL ? memcpy(copy, text, size) : NULL;
}

const char *sch_shorten(struct sch_parser *p, const char *text)
{
    size_t len = utf8_cut(text, SHOWN_BYTES);
    if (text[len] == '\0') {
        return text;
    }
    const char *shortened = arena_printf(&p->schema->arena, "%.*s…", (int)len, text);
    return shortened != NULL ? shortened : "";
}

struct sch_type *sch_new_type(struct sch_parser *p, enum sch_kind kind)
{
    uint32_t number = p->schema->type_count;
    if (number == p->source_capacity) {
        size_t capacity = p->source_capacity > 0 ? p->source_capacity * 2 : FIRST_SOURCES;
        struct sch_source *sources = realloc(p->sources, capacity * sizeof(*sources));
        if (sources == NULL) {
            sch_no_memory(p);
            return NULL;
        }
        p->sources = sources;
        p->source_capacity = capacity;
    }
    struct sch_type *type = sch_alloc(p, 1, sizeof(*type));
    if (type == NULL) {
        return NULL;
    }
    type->kind = kind;
    type->number = number;
    type->default_symbol = -1;
    p->sources[number] = (struct sch_source){.type = type};
    p->schema->type_count = number + 1;
    return type;
}
