/* SPDX-License-Identifier: Apache-2.0
 * schema/plan/code.c - writes the operations that read or skip a value of any type.
 *
 * A nullable scalar pushes one cell on both its ways, so it needs no label of its own. */
#include "schema/plan/code_priv.h"

#include "schema/plan/columns.h"

/* Calls the record's routine, which is compiled later. */
static void code_call(struct sch_coder *coder, const struct sch_type *record, bool skips)
{
    struct sch_side *side = &coder->sides[record->number];
    uint32_t *memo = skips ? &side->skipper : &side->reader;
    if (*memo == 0) {
        struct sch_routine routine = {.record = record, .skips = skips};
        *memo = (uint32_t)(coder->routines.len / sizeof(routine)) + 1;
        buf_put(&coder->routines, &routine, sizeof(routine));
    }
    sch_code_put(coder, OP_CALL, 0, *memo - 1);
    sch_code_end_stretch(coder);
}

static void code_value(struct sch_coder *coder, const struct sch_type *type, struct sch_dest dest);

static const struct sch_dest the_tape = {.column = NULL};

static void put_key(struct sch_coder *coder, const char *name)
{
    struct sch_label key = sch_label_of(name);
    struct sch_op op = {.code = OP_KEY,
                        .head = sch_cell_head(CELL_KEY, COLUMN_TEXT, 0),
                        .a = sch_code_row(coder, TABLE_KEYS, &key, sizeof(key))};
    sch_code_cell(coder, the_tape, op);
}

static void begin_object(struct sch_coder *coder)
{
    sch_code_room(coder, 1);
    sch_code_put(coder, OP_OBJECT, 0, 0);
}

/* A loop over an array's items or a map's values. */
static void code_loop(struct sch_coder *coder, const struct sch_type *type, bool skips)
{
    bool map = type->kind == SCH_MAP;
    uint32_t outer = coder->node;
    uint32_t min_bytes = sch_min_bytes(coder, type->items) + map;

    coder->depth++;
    sch_code_put(coder, skips ? OP_SKIP_ARRAY : map ? OP_MAP : OP_ARRAY, 0, 0);
    coder->node = sch_code_node(coder, NODE_BLOCK, NULL);
    uint32_t next = sch_code_put(coder,
                                 skips ? OP_SKIP_NEXT
                                 : map ? OP_MAP_NEXT
                                       : OP_ARRAY_NEXT,
                                 min_bytes, 0);
    coder->node = outer;
    coder->node = sch_code_node(coder, map && !skips ? NODE_VALUE : NODE_ITEM, NULL);
    sch_code_end_stretch(coder);
    if (!skips) {
        code_value(coder, type->items, the_tape);
    } else {
        if (map) {
            sch_code_put(coder, OP_SKIP_BYTES, 0, 0);
        }
        sch_code_skip(coder, type->items);
    }
    sch_code_put(coder, OP_JUMP, 0, next);
    coder->node = outer;
    coder->depth--;
    sch_code_patch(coder, next);
}

static bool is_scalar(const struct sch_type *type)
{
    return type->kind != SCH_UNION && type->kind != SCH_RECORD && type->kind != SCH_ARRAY &&
           type->kind != SCH_MAP;
}

/* Null and one scalar, in either order. */
static bool code_nullable(struct sch_coder *coder, const struct sch_type *type,
                          struct sch_dest dest)
{
    if (type->branch_count != 2) {
        return false;
    }
    uint32_t null_branch = type->branches[0]->kind == SCH_NULL ? 0 : 1;
    const struct sch_type *value = type->branches[1 - null_branch];
    if (type->branches[null_branch]->kind != SCH_NULL || !is_scalar(value)) {
        return false;
    }
    bool on_tape = dest.column == NULL;
    if (on_tape) {
        sch_code_room(coder, 0); /* before the fork: the value's push below counts for both ways */
    }
    uint32_t fork =
        sch_code_op(coder, (struct sch_op){.code = OP_NULLABLE,
                                           .slot = on_tape ? 0 : dest.slot,
                                           .step = on_tape,
                                           .head = sch_cell_head(CELL_NULL, COLUMN_JSONB, 0),
                                           .a = null_branch});
    sch_code_scalar(coder, value, dest);
    struct sch_op *op = sch_code_op_at(coder, fork);
    if (op != NULL) {
        op->b = sch_code_here(coder);
    }
    return true;
}

/* As Avro's JSON encoding names a branch. */
static const char *branch_name(const struct sch_type *branch)
{
    static const char *const names[SCH_FIXED + 1] = {
        [SCH_BOOLEAN] = "boolean", [SCH_INT] = "int",       [SCH_LONG] = "long",
        [SCH_FLOAT] = "float",     [SCH_DOUBLE] = "double", [SCH_BYTES] = "bytes",
        [SCH_STRING] = "string",   [SCH_ARRAY] = "array",   [SCH_MAP] = "map",
    };
    return branch->name != NULL ? branch->name : names[branch->kind];
}

/* Whether more than one branch holds a value, so that the value alone does not say which. */
static bool is_tagged(const struct sch_type *type)
{
    size_t values = 0;
    for (size_t i = 0; i < type->branch_count; i++) {
        values += type->branches[i]->kind != SCH_NULL;
    }
    return values > 1;
}

