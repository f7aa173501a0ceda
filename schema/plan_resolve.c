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
#include "schema/parse_priv.h"
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
    uint64_t *steps;
};

enum { FIRST_SLOTS = 64, LEAST_BYTES_MAX = 1 << 24 };

struct sch_resolver *sch_resolver_new(uint64_t *steps)
{
    struct sch_resolver *resolver = calloc(1, sizeof(*resolver));
    if (resolver == NULL) {
        return NULL;
    }
    resolver->steps = steps;
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

bool sch_resolver_spend(struct sch_resolver *resolver, uint64_t steps)
{
    *resolver->steps += steps;
    return *resolver->steps <= SCH_MAX_PLAN_STEPS;
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
    if (w->kind != r->kind) {
        rule->code = r->kind == SCH_LONG     ? OP_INT
                     : r->kind == SCH_BYTES  ? OP_BYTES
                     : r->kind == SCH_STRING ? OP_TEXT
                     : w->kind == SCH_FLOAT  ? OP_FLOAT
                     : w->kind == SCH_INT    ? (r->kind == SCH_FLOAT ? OP_INT_FLOAT : OP_INT_DOUBLE)
                     : r->kind == SCH_FLOAT  ? OP_LONG_FLOAT
                                             : OP_LONG_DOUBLE;
        return sch_promotes(r->kind, w->kind);
    }
    switch (r->kind) {
    case SCH_NULL: rule->code = OP_NULL; return true;
    case SCH_BOOLEAN: rule->code = OP_BOOLEAN; return true;
    case SCH_INT: rule->code = OP_INT; return true;
    case SCH_LONG: rule->code = OP_LONG; return true;
    case SCH_FLOAT: rule->code = OP_FLOAT; return true;
    case SCH_DOUBLE: rule->code = OP_DOUBLE; return true;
    case SCH_BYTES: rule->code = OP_BYTES; return true;
    case SCH_STRING: rule->code = OP_TEXT; return true;
    case SCH_ENUM: rule->code = OP_ENUM; return sch_names_match(r, w);
    case SCH_FIXED: rule->code = OP_FIXED; return w->size == r->size && sch_names_match(r, w);
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
    return r->kind != SCH_FIXED || (w->size == r->size && sch_names_match(r, w));
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
    bool promotes = w->kind == r->kind || (r->kind == SCH_LONG && sch_promotes(SCH_LONG, w->kind));
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
    if (!sch_resolver_spend(resolver, r->branch_count)) {
        return NULL;
    }
    for (int rank = 0; rank <= 2; rank++) {
        for (size_t i = 0; i < r->branch_count; i++) {
            const struct sch_type *branch = r->branches[i];
            if (branch_rank(w, branch) == rank && sch_readable(resolver, w, branch, NULL)) {
                return branch;
            }
        }
    }
    return NULL;
}

/* From here on names are looked up in a table; when there is no memory for one, one by one. */
enum { MANY = 16 };

static int32_t reader_field(const struct sch_nameset *set, const struct sch_field *const *fields,
                            size_t count, const char *name)
{
    if (set->count > 0) {
        const struct sch_field *const *found = sch_nameset_get(set, name);
        return found != NULL ? (int32_t)(found - fields) : -1;
    }
    size_t k = 0;
    while (k < count && strcmp(fields[k]->name, name) != 0) {
        k++;
    }
    return k < count ? (int32_t)k : -1;
}

static int32_t writer_field(const struct sch_nameset *set, const struct sch_type *w,
                            const char *name)
{
    const struct sch_field *found =
        set->count > 0 ? sch_nameset_get(set, name) : sch_find_field(w, name);
    return found != NULL ? (int32_t)(found - w->fields) : -1;
}

/* The writer's first free field that has one of the aliases. */
static int32_t aliased_field(const struct sch_nameset *set, const struct sch_type *w,
                             const struct sch_names *aliases, const int32_t *of_writer)
{
    int32_t first = -1;
    for (size_t i = 0; i < aliases->count; i++) {
        int32_t at = writer_field(set, w, aliases->items[i]);
        if (at >= 0 && of_writer[at] < 0 && (first < 0 || at < first)) {
            first = at;
        }
    }
    return first;
}

static void pair_by_tables(const struct sch_nameset *readers, const struct sch_nameset *writers,
                           const struct sch_type *w, const struct sch_field *const *fields,
                           size_t count, int32_t *of_writer, int32_t *of_reader)
{
    for (size_t i = 0; i < w->field_count; i++) {
        of_writer[i] = reader_field(readers, fields, count, w->fields[i].name);
        if (of_writer[i] >= 0) {
            of_reader[of_writer[i]] = (int32_t)i;
        }
    }
    for (size_t k = 0; k < count; k++) {
        int32_t at =
            of_reader[k] < 0 ? aliased_field(writers, w, &fields[k]->aliases, of_writer) : -1;
        if (at >= 0) {
            of_writer[at] = (int32_t)k;
            of_reader[k] = at;
        }
    }
}

void sch_pair_fields(struct sch_resolver *resolver, const struct sch_type *w,
                     const struct sch_field *const *fields, size_t count, int32_t *of_writer,
                     int32_t *of_reader)
{
    struct sch_nameset readers = {NULL, 0, 0};
    struct sch_nameset writers = {NULL, 0, 0};
    uint64_t steps = w->field_count;
    bool good = true;
    for (size_t k = 0; k < count; k++) {
        steps += 1 + fields[k]->aliases.count;
        of_reader[k] = -1;
        good = good && (count <= MANY ||
                        sch_nameset_put(&readers, fields[k]->name, (void *)&fields[k], NULL) >= 0);
    }
    for (size_t i = 0; i < w->field_count; i++) {
        const struct sch_field *field = &w->fields[i];
        of_writer[i] = -1;
        good = good && (w->field_count <= MANY ||
                        sch_nameset_put(&writers, field->name, (void *)field, NULL) >= 0);
    }
    if (!good) {
        sch_nameset_fini(&readers);
        sch_nameset_fini(&writers);
    }
    if (sch_resolver_spend(resolver, steps)) {
        pair_by_tables(&readers, &writers, w, fields, count, of_writer, of_reader);
    }
    sch_nameset_fini(&readers);
    sch_nameset_fini(&writers);
}

static __attribute__((noinline)) bool refuse(const struct sch_type *w, const struct sch_type *r,
                                             struct err *err)
{
    char from[160];
    char to[160];
    if (err == NULL) {
        return false;
    }
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
        if (err != NULL) {
            err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for a plan");
        }
        return false;
    }
    const struct sch_field **fields = (const struct sch_field **)(void *)memory;
    int32_t *of_writer = (int32_t *)(void *)(memory + pointers);
    int32_t *of_reader = of_writer + w->field_count;
    for (size_t k = 0; k < r->field_count; k++) {
        fields[k] = &r->fields[k];
    }
    sch_pair_fields(resolver, w, fields, r->field_count, of_writer, of_reader);

    bool readable = true;
    for (size_t k = 0; k < r->field_count && readable; k++) {
        const struct sch_field *field = fields[k];
        if (of_reader[k] >= 0) {
            readable = sch_readable(resolver, w->fields[of_reader[k]].type, field->type, err);
        } else if (field->default_bytes == NULL && !sch_is_nullable(field->type)) {
            readable = false;
            if (err != NULL) {
                err_set(
                    err, ERR_KIND_FATAL, ERR_INCOMPATIBLE,
                    "the writer has no such field, and it has neither a default nor admits null");
            }
        }
        if (!readable && err != NULL) {
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
        if (err != NULL) {
            err_reset(err); /* what an earlier branch said is no reason any more */
        }
        if (sch_readable(resolver, w->branches[i], r, err)) {
            return true;
        }
    }
    return w->branch_count == 0 ? refuse(w, r, err) : false;
}

bool sch_readable(struct sch_resolver *resolver, const struct sch_type *w, const struct sch_type *r,
                  struct err *err)
{
    if (!sch_resolver_spend(resolver, 1 + r->aliases.count)) {
        return false; /* sch_compile_root says why */
    }
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
    if (r->kind == SCH_RECORD && !sch_names_match(r, w)) {
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
