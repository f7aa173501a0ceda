/* SPDX-License-Identifier: Apache-2.0
 * schema/rules/shortcut_run.c - runs the tests of an expression (schema/rules/shortcut.h).
 *
 * Invariant: a cell is seen as schema/rules/bind.c would make a value of it; what would be an error there, or is of no
 * use for tests, is seen as CEL_ERROR. */
#include <string.h>

#include "schema/rules/bind.h"
#include "schema/rules/compare.h"
#include "schema/rules/decimal_small.h"
#include "schema/rules/machine.h"
#include "schema/rules/regex.h"
#include "schema/rules/shortcut.h"
#include "schema/rules/text.h"

enum { US_A_SECOND = 1000000, NANOS_A_US = 1000 };

#define DAY_US   (INT64_C(86400) * US_A_SECOND)
#define TIME_MIN (CEL_TIMESTAMP_MIN_S * US_A_SECOND)
#define TIME_MAX ((CEL_TIMESTAMP_MAX_S + 1) * US_A_SECOND - 1)

/* A value as tests look at it. */
struct sight {
    enum cel_kind kind;
    uint32_t scale;
    uint32_t len;
    union {
        int64_t n; /* INT, BOOL; TIMESTAMP: microseconds */
        const uint8_t *p;
    };
};

static inline struct sight blind(void)
{
    return (struct sight){.kind = CEL_ERROR};
}

static inline struct sight time_of(int64_t us)
{
    return us < TIME_MIN || us > TIME_MAX ? blind()
                                          : (struct sight){.kind = CEL_TIMESTAMP, .n = us};
}

static inline struct sight number_of(int64_t i, enum column_type column)
{
    switch (column) {
    case COLUMN_DATE:
        return i < TIME_MIN / DAY_US || i > TIME_MAX / DAY_US ? blind() : time_of(i * DAY_US);
    case COLUMN_TIMESTAMPTZ:
    case COLUMN_TIMESTAMP: return time_of(i);
    case COLUMN_TIME: return blind();
    default: return (struct sight){.kind = CEL_INT, .n = i};
    }
}

static inline struct sight see_cell(const struct cell *cell, enum column_type column)
{
    switch ((enum cell_type)cell->type) {
    case CELL_NULL: return (struct sight){.kind = CEL_NULL};
    case CELL_BOOL: return (struct sight){.kind = CEL_BOOL, .n = cell->i != 0};
    case CELL_I64: return number_of(cell->i, column);
    case CELL_BYTES:
        return column == COLUMN_BYTEA
                   ? blind()
                   : (struct sight){.kind = CEL_STRING, .len = cell->len, .p = cell->p};
    case CELL_DECIMAL: return (struct sight){CEL_DECIMAL, cell->scale, cell->len, {.p = cell->p}};
    default: return blind();
    }
}

static inline struct sight see_value(const struct cel_value *value)
{
    switch ((enum cel_kind)value->kind) {
    case CEL_NULL: return (struct sight){.kind = CEL_NULL};
    case CEL_BOOL: return (struct sight){.kind = CEL_BOOL, .n = value->b};
    case CEL_INT: return (struct sight){.kind = CEL_INT, .n = value->i};
    case CEL_TIMESTAMP:
        return cel_nanos(value) % NANOS_A_US != 0
                   ? blind()
                   : time_of(value->i * US_A_SECOND + cel_nanos(value) / NANOS_A_US);
    case CEL_STRING: return (struct sight){.kind = CEL_STRING, .len = value->len, .p = value->p};
    case CEL_DECIMAL: return (struct sight){CEL_DECIMAL, value->scale, value->len, {.p = value->p}};
    default: return blind();
    }
}

/* Where the time goes: a call of its own would be a tenth of it. */
ALWAYS_INLINE struct sight see(const struct cel_value *variables, struct cel_subject subject)
{
    const struct cel_value *variable = &variables[subject.variable];
    if (subject.field == CEL_ALL_FIELDS) {
        return see_value(variable);
    }
    if (variable->kind != CEL_RECORD || variable->shape != CEL_ROW) {
        return blind();
    }
    const struct cel_row *row = variable->row;
    int32_t column = row->column_of[subject.field];
    return column < 0 ? blind() : see_cell(&row->cells[column], row->column_types[column]);
}

/* ---- measures: false gives up ---- */

