/* SPDX-License-Identifier: Apache-2.0
 * registry/reserved.c - see the header. The reasons are in Confluent's words. */
#include "registry/reserved.h"

#include <stdbool.h>
#include <string.h>

#include "schema/model/model.h"

/* The property's names, each once, in its order. */
struct names {
    const char **items;
    size_t count;
};

static bool has(const struct names *names, const char *name)
{
    for (size_t i = 0; i < names->count; i++) {
        if (strcmp(names->items[i], name) == 0) {
            return true;
        }
    }
    return false;
}

/* Without the spaces around it. */
static char *trim(char *word)
{
    while (*word != '\0' && (unsigned char)*word <= ' ') {
        word++;
    }
    size_t len = strlen(word);
    while (len > 0 && (unsigned char)word[len - 1] <= ' ') {
        word[--len] = '\0';
    }
    return word;
}

static int split(const char *property, struct arena *arena, struct names *out, struct err *err)
{
    char *rest = arena_strdup(arena, property != NULL ? property : "");
    *out = (struct names){NULL, 0};
    if (rest == NULL) {
        return err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "out of memory");
    }
    for (char *word = strsep(&rest, ","); word != NULL; word = strsep(&rest, ",")) {
        const char *name = trim(word);
        if (name[0] == '\0' || has(out, name)) {
            continue;
        }
        const char **items = arena_push(arena, out->items, out->count, sizeof(*items));
        if (items == NULL) {
            return err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "out of memory");
        }
        out->items = items;
        items[out->count++] = name;
    }
    return 0;
}

static int names_of(const char *metadata, struct arena *arena, struct names *out, struct err *err)
{
    return split(reg_metadata_property(metadata, "confluent:reserved", arena), arena, out, err);
}

int reg_reserved_check(const struct reg_candidate *candidate, const struct sto_registered *last,
                       struct reg_reasons *reasons, struct err *err)
{
    const struct sch_type *root = sch_root(candidate->schema);
    struct names before = {NULL, 0};
    struct names now;
    if (names_of(candidate->metadata, reasons->arena, &now, err) != 0 ||
        (last != NULL && names_of(last->metadata, reasons->arena, &before, err) != 0)) {
        return -1;
    }
    for (size_t i = 0; i < before.count; i++) {
        if (!has(&now, before.items[i]) &&
            reg_reason_add(reasons, err,
                           "The new schema has reserved field %s removed from its metadata which "
                           "is present in the old schema's metadata.",
                           before.items[i]) != 0) {
            return -1;
        }
    }
    for (size_t i = 0; i < now.count; i++) {
        if (root->kind == SCH_RECORD && sch_find_field(root, now.items[i]) != NULL &&
            reg_reason_add(reasons, err,
                           "The new schema has field that conflicts with the reserved field %s.",
                           now.items[i]) != 0) {
            return -1;
        }
    }
    return 0;
}
