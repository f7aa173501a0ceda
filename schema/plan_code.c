/* SPDX-License-Identifier: Apache-2.0
 * schema/plan_code.c - writing the operations that read, convert or skip a value of some type.
 *
 * The stretch of pushes between two labels is preceded by one ROOM operation, whose count grows
 * as pushes are written; `end_stretch` stands at every label and jump. A nullable scalar pushes
 * one cell on both its ways, so it needs no label of its own. */
#include "schema/plan_code.h"

#include <string.h>

#include "schema/columns.h"

uint32_t sch_code_rows(const struct sch_coder *coder, enum sch_table table, size_t size)
{
    return (uint32_t)(coder->plan->tables[table].len / size);
}

uint32_t sch_code_row(struct sch_coder *coder, enum sch_table table, const void *row, size_t size)
{
    uint32_t at = sch_code_rows(coder, table, size);
    buf_put(&coder->plan->tables[table], row, size);
    return at;
}

static uint32_t here(const struct sch_coder *coder)
{
    return sch_code_rows(coder, TABLE_OPS, sizeof(struct sch_op));
}

static struct sch_op *op_at(struct sch_coder *coder, uint32_t at)
{
    struct buf *ops = &coder->plan->tables[TABLE_OPS];
    return ops->failed ? NULL : (struct sch_op *)(void *)ops->data + at;
}

/* Makes the operation at `at` lead to the next one that will be written. */
static void land_here(struct sch_coder *coder, uint32_t at)
{
    struct sch_op *op = op_at(coder, at);
    if (op != NULL) {
        op->b = here(coder);
    }
    coder->room = 0;
}

static void end_stretch(struct sch_coder *coder)
{
    coder->room = 0;
}

uint32_t sch_code_op(struct sch_coder *coder, struct sch_op op)
{
    struct buf *ops = &coder->plan->tables[TABLE_OPS];
    if (here(coder) >= SCH_MAX_PLAN_OPS) {
        ops->failed = true;
    }
    op.depth = coder->depth;
    op.path = coder->node;
    return sch_code_row(coder, TABLE_OPS, &op, sizeof(op));
}

uint32_t sch_code_put(struct sch_coder *coder, enum sch_op_code code, uint32_t a, uint32_t b)
{
    return sch_code_op(coder, (struct sch_op){.code = (uint8_t)code, .a = a, .b = b});
}

uint32_t sch_code_node(struct sch_coder *coder, enum sch_node_kind kind, const char *name)
{
    struct sch_node node = {.kind = kind, .parent = coder->node, .name = name};
    return sch_code_row(coder, TABLE_NODES, &node, sizeof(node));
}

/* Counts `cells` more pushes in the current stretch. */
static void need_room(struct sch_coder *coder, uint32_t cells)
{
    if (coder->room == 0) {
        coder->room = sch_code_put(coder, OP_ROOM, 0, 0) + 1;
    }
    struct sch_op *room = op_at(coder, coder->room - 1);
    if (room != NULL) {
        room->a += cells;
    }
}

uint32_t sch_cell_head(enum cell_type type, enum column_type column_type, int scale)
{
    struct cell cell = {
        .type = (uint8_t)type, .column_type = (uint8_t)column_type, .scale = (uint16_t)scale};
    uint32_t head;
    memcpy(&head, &cell, sizeof(head));
    return head;
}

/* A value operation: one cell at its place. */
uint32_t sch_code_cell(struct sch_coder *coder, struct sch_dest place, struct sch_op op)
{
    if (place.on_tape) {
        need_room(coder, 1);
    }
    op.slot = place.on_tape ? 0 : place.slot;
    op.step = place.on_tape;
    return sch_code_op(coder, op);
}

void sch_code_fail(struct sch_coder *coder, enum err_code code)
{
    sch_code_put(coder, OP_FAIL, (uint32_t)code, 0);
    end_stretch(coder);
}