static inline bool order(const struct cel_test *test, const struct sight *a, struct sight b,
                         int64_t *x)
{
    if (b.kind != test->kind) {
        return false;
    }
    if (test->shift != 0) {
        b = time_of(b.n + test->shift); /* both are within twice the times there are */
    }
    *x = a->n < b.n ? -1 : a->n > b.n;
    return b.kind == test->kind;
}

static inline bool amount(const struct sight *a, const struct cel_value *constant, int64_t *x)
{
    const struct cel_value value = {
        .kind = CEL_DECIMAL, .scale = (uint16_t)a->scale, .len = a->len, .p = a->p};
    int order = 0;
    bool small = decimal_small_compare(&value, constant, &order);
    *x = order;
    return small;
}

/* n bytes are at most n characters, and at least a fourth of them: most often that says enough. */
static inline bool size(struct cel_run *run, const struct cel_test *test, const struct sight *a,
                        int64_t *x)
{
    struct cel_value why;
    bool surely = ((int64_t)a->len + 3) / 4 >= test->low && a->len <= test->high;
    *x = surely ? a->len : cel_characters(a->p, a->len);
    return cel_run_charge(run, a->len / CEL_TEXT_BYTES_A_UNIT, &why);
}

static inline bool one_of(const struct sight *a, const struct cel_value *items, uint32_t count,
                          int64_t *x)
{
    *x = 0;
    for (uint32_t i = 0; i < count && *x == 0; i++) {
        *x = a->kind == CEL_INT
                 ? items[i].i == a->n
                 : items[i].len == a->len && (a->len == 0 || memcmp(items[i].p, a->p, a->len) == 0);
    }
    return a->kind == CEL_INT || a->len < CEL_LONG_TEXT;
}

static inline bool match(struct cel_run *run, const struct cel_pattern *pattern,
                         const struct sight *a, int64_t *x)
{
    const struct cel_value text = cel_bytes(CEL_STRING, a->p, a->len);
    struct cel_value found;
    cel_pattern_match(run, pattern, &text, &found);
    *x = found.kind == CEL_BOOL && found.b;
    return found.kind == CEL_BOOL;
}

static inline bool measure(struct cel_run *run, const struct cel_program *program,
                           const struct cel_test *test, const struct cel_value *variables,
                           int64_t *x)
{
    const struct cel_value *constants =
        (const struct cel_value *)(const void *)program->constants.data;
    struct cel_pattern *const *patterns =
        (struct cel_pattern *const *)(const void *)program->patterns.data;
    struct cel_value why;
    const struct sight a = see(variables, test->a);
    if (test->cost > 0 && !cel_run_charge(run, test->cost, &why)) {
        return false;
    }
    if (test->code == CEL_TEST_PRESENT) {
        *x = a.kind != CEL_NULL;
        return a.kind != CEL_ERROR;
    }
    if (a.kind != test->kind) {
        return false;
    }
    switch ((enum cel_test_code)test->code) {
    case CEL_TEST_ORDER: return order(test, &a, see(variables, test->b), x);
    case CEL_TEST_AMOUNT: return amount(&a, &constants[test->first], x);
    case CEL_TEST_SIZE: return size(run, test, &a, x);
    case CEL_TEST_ONE_OF: return one_of(&a, &constants[test->first], test->count, x);
    case CEL_TEST_MATCH: return match(run, patterns[test->first], &a, x);
    default: *x = a.n; return true;
    }
}

/* false: the program is to run; nothing was paid. */
static inline bool shortcut(struct cel_run *run, const struct cel_program *program,
                            const struct cel_value *variables, struct cel_value *result)
{
    static const uint8_t empty[1];
    const struct cel_test *tests = (const struct cel_test *)(const void *)program->tests.data;
    const uint64_t before = run->cost_left;
    uint32_t at = program->first_test;
    while (at < CEL_VERDICTS) {
        const struct cel_test *test = &tests[at];
        int64_t x;
        at = !measure(run, program, test, variables, &x) ? CEL_REST
             : x >= test->low && x <= test->high         ? test->in
                                                         : test->out;
    }
    if (at <= CEL_REST) {
        run->cost_left = before;
        return false;
    }
    *result = at == CEL_EMPTY ? cel_bytes(CEL_STRING, empty, 0) : cel_bool(at == CEL_TRUE);
    return true;
}

void cel_evaluate(struct cel_machine *machine, const struct cel_program *program,
                  const struct cel_value *variables, struct cel_value *result)
{
    if (cel_run_charge(&machine->run, program->op_count, result) &&
        !shortcut(&machine->run, program, variables, result)) {
        cel_interpret(machine, program, variables, result);
    }
}
