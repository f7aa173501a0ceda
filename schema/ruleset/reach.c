/* SPDX-License-Identifier: Apache-2.0
 * schema/ruleset/reach.c - see the header. The work is linear in the structure: a stranger wrote it. */
#include "schema/ruleset/reach_priv.h"

#include <string.h>

/* A type's parts, numbered: fields, branches, or its items. */
static size_t child_count(const struct sch_type *type)
{
    return type->field_count + type->branch_count + (type->items != NULL);
}

static const struct sch_type *child_of(const struct sch_type *type, size_t i)
{
    return type->kind == SCH_RECORD  ? type->fields[i].type
           : type->kind == SCH_UNION ? type->branches[i]
                                     : type->items;
}

static void put(struct reach *out, const struct sch_type *type, uint32_t from, uint32_t child)
{
    out->index_of[type->number] = (uint32_t)out->count;
    out->list[out->count++] = (struct reached){type, from, child, 0};
}

static void list_types(struct reach *out, const struct sch_type *root)
{
    put(out, root, 0, 0);
    for (size_t at = 0; at < out->count; at++) {
        const struct sch_type *type = out->list[at].type;
        for (size_t i = 0; i < child_count(type); i++) {
            const struct sch_type *child = child_of(type, i);
            if (out->index_of[child->number] == UINT32_MAX) {
                put(out, child, (uint32_t)at, (uint32_t)i);
            }
            out->list[out->index_of[child->number]].edges++;
        }
    }
}

static int list_wholes(struct reach *out, struct arena *arena)
{
    out->wholes = arena_calloc(arena, out->count, sizeof(*out->wholes));
    uint32_t *used = arena_calloc(arena, out->count, sizeof(*used));
    if (out->wholes == NULL || used == NULL) {
        return -1;
    }
    for (size_t at = 0; at < out->count; at++) {
        out->wholes[at] = arena_calloc(arena, out->list[at].edges + 1, sizeof(**out->wholes));
        if (out->wholes[at] == NULL) {
            return -1;
        }
    }
    for (size_t at = 0; at < out->count; at++) {
        const struct sch_type *type = out->list[at].type;
        for (size_t i = 0; i < child_count(type); i++) {
            uint32_t part = out->index_of[child_of(type, i)->number];
            out->wholes[part][used[part]++] = (uint32_t)at;
        }
    }
    return 0;
}

int ruleset_reach(const struct sch_schema *schema, struct arena *arena, struct reach *out)
{
    size_t most = sch_type_count(schema);
    *out = (struct reach){.list = arena_calloc(arena, most, sizeof(*out->list)),
                          .index_of = arena_alloc(arena, most * sizeof(*out->index_of)),
                          .queue = arena_alloc(arena, most * sizeof(*out->queue)),
                          .type_count = (uint32_t)most};
    if (out->list == NULL || out->index_of == NULL || out->queue == NULL) {
        return -1;
    }
    memset(out->index_of, 0xFF, most * sizeof(*out->index_of));
    list_types(out, sch_root(schema));
    return list_wholes(out, arena);
}

const char *ruleset_reach_path(const struct reach *reach, const struct sch_type *type,
                               struct arena *arena)
{
    const char *path = arena_strdup(arena, "");
    for (uint32_t at = reach->index_of[type->number]; path != NULL && at != 0;
         at = reach->list[at].from) {
        const struct sch_type *from = reach->list[reach->list[at].from].type;
        if (from->kind != SCH_UNION) {
            bool field = from->kind == SCH_RECORD;
            path = arena_printf(arena, "/%s%s",
                                field ? from->fields[reach->list[at].child].name : "*", path);
        }
    }
    return path;
}

/* Sets the bit; false: it was set. */
static bool mark(uint8_t *bits, const struct sch_type *type)
{
    bool is_new = !reach_bit(bits, type);
    bits[type->number / 8] |= (uint8_t)(1U << (type->number % 8));
    return is_new;
}

const uint8_t *ruleset_reach_leads(const struct reach *reach, const struct sch_type *target,
                                   struct arena *arena)
{
    uint8_t *bits = arena_calloc(arena, reach_bits_bytes(reach), 1);
    if (bits == NULL) {
        return NULL;
    }
    size_t count = 0;
    mark(bits, target);
    reach->queue[count++] = reach->index_of[target->number];
    for (size_t i = 0; i < count; i++) {
        uint32_t part = reach->queue[i];
        for (uint32_t k = 0; k < reach->list[part].edges; k++) {
            uint32_t whole = reach->wholes[part][k];
            if (mark(bits, reach->list[whole].type)) {
                reach->queue[count++] = whole;
            }
        }
    }
    return bits;
}
