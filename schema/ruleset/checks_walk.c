/* SPDX-License-Identifier: Apache-2.0
 * schema/ruleset/checks_walk.c - the way to a check's values, cell by cell.
 *
 * Nothing is allocated: where the walk is stands in the callers' frames, of which the decoder's bound on depth allows few. Each
 * item costs a step, so that the event's limit holds for lists without end, too. */
#include "schema/ruleset/checks_priv.h"
#include "schema/ruleset/reach_priv.h"

static void go(struct running *r, const struct check *check, const struct spot *at, uint32_t step);

static bool may_enter_item(struct running *r, const struct check *check, const struct spot *at)
{
    struct cel_value fault;
    if (r->is_over || cel_run_charge(r->run, 1, &fault)) {
        return !r->is_over;
    }
    check_fail(r, check, at, &fault);
    return false;
}

static void go_items(struct running *r, const struct check *check, const struct spot *at,
                     uint32_t step)
{
    const struct cell *cell = at->cell + 1;
    const struct cell *end = cell + at->cell->len;
    struct spot item = {.type = at->type->items, .outer = at, .record = at->record};
    for (; cell < end; item.index++) {
        item.key = at->type->kind == SCH_MAP ? cell++ : NULL;
        item.cell = cell;
        item.column = (enum column_type)cell->column_type;
        if (!may_enter_item(r, check, &item)) {
            return;
        }
        go(r, check, &item, step);
        cell += cell_span(cell);
    }
}

static void go_field(struct running *r, const struct check *check, const struct spot *at,
                     const struct cell *cell, uint32_t field, uint32_t step)
{
    const struct sch_field *of = &at->type->fields[field];
    struct spot inner = {
        .type = of->type, .cell = cell, .outer = at, .record = at, .field = of->name};
    if (cell == NULL) {
        int32_t column = r->row.column_of[field];
        if (column < 0) {
            return; /* the register does not read it */
        }
        inner.cell = &r->row.cells[column];
        inner.column = r->row.column_types[column];
    } else {
        inner.column = (enum column_type)cell->column_type;
    }
    go(r, check, &inner, step);
}

/* One field; or all those that lead to the step's record. */
static void go_fields(struct running *r, const struct check *check, const struct spot *at,
                      const struct step *to, uint32_t step)
{
    const struct cell *cell = at->cell != NULL ? at->cell + 2 : NULL; /* behind the first key */
    size_t from = to->kind == STEP_FIELD && cell == NULL ? to->field : 0;
    size_t until = to->kind == STEP_FIELD ? to->field + 1 : at->type->field_count;
    for (size_t i = from; i < until && !r->is_over; i++) {
        if (cell != NULL && i > 0) {
            cell += cell_span(cell) + 1;
        }
        if (to->kind == STEP_FIELD ? i == to->field
                                   : reach_bit(to->leads, at->type->fields[i].type)) {
            go_field(r, check, at, cell, (uint32_t)i, step);
        }
    }
}

static void go_record(struct running *r, const struct check *check, const struct spot *at,
                      uint32_t step)
{
    const struct step *to = &check->steps[step];
    if (to->kind == STEP_FIELD && at->type == to->type) {
        go_fields(r, check, at, to, step + 1);
    } else if (to->kind == STEP_RECORD) {
        go_fields(r, check, at, to, step);
    }
}

/* Into the branch of a union, and from a column onto its tape. false: there is nothing. */
static bool unwrap(struct spot *at)
{
    if (at->cell == NULL) {
        return true;
    }
    const struct cell *cell = cel_unwrap(at->cell, &at->type);
    at->column = cell != at->cell ? (enum column_type)cell->column_type : at->column;
    at->cell = cell;
    return at->type != NULL && cell->type != CELL_NULL && cell->type != CELL_UNCHANGED;
}

/* From a value on to those that the steps lead to. */
static void go(struct running *r, const struct check *check, const struct spot *at, uint32_t step)
{
    if (step == check->step_count) {
        check_at(r, check, at);
        return;
    }
    const struct step *to = &check->steps[step];
    struct spot here = *at;
    if (to->kind == STEP_VALUE && at->type == to->type) {
        go(r, check, at, step + 1);
        return;
    }
    if (!unwrap(&here)) {
        return;
    }
    if (to->kind != STEP_FIELD && here.type == to->type) {
        go(r, check, &here, step + 1);
    }
    if (here.type->kind == SCH_RECORD) {
        go_record(r, check, &here, step);
    } else if (here.type->items != NULL && here.cell != NULL &&
               (to->kind != STEP_RECORD || reach_bit(to->leads, here.type->items))) {
        go_items(r, check, &here, step);
    }
}

void check_walk(struct running *r, const struct check *check)
{
    const struct spot event = {.type = r->row.record};
    r->is_over = false;
    go(r, check, &event, 0);
}
