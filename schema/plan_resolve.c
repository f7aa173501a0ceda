/* SPDX-License-Identifier: Apache-2.0
 * schema/plan_resolve.c - which writer's types can be read as which reader's types.
 *
 * Avro 1.11, "Schema Resolution", with two readings of our own: a field that the writer lacks is
 * null when it admits null, default or not; and logical types convert where nothing is lost
 * (milliseconds to microseconds), are taken from the reader when the writer has none, and otherwise
 * must agree. Untyped bytes may so become a decimal, but a date never becomes a time.
 *
 * Answers about two records are remembered, and taken for yes while they are being found, so
 * recursive structures end. Nothing here recurses deeper than a value may nest. */
#include <stdlib.h>
#include <string.h>

#include "schema/columns.h"
#include "schema/plan_resolve.h"

struct answer {
    const struct sch_type *w;
    const struct sch_type *r; /* NULL: value is the least size of w */
    uint32_t value;
};

struct sch_resolver {
    struct answer *slots; /* open addressing; a free slot has no w */
    size_t cap;
    size_t used;
    int depth;
    bool failed;
};

enum { FIRST_SLOTS = 64, LEAST_BYTES_MAX = 1 << 24 };

struct sch_resolver *sch_resolver_new(void)
{
    struct sch_resolver *resolver = calloc(1, sizeof(*resolver));
    if (resolver == NULL) {
        return NULL;
    }
    resolver->cap = FIRST_SLOTS;
    resolver->slots = calloc(FIRST_SLOTS, sizeof(*resolver->slots));
    if (resolver->slots == NULL) {
        free(resolver);
        return NULL;
    }
    return resolver;
}

void sch_resolver_free(struct sch_resolver **taken)
{
    if (*taken != NULL) {
        free((*taken)->slots);
        free(*taken);
        *taken = NULL;
    }
}

static struct answer *find_slot(struct answer *slots, size_t cap, const struct sch_type *w,
                                const struct sch_type *r)
{
    uint64_t hash = ((uint64_t)(uintptr_t)w >> 4) * UINT64_C(0x9e3779b97f4a7c15) ^
                    ((uint64_t)(uintptr_t)r >> 4) * UINT64_C(0xc2b2ae3d27d4eb4f);
    size_t at = (size_t)(hash >> 20) & (cap - 1);
    while (slots[at].w != NULL && (slots[at].w != w || slots[at].r != r)) {
        at = (at + 1) & (cap - 1);
    }
    return &slots[at];
}

static bool grow_slots(struct sch_resolver *resolver)
{
    struct answer *slots = calloc(resolver->cap * 2, sizeof(*slots));
    if (slots == NULL) {
        return false;
    }
    for (size_t i = 0; i < resolver->cap; i++) {
        const struct answer *old = &resolver->slots[i];
        if (old->w != NULL) {
            *find_slot(slots, resolver->cap * 2, old->w, old->r) = *old;
        }
    }
    free(resolver->slots);
    resolver->slots = slots;
    resolver->cap *= 2;
    return true;
}

static bool recall(const struct sch_resolver *resolver, const struct sch_type *w,
                   const struct sch_type *r, uint32_t *value)
{
    const struct answer *slot = find_slot(resolver->slots, resolver->cap, w, r);
    *value = slot->value;
    return slot->w != NULL;
}

static void remember(struct sch_resolver *resolver, const struct sch_type *w,
                     const struct sch_type *r, uint32_t value)
{
    if (resolver->used * 2 >= resolver->cap && !grow_slots(resolver)) {
        if (resolver->used + 1 >= resolver->cap) {
            return; /* forgetting only costs time, and depth bounds that */
        }
    }
    struct answer *slot = find_slot(resolver->slots, resolver->cap, w, r);
    resolver->used += slot->w == NULL;
    *slot = (struct answer){.w = w, .r = r, .value = value};
}

