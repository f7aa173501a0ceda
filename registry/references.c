/* SPDX-License-Identifier: Apache-2.0
 * registry/references.c - following references, depth first.
 *
 * A name that was met before is not followed again, as in every Confluent-style registry: the first
 * that brings it wins. Versions never change, so there are no cycles; the bounds are against chains
 * that somebody builds on purpose. */
#include "registry/references.h"

#include <string.h>

#include "registry/context.h"
#include "registry/json_body.h"
#include "schema/parse/parse.h"

struct walk {
    struct sto_conn *conn;
    struct arena *arena;
    const char **names; /* met so far */
    size_t name_count;
    struct reg_references *out;
};

static int no_memory(struct err *err)
{
    return err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "out of memory");
}

static bool is_met(const struct walk *walk, const char *name)
{
    for (size_t i = 0; i < walk->name_count; i++) {
        if (strcmp(walk->names[i], name) == 0) {
            return true;
        }
    }
    return false;
}

static int load(const struct walk *walk, const char *parent, bool deleted,
                struct sto_reference *ref, struct sto_registered *row, struct err *err)
{
    bool found = false;
    if (ref->version != -1 && ref->version < 1) {
        err_set(err, ERR_KIND_FATAL, ERR_BAD_SCHEMA, "the reference \"%.100s\" asks for version %d",
                ref->name, (int)ref->version);
        return -1;
    }
    ref->subject = reg_qualify_in(walk->arena, parent, ref->subject, err);
    if (ref->subject == NULL || sto_registered_get(walk->conn, ref->subject, ref->version, deleted,
                                                   walk->arena, row, &found, err) != 0) {
        return -1;
    }
    if (!found || row->text == NULL) {
        err_set(err, ERR_KIND_FATAL, ERR_BAD_SCHEMA,
                "No schema reference found for subject \"%.160s\" and version %d", ref->subject,
                (int)ref->version);
        return -1;
    }
    ref->version = row->version;
    return 0;
}

static int follow(struct walk *walk, const char *parent, struct sto_reference *refs, size_t count,
                  bool deleted, int depth, struct err *err)
{
    if (count > 0 && depth > REG_REFERENCE_DEPTH) {
        return err_set(err, ERR_KIND_FATAL, ERR_BAD_SCHEMA, "references are deeper than %d",
                       REG_REFERENCE_DEPTH);
    }
    for (size_t i = 0; i < count; i++) {
        struct sto_registered row = {0};
        struct sto_reference *inner;
        size_t inner_count;
        bool met = is_met(walk, refs[i].name);
        if (met && depth > 1) {
            continue;
        }
        if (load(walk, parent, deleted, &refs[i], &row, err) != 0) {
            return -1;
        }
        if (met) {
            continue;
        }
        if (walk->name_count == REG_REFERENCE_COUNT) {
            return err_set(err, ERR_KIND_FATAL, ERR_BAD_SCHEMA, "there are more than %d references",
                           REG_REFERENCE_COUNT);
        }
        walk->names[walk->name_count++] = refs[i].name;
        if (reg_references_parse(row.references, walk->arena, &inner, &inner_count, err) != 0 ||
            follow(walk, refs[i].subject, inner, inner_count, true, depth + 1, err) != 0) {
            return -1;
        }
        walk->out->texts[walk->out->text_count++] =
            (struct sch_text){.text = row.text, .len = strlen(row.text)};
    }
    return 0;
}

int reg_references_load(struct sto_conn *conn, const char *subject,
                        const struct sto_reference *given, size_t count, bool deleted,
                        struct arena *arena, struct reg_references *out, struct err *err)
{
    *out = (struct reg_references){.count = count};
    if (count == 0) {
        return 0;
    }
    if (count > REG_REFERENCE_COUNT) {
        return err_set(err, ERR_KIND_FATAL, ERR_BAD_SCHEMA, "there are more than %d references",
                       REG_REFERENCE_COUNT);
    }
    struct walk walk = {.conn = conn, .arena = arena, .out = out};
    walk.names = arena_calloc(arena, REG_REFERENCE_COUNT, sizeof(*walk.names));
    out->texts = arena_calloc(arena, REG_REFERENCE_COUNT, sizeof(*out->texts));
    out->items = arena_calloc(arena, count, sizeof(*out->items));
    if (walk.names == NULL || out->texts == NULL || out->items == NULL) {
        return no_memory(err);
    }
    memcpy(out->items, given, count * sizeof(*given));
    return follow(&walk, subject, out->items, count, deleted, 1, err);
}