/* Calls the routine of (w, r), which is compiled later. */
static void code_call(struct sch_coder *coder, const struct sch_type *w, const struct sch_type *r)
{
    int64_t at = sch_pairs_find(&coder->calls, r, w);
    if (at < 0) {
        struct sch_routine routine = {.w = w, .r = r};
        at = sch_pairs_add(&coder->calls, r, w);
        coder->routines.failed = coder->routines.failed || at < 0;
        buf_put(&coder->routines, &routine, sizeof(routine));
    }
    sch_code_put(coder, OP_CALL, 0, (uint32_t)at);
    end_stretch(coder);
}

/* A loop over an array's items or a map's values; `code_item` of the two types is its body. */
static void code_loop(struct sch_coder *coder, const struct sch_type *w, const struct sch_type *r)
{
    bool map = w->kind == SCH_MAP;
    bool read = r != NULL;
    uint32_t outer = coder->node;
    uint32_t least = sch_least_bytes(coder->resolver, w->items) + map;

    coder->depth++;
    sch_code_put(coder, !read ? OP_SKIP_ARRAY : map ? OP_MAP : OP_ARRAY, 0, 0);
    coder->node = sch_code_node(coder, NODE_BLOCK, NULL);
    uint32_t next = sch_code_put(coder,
                                 !read ? OP_SKIP_NEXT
                                 : map ? OP_MAP_NEXT
                                       : OP_ARRAY_NEXT,
                                 least, 0);
    coder->node = outer;
    coder->node = sch_code_node(coder, map && read ? NODE_VALUE : NODE_ITEM, NULL);
    end_stretch(coder);
    if (read) {
        sch_code_value(coder, w->items, r->items, (struct sch_dest){.on_tape = true});
    } else {
        if (map) {
            sch_code_put(coder, OP_SKIP_BYTES, 0, 0);
        }
        sch_code_skip(coder, w->items);
    }
    sch_code_put(coder, OP_JUMP, 0, next);
    coder->node = outer;
    coder->depth--;
    land_here(coder, next);
}

static bool is_scalar(const struct sch_type *type)
{
    return type->kind != SCH_UNION && type->kind != SCH_RECORD && type->kind != SCH_ARRAY &&
           type->kind != SCH_MAP;
}

/* [null, T] or [T, null] into a reader that admits null and, for T, is scalar. */
static bool code_nullable(struct sch_coder *coder, const struct sch_type *w,
                          const struct sch_type *r, struct sch_dest place)
{
    if (w->branch_count != 2 || !sch_is_nullable(w) || !sch_is_nullable(r)) {
        return false;
    }
    uint32_t null_branch = w->branches[0]->kind == SCH_NULL ? 0 : 1;
    const struct sch_type *value = w->branches[1 - null_branch];
    const struct sch_type *to = r;
    if (r->kind == SCH_UNION) {
        to = sch_reader_branch(coder->resolver, value, r);
    }
    struct sch_scalar rule;
    if (to == NULL || !is_scalar(value) || !is_scalar(to) || !sch_scalar_rule(value, to, &rule)) {
        return false;
    }
    if (place.on_tape) {
        need_room(coder, 0); /* before the fork: the value's push below counts for both ways */
    }
    uint32_t fork =
        sch_code_op(coder, (struct sch_op){.code = OP_NULLABLE,
                                           .slot = place.on_tape ? 0 : place.slot,
                                           .step = place.on_tape,
                                           .head = sch_cell_head(CELL_NULL, rule.column_type, 0),
                                           .a = null_branch});
    sch_code_scalar(coder, value, to, place);
    struct sch_op *op = op_at(coder, fork);
    if (op != NULL) {
        op->b = here(coder);
    }
    return true;
}