static uint32_t least_of_record(struct sch_resolver *resolver, const struct sch_type *w)
{
    uint32_t known;
    if (recall(resolver, w, NULL, &known)) {
        return known;
    }
    /* Deeper than a value may be, or a record that holds itself: no such value exists. */
    if (resolver->depth >= SCH_MAX_DEPTH) {
        return 1;
    }
    remember(resolver, w, NULL, 1);
    uint64_t sum = 0;
    resolver->depth++;
    for (size_t i = 0; i < w->field_count; i++) {
        sum += sch_least_bytes(resolver, w->fields[i].type);
    }
    resolver->depth--;
    uint32_t least = sum > LEAST_BYTES_MAX ? LEAST_BYTES_MAX : (uint32_t)sum;
    remember(resolver, w, NULL, least);
    return least;
}

uint32_t sch_least_bytes(struct sch_resolver *resolver, const struct sch_type *w)
{
    switch (w->kind) {
    case SCH_NULL: return 0;
    case SCH_FLOAT: return 4;
    case SCH_DOUBLE: return 8;
    case SCH_FIXED: return w->size < LEAST_BYTES_MAX ? w->size : LEAST_BYTES_MAX;
    case SCH_RECORD: return least_of_record(resolver, w);
    default: return 1;
    }
}

static const char *unqualified(const char *name)
{
    const char *dot = strrchr(name, '.');
    return dot != NULL ? dot + 1 : name;
}

static bool is_alias(const struct sch_names *aliases, const char *name)
{
    for (size_t i = 0; i < aliases->count; i++) {
        if (strcmp(aliases->items[i], name) == 0) {
            return true;
        }
    }
    return false;
}

static bool names_match(const struct sch_type *w, const struct sch_type *r)
{
    return strcmp(unqualified(w->name), unqualified(r->name)) == 0 ||
           is_alias(&r->aliases, w->name);
}

bool sch_is_nullable(const struct sch_type *type)
{
    if (type->kind == SCH_NULL) {
        return true;
    }
    for (size_t i = 0; type->kind == SCH_UNION && i < type->branch_count; i++) {
        if (type->branches[i]->kind == SCH_NULL) {
            return true;
        }
    }
    return false;
}

static bool plain_rule(const struct sch_type *w, const struct sch_type *r, struct sch_scalar *rule)
{
    switch (r->kind) {
    case SCH_NULL: rule->code = OP_NULL; return w->kind == SCH_NULL;
    case SCH_BOOLEAN: rule->code = OP_BOOLEAN; return w->kind == SCH_BOOLEAN;
    case SCH_INT: rule->code = OP_INT; return w->kind == SCH_INT;
    case SCH_LONG:
        rule->code = w->kind == SCH_INT ? OP_INT : OP_LONG;
        return w->kind == SCH_INT || w->kind == SCH_LONG;
    case SCH_FLOAT:
        rule->code = w->kind == SCH_INT    ? OP_INT_FLOAT
                     : w->kind == SCH_LONG ? OP_LONG_FLOAT
                                           : OP_FLOAT;
        return w->kind == SCH_INT || w->kind == SCH_LONG || w->kind == SCH_FLOAT;
    case SCH_DOUBLE:
        rule->code = w->kind == SCH_INT     ? OP_INT_DOUBLE
                     : w->kind == SCH_LONG  ? OP_LONG_DOUBLE
                     : w->kind == SCH_FLOAT ? OP_FLOAT
                                            : OP_DOUBLE;
        return w->kind >= SCH_INT && w->kind <= SCH_DOUBLE;
    case SCH_BYTES: rule->code = OP_BYTES; return w->kind == SCH_BYTES || w->kind == SCH_STRING;
    case SCH_STRING: rule->code = OP_TEXT; return w->kind == SCH_BYTES || w->kind == SCH_STRING;
    case SCH_ENUM: rule->code = OP_ENUM; return w->kind == SCH_ENUM && names_match(w, r);
    case SCH_FIXED:
        rule->code = OP_FIXED;
        return w->kind == SCH_FIXED && w->size == r->size && names_match(w, r);
    default: return false;
    }
}