static void code_branch(struct sch_coder *coder, const struct sch_type *branch, bool tagged)
{
    if (!tagged || branch->kind == SCH_NULL) {
        code_value(coder, branch, the_tape);
        return;
    }
    begin_object(coder);
    put_key(coder, branch_name(branch));
    code_value(coder, branch, the_tape);
    sch_code_put(coder, OP_OBJECT_END, 0, 0);
}

/* Any union. One without branches has none that could be right. */
static void code_union(struct sch_coder *coder, const struct sch_type *type, bool skips)
{
    bool tagged = is_tagged(type);
    struct sch_fork fork = sch_code_fork(coder, (uint32_t)type->branch_count);
    for (uint32_t i = 0; i < type->branch_count; i++) {
        sch_code_branch(coder, &fork);
        if (skips) {
            sch_code_skip(coder, type->branches[i]);
        } else {
            code_branch(coder, type->branches[i], tagged);
        }
        sch_code_branch_end(coder, &fork);
    }
    sch_code_join(coder, &fork);
}

static void code_value(struct sch_coder *coder, const struct sch_type *type, struct sch_dest dest)
{
    switch (type->kind) {
    case SCH_UNION:
        if (!code_nullable(coder, type, dest)) {
            code_union(coder, type, false);
        }
        break;
    case SCH_RECORD: code_call(coder, type, false); break;
    case SCH_ARRAY:
    case SCH_MAP:
        sch_code_room(coder, 1);
        code_loop(coder, type, false);
        break;
    default: sch_code_scalar(coder, type, dest); break;
    }
}

void sch_code_column(struct sch_coder *coder, const struct sch_type *type,
                     const struct column *column, uint32_t slot)
{
    if (column->type != COLUMN_JSONB) {
        code_value(coder, type, (struct sch_dest){.column = column, .slot = slot});
        return;
    }
    sch_code_put(coder, OP_TAPE, 0, 0);
    sch_code_end_stretch(coder);
    code_value(coder, type, the_tape);
    sch_code_op(coder, (struct sch_op){.code = OP_TAPE_END,
                                       .slot = slot,
                                       .head = sch_cell_head(CELL_NESTED, COLUMN_JSONB, 0)});
    sch_code_end_stretch(coder);
}

void sch_code_null(struct sch_coder *coder, uint32_t slot)
{
    sch_code_op(coder, (struct sch_op){.code = OP_NULL,
                                       .slot = slot,
                                       .head = sch_cell_head(CELL_NULL, COLUMN_JSONB, 0)});
}

void sch_code_skip(struct sch_coder *coder, const struct sch_type *type)
{
    switch (type->kind) {
    case SCH_NULL: break;
    case SCH_BOOLEAN: sch_code_put(coder, OP_SKIP_BOOLEAN, 0, 0); break;
    case SCH_INT: sch_code_put(coder, OP_SKIP_INT, 0, 0); break;
    case SCH_LONG: sch_code_put(coder, OP_SKIP_LONG, 0, 0); break;
    case SCH_FLOAT: sch_code_put(coder, OP_SKIP_FIXED, 4, 0); break;
    case SCH_DOUBLE: sch_code_put(coder, OP_SKIP_FIXED, 8, 0); break;
    case SCH_FIXED: sch_code_put(coder, OP_SKIP_FIXED, type->size, 0); break;
    case SCH_BYTES:
    case SCH_STRING: sch_code_put(coder, OP_SKIP_BYTES, 0, 0); break;
    case SCH_ENUM: sch_code_put(coder, OP_SKIP_ENUM, (uint32_t)type->symbols.count, 0); break;
    case SCH_ARRAY:
    case SCH_MAP: code_loop(coder, type, true); break;
    case SCH_UNION: code_union(coder, type, true); break;
    case SCH_RECORD:
        if (sch_min_bytes(coder, type) > 0) {
            code_call(coder, type, true);
        }
        break;
    }
}

static void code_record(struct sch_coder *coder, const struct sch_type *record, bool skips)
{
    uint32_t outer = coder->node;
    if (!skips) {
        begin_object(coder);
    }
    for (size_t i = 0; i < record->field_count; i++) {
        coder->node = outer;
        coder->node = sch_code_node(coder, NODE_FIELD, record->fields[i].name);
        if (skips) {
            sch_code_skip(coder, record->fields[i].type);
        } else {
            put_key(coder, record->fields[i].name);
            code_value(coder, record->fields[i].type, the_tape);
        }
    }
    coder->node = outer;
    if (!skips) {
        sch_code_put(coder, OP_OBJECT_END, 0, 0);
    }
}

void sch_code_routines(struct sch_coder *coder)
{
    while (!coder->routines.failed && !coder->plan->tables[TABLE_OPS].failed &&
           coder->compiled * sizeof(struct sch_routine) < coder->routines.len) {
        struct sch_routine *routine =
            (struct sch_routine *)(void *)coder->routines.data + coder->compiled++;
        const struct sch_routine mine = *routine; /* compiling makes the table move */
        routine->pc = sch_code_here(coder);
        coder->depth = 1;
        coder->node = 0;
        coder->node = sch_code_node(coder, NODE_ROUTINE, NULL);
        sch_code_end_stretch(coder);
        code_record(coder, mine.record, mine.skips);
        sch_code_put(coder, OP_RETURN, 0, 0);
    }
}