/* Any union of the writer: a table of jumps. r NULL: skip. */
static void code_union(struct sch_coder *coder, const struct sch_type *w, const struct sch_type *r,
                       struct sch_dest place)
{
    uint32_t first = sch_code_rows(coder, TABLE_JUMPS, sizeof(uint32_t));
    uint32_t count = (uint32_t)w->branch_count;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t unknown = 0;
        sch_code_row(coder, TABLE_JUMPS, &unknown, sizeof(unknown));
    }
    sch_code_put(coder, OP_UNION, first, count);

    uint32_t last_jump =
        UINT32_MAX; /* the jumps to the end are chained through b until it is known */
    for (uint32_t i = 0; i < count; i++) {
        end_stretch(coder);
        if (!coder->plan->tables[TABLE_JUMPS].failed) {
            ((uint32_t *)(void *)coder->plan->tables[TABLE_JUMPS].data)[first + i] = here(coder);
        }
        if (r == NULL) {
            sch_code_skip(coder, w->branches[i]);
        } else {
            sch_code_value(coder, w->branches[i], r, place);
        }
        last_jump = sch_code_put(coder, OP_JUMP, 0, last_jump);
    }
    uint32_t end = here(coder);
    while (last_jump != UINT32_MAX) {
        struct sch_op *op = op_at(coder, last_jump);
        last_jump = op != NULL ? op->b : UINT32_MAX;
        if (op != NULL) {
            op->b = end;
        }
    }
    end_stretch(coder);
}

void sch_code_value(struct sch_coder *coder, const struct sch_type *w, const struct sch_type *r,
                    struct sch_dest place)
{
    if (w->kind == SCH_UNION) {
        if (!code_nullable(coder, w, r, place)) {
            code_union(coder, w, r, place);
        }
        return;
    }
    if (r->kind == SCH_UNION) {
        r = sch_reader_branch(coder->resolver, w, r);
    }
    if (r == NULL || !sch_readable(coder->resolver, w, r, NULL)) {
        sch_code_fail(coder, w->kind == SCH_NULL ? coder->null_code : ERR_BAD_BRANCH);
    } else if (is_scalar(r)) {
        sch_code_scalar(coder, w, r, place);
    } else if (r->kind == SCH_RECORD) {
        code_call(coder, w, r);
    } else {
        need_room(coder, 1);
        code_loop(coder, w, r);
    }
}

void sch_code_column(struct sch_coder *coder, const struct sch_type *w, const struct sch_type *r,
                     const struct column *column, uint32_t slot)
{
    struct sch_dest place = {.slot = slot, .precision = column->precision};
    if (column->type != COLUMN_JSONB) {
        sch_code_value(coder, w, r, place);
        return;
    }
    place = (struct sch_dest){.on_tape = true};
    sch_code_put(coder, OP_TAPE, 0, 0);
    end_stretch(coder);
    sch_code_value(coder, w, r, place);
    sch_code_op(coder, (struct sch_op){.code = OP_TAPE_END,
                                       .slot = slot,
                                       .head = sch_cell_head(CELL_NESTED, COLUMN_JSONB, 0)});
    end_stretch(coder);
}

void sch_code_skip(struct sch_coder *coder, const struct sch_type *w)
{
    switch (w->kind) {
    case SCH_NULL: break;
    case SCH_BOOLEAN: sch_code_put(coder, OP_SKIP_BOOLEAN, 0, 0); break;
    case SCH_INT: sch_code_put(coder, OP_SKIP_INT, 0, 0); break;
    case SCH_LONG: sch_code_put(coder, OP_SKIP_LONG, 0, 0); break;
    case SCH_FLOAT: sch_code_put(coder, OP_SKIP_FIXED, 4, 0); break;
    case SCH_DOUBLE: sch_code_put(coder, OP_SKIP_FIXED, 8, 0); break;
    case SCH_FIXED: sch_code_put(coder, OP_SKIP_FIXED, w->size, 0); break;
    case SCH_BYTES:
    case SCH_STRING: sch_code_put(coder, OP_SKIP_BYTES, 0, 0); break;
    case SCH_ENUM: sch_code_put(coder, OP_SKIP_ENUM, (uint32_t)w->symbols.count, 0); break;
    case SCH_ARRAY:
    case SCH_MAP: code_loop(coder, w, NULL); break;
    case SCH_UNION: code_union(coder, w, NULL, (struct sch_dest){0}); break;
    case SCH_RECORD:
        if (sch_least_bytes(coder->resolver, w) > 0) {
            code_call(coder, w, NULL);
        }
        break;
    }
}