static bool decimal_rule(const struct sch_type *w, const struct sch_type *r,
                         struct sch_scalar *rule)
{
    rule->code = r->kind == SCH_FIXED ? OP_DECIMAL_FIXED : OP_DECIMAL;
    if (w->kind != r->kind || (w->logical == SCH_DECIMAL && w->scale != r->scale) ||
        (w->logical != SCH_DECIMAL && w->logical != SCH_LOGICAL_NONE)) {
        return false;
    }
    return r->kind != SCH_FIXED || (w->size == r->size && names_match(w, r));
}

/* Which quantity a logical type counts; two of one family convert into each other. */
static int family(enum sch_logical logical)
{
    switch (logical) {
    case SCH_DATE: return 1;
    case SCH_TIME_MILLIS:
    case SCH_TIME_MICROS: return 2;
    case SCH_TIMESTAMP_MILLIS:
    case SCH_TIMESTAMP_MICROS: return 3;
    case SCH_LOCAL_TIMESTAMP_MILLIS:
    case SCH_LOCAL_TIMESTAMP_MICROS: return 4;
    default: return 0;
    }
}

static bool time_rule(const struct sch_type *w, const struct sch_type *r, struct sch_scalar *rule)
{
    rule->code = OP_RANGED;
    rule->writer_unit = w->logical != SCH_LOGICAL_NONE;
    bool promotes = w->kind == r->kind || (w->kind == SCH_INT && r->kind == SCH_LONG);
    return promotes && (w->logical == SCH_LOGICAL_NONE || family(w->logical) == family(r->logical));
}

bool sch_scalar_rule(const struct sch_type *w, const struct sch_type *r, struct sch_scalar *rule)
{
    struct column column;
    bool nullable;
    sch_column_of(r, &column, &nullable);
    *rule = (struct sch_scalar){.column_type = column.type};
    if (family(r->logical) != 0) {
        return time_rule(w, r, rule);
    }
    if (r->logical == SCH_DECIMAL) {
        return decimal_rule(w, r, rule);
    }
    if (r->logical == SCH_UUID) {
        rule->code = OP_UUID;
        return w->kind == SCH_STRING && r->kind == SCH_STRING;
    }
    return plain_rule(w, r, rule);
}

/* How well a branch fits: 0 the same type, 1 another name or namespace, 2 by promotion. */
static int branch_rank(const struct sch_type *w, const struct sch_type *branch)
{
    if (w->kind != branch->kind) {
        return 2;
    }
    return w->name != NULL && branch->name != NULL && strcmp(w->name, branch->name) != 0;
}

const struct sch_type *sch_reader_branch(struct sch_resolver *resolver, const struct sch_type *w,
                                         const struct sch_type *r)
{
    struct err ignored = ERR_INIT;
    for (int rank = 0; rank <= 2; rank++) {
        for (size_t i = 0; i < r->branch_count; i++) {
            const struct sch_type *branch = r->branches[i];
            if (branch_rank(w, branch) == rank && sch_readable(resolver, w, branch, &ignored)) {
                return branch;
            }
        }
    }
    return NULL;
}

void sch_pair_fields(const struct sch_type *w, const struct sch_field *const *fields, size_t count,
                     int32_t *of_writer, int32_t *of_reader)
{
    for (size_t i = 0; i < w->field_count; i++) {
        of_writer[i] = -1;
        for (size_t k = 0; k < count && of_writer[i] < 0; k++) {
            if (strcmp(fields[k]->name, w->fields[i].name) == 0) {
                of_writer[i] = (int32_t)k;
            }
        }
    }
    for (size_t k = 0; k < count; k++) {
        of_reader[k] = -1;
        for (size_t i = 0; i < w->field_count && of_reader[k] < 0; i++) {
            if (of_writer[i] == (int32_t)k) {
                of_reader[k] = (int32_t)i;
            }
        }
    }
    for (size_t k = 0; k < count; k++) {
        for (size_t i = 0; i < w->field_count && of_reader[k] < 0; i++) {
            if (of_writer[i] < 0 && is_alias(&fields[k]->aliases, w->fields[i].name)) {
                of_writer[i] = (int32_t)k;
                of_reader[k] = (int32_t)i;
            }
        }
    }
}