static void put_key(struct sch_coder *coder, const char *name)
{
    struct sch_label key = sch_label_of(name);
    struct sch_op op = {.code = OP_KEY,
                        .head = sch_cell_head(CELL_KEY, COLUMN_TEXT, 0),
                        .a = sch_code_row(coder, TABLE_KEYS, &key, sizeof(key))};
    sch_code_cell(coder, (struct sch_dest){.on_tape = true}, op);
}

void sch_code_absent(struct sch_coder *coder, const struct sch_field *field,
                     const struct column *column, struct sch_dest place)
{
    uint32_t first = 0;
    uint32_t count = 0;
    if (field->default_bytes != NULL) {
        count = sch_default_cells(coder, field, column, place.on_tape, &first);
    }
    if (place.on_tape) {
        put_key(coder, field->name);
        need_room(coder, count);
    }
    if (count == 0) {
        sch_code_cell(
            coder, place,
            (struct sch_op){.code = OP_NULL, .head = sch_cell_head(CELL_NULL, COLUMN_JSONB, 0)});
        return;
    }
    sch_code_op(coder, (struct sch_op){.code = OP_CONST,
                                       .slot = place.on_tape ? 0 : place.slot,
                                       .step = place.on_tape,
                                       .a = first,
                                       .b = count});
}

static void code_record(struct sch_coder *coder, const struct sch_type *w, const struct sch_type *r)
{
    struct arena scratch = ARENA_INIT;
    const struct sch_field **fields = arena_calloc(&scratch, r->field_count + 1, sizeof(*fields));
    int32_t *of_writer = arena_calloc(&scratch, w->field_count + 1, sizeof(*of_writer));
    int32_t *of_reader = arena_calloc(&scratch, r->field_count + 1, sizeof(*of_reader));
    if (fields == NULL || of_writer == NULL || of_reader == NULL) {
        coder->plan->tables[TABLE_OPS].failed = true;
        arena_fini(&scratch);
        return;
    }
    for (size_t k = 0; k < r->field_count; k++) {
        fields[k] = &r->fields[k];
    }
    sch_pair_fields(coder->resolver, w, fields, r->field_count, of_writer, of_reader);

    uint32_t outer = coder->node;
    need_room(coder, 1);
    sch_code_put(coder, OP_OBJECT, 0, 0);
    for (size_t i = 0; i < w->field_count; i++) {
        coder->node = outer;
        coder->node = sch_code_node(coder, NODE_FIELD, w->fields[i].name);
        if (of_writer[i] < 0) {
            sch_code_skip(coder, w->fields[i].type);
            end_stretch(coder);
        } else {
            put_key(coder, fields[of_writer[i]]->name);
            sch_code_value(coder, w->fields[i].type, fields[of_writer[i]]->type,
                           (struct sch_dest){.on_tape = true});
        }
    }
    for (size_t k = 0; k < r->field_count; k++) {
        if (of_reader[k] < 0) {
            coder->node = outer;
            coder->node = sch_code_node(coder, NODE_FIELD, fields[k]->name);
            sch_code_absent(coder, fields[k], NULL, (struct sch_dest){.on_tape = true});
        }
    }
    coder->node = outer;
    sch_code_put(coder, OP_OBJECT_END, 0, 0);
    arena_fini(&scratch);
}

void sch_code_routines(struct sch_coder *coder)
{
    while (!coder->routines.failed && !coder->plan->tables[TABLE_OPS].failed &&
           coder->compiled * sizeof(struct sch_routine) < coder->routines.len) {
        struct sch_routine *routine =
            (struct sch_routine *)(void *)coder->routines.data + coder->compiled++;
        const struct sch_type *w = routine->w;
        const struct sch_type *r = routine->r;
        routine->pc = here(coder);
        coder->depth = 1;
        coder->node = 0;
        coder->node = sch_code_node(coder, NODE_ROUTINE, NULL);
        end_stretch(coder);
        if (r != NULL) {
            code_record(coder, w, r);
        } else {
            uint32_t root = coder->node;
            for (size_t i = 0; i < w->field_count; i++) {
                coder->node = root;
                coder->node = sch_code_node(coder, NODE_FIELD, w->fields[i].name);
                sch_code_skip(coder, w->fields[i].type);
            }
        }
        sch_code_put(coder, OP_RETURN, 0, 0);
    }
}