static __attribute__((noinline)) bool refuse(const struct sch_type *w, const struct sch_type *r,
                                             struct err *err)
{
    char from[160];
    char to[160];
    err_set(err, ERR_KIND_FATAL, ERR_INCOMPATIBLE, "%s cannot be read as %s",
            sch_describe(w, from, sizeof(from)), sch_describe(r, to, sizeof(to)));
    return false;
}

static bool fields_readable(struct sch_resolver *resolver, const struct sch_type *w,
                            const struct sch_type *r, struct err *err)
{
    size_t pointers = r->field_count * sizeof(struct sch_field *);
    uint8_t *memory = calloc(1, pointers + (w->field_count + r->field_count) * sizeof(int32_t) + 1);
    if (memory == NULL) {
        err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for a plan");
        return false;
    }
    const struct sch_field **fields = (const struct sch_field **)(void *)memory;
    int32_t *of_writer = (int32_t *)(void *)(memory + pointers);
    int32_t *of_reader = of_writer + w->field_count;
    for (size_t k = 0; k < r->field_count; k++) {
        fields[k] = &r->fields[k];
    }
    sch_pair_fields(w, fields, r->field_count, of_writer, of_reader);

    bool readable = true;
    for (size_t k = 0; k < r->field_count && readable; k++) {
        const struct sch_field *field = fields[k];
        if (of_reader[k] >= 0) {
            readable = sch_readable(resolver, w->fields[of_reader[k]].type, field->type, err);
        } else if (field->default_bytes == NULL && !sch_is_nullable(field->type)) {
            err_set(err, ERR_KIND_FATAL, ERR_INCOMPATIBLE,
                    "the writer has no such field, and it has neither a default nor admits null");
            readable = false;
        }
        if (!readable) {
            err_path_prepend(err, field->name);
        }
    }
    free(memory);
    return readable;
}

static bool records_readable(struct sch_resolver *resolver, const struct sch_type *w,
                             const struct sch_type *r, struct err *err)
{
    uint32_t known;
    if (recall(resolver, w, r, &known)) {
        return known ? true : refuse(w, r, err);
    }
    remember(resolver, w, r, 1);
    bool readable = fields_readable(resolver, w, r, err);
    remember(resolver, w, r, readable);
    return readable;
}

static bool union_readable(struct sch_resolver *resolver, const struct sch_type *w,
                           const struct sch_type *r, struct err *err)
{
    for (size_t i = 0; i < w->branch_count; i++) {
        if (sch_readable(resolver, w->branches[i], r, err)) {
            return true;
        }
    }
    return w->branch_count == 0 ? refuse(w, r, err) : false;
}

bool sch_readable(struct sch_resolver *resolver, const struct sch_type *w, const struct sch_type *r,
                  struct err *err)
{
    if (w->kind == SCH_UNION) {
        return union_readable(resolver, w, r, err);
    }
    if (r->kind == SCH_UNION) {
        return sch_reader_branch(resolver, w, r) != NULL ? true : refuse(w, r, err);
    }
    bool nests = r->kind == SCH_RECORD || r->kind == SCH_ARRAY || r->kind == SCH_MAP;
    if (!nests) {
        struct sch_scalar rule;
        return sch_scalar_rule(w, r, &rule) ? true : refuse(w, r, err);
    }
    if (w->kind != r->kind) {
        return refuse(w, r, err);
    }
    if (r->kind == SCH_RECORD && !names_match(w, r)) {
        return refuse(w, r, err);
    }
    if (resolver->depth >= SCH_MAX_DEPTH) {
        return true; /* no value is so deep */
    }
    resolver->depth++;
    bool readable = r->kind == SCH_RECORD ? records_readable(resolver, w, r, err)
                                          : sch_readable(resolver, w->items, r->items, err);
    resolver->depth--;
    return readable;
}
