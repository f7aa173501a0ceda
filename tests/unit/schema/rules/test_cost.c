/* SPDX-License-Identifier: Apache-2.0
 * tests/unit/schema/rules/test_cost.c - what takes long costs as much: tests/bench/bench_rules.c says how long a unit is.
 *
 * Links rule_value.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "rule_value.h"
#include "schema/parse/parse.h"
#include "schema/rules/bind.h"
#include "schema/rules/cel.h"
#include "schema/rules/settings.h"

static void long_work_reaches_the_limit(void **state)
{
    (void)state;
    static const struct {
        const char *expr;
        size_t len; /* of x, which is so many a's */
    } cases[] = {
        {"lists.range(150).all(i, string(double(i) * 0.1) != '')", 0},
        {"lists.range(150).all(i, decimal(double(i) * 0.1) != decimal('-1'))", 0},
        {"lists.range(150).all(i, '%s'.format([double(i) * 0.1]) != '')", 0},
        {"lists.range(4000).all(i, string(timestamp(i)) != '')", 0},
        {"lists.range(5000).all(i, string(i) != '')", 0},
        {"lists.range(300).all(i, 'a'.matches('a' + string(i)) || true)", 0},
        {"lists.range(20).all(i, 'a'.matches('(((a{1,20}){1,20}){1,9})' + string(i)) || true)", 0},
        {"cel.bind(l, lists.range(1000), lists.range(40).all(i, l == l))", 0},
        {"x.lastIndexOf('b') == -1", 200000},
        {"x.replace('', 'b') != x", 50000},
        {"x.replace('a', 'b') != x", 50000},
        {"x.split('').size() > 0", 30000},
        {"x.split('a').size() > 0", 30000},
        {"cel.bind(d, decimal('9' + x.replace('a', '9')), lists.range(8).map(i, d).sort() != [])",
         990},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char *x = malloc(cases[i].len + 1);
        assert_non_null(x);
        memset(x, 'a', cases[i].len);
        const char *value = rule_value(cases[i].expr, x, cases[i].len);
        if (strcmp(value, "cost") != 0) {
            fail_msg("%s is %s, and not at its limit", cases[i].expr, value);
        }
        free(x);
    }
}

static void ordinary_work_does_not(void **state)
{
    (void)state;
    static const struct rule_case cases[] = {
        {"string(0.1) == '0.1' && string(timestamp(0)) == '1970-01-01T00:00:00Z'", "true"},
        {"'a-b-c'.split('-').size() == 3 && 'a-b-c'.replace('-', '') == 'abc'", "true"},
        {"'a-b-c'.lastIndexOf('-') == 3 && 'a-b-c'.matches('[a-c]' + '-b-c')", "true"},
        {"lists.range(1000).all(i, i < 1000 || string(i) == '')", "true"}};
    RULE_CASES(cases);
}

/* A list of the event is counted each time that it is looked at. */
static void a_long_list_is_paid_for_each_time(void **state)
{
    (void)state;
    enum { ITEMS = 100000 };
    static const char structure[] =
        "{\"type\":\"record\",\"name\":\"E\",\"fields\":[{\"name\":\"list\",\"type\":"
        "{\"type\":\"array\",\"items\":\"long\"}}]}";
    static const char expr[] = "lists.range(20).all(i, this.list.size() > 0)";
    struct err err = ERR_INIT;
    struct arena arena = ARENA_INIT;
    struct sch_schema *schema = sch_parse(structure, strlen(structure), &err);
    assert_non_null(schema);
    struct cell *tape = calloc(ITEMS + 1, sizeof(*tape));
    assert_non_null(tape);
    tape[0] = (struct cell){.type = CELL_ARRAY, .len = ITEMS};
    for (int i = 1; i <= ITEMS; i++) {
        tape[i] = (struct cell){.type = CELL_I64, .column_type = COLUMN_BIGINT, .i = i};
    }
    const struct cell cell = {.type = CELL_NESTED, .len = ITEMS + 1, .tape = tape};
    const int32_t column_of[] = {0};
    const enum column_type columns[] = {COLUMN_JSONB};
    const struct cel_row row = {&cell, column_of, columns, sch_root(schema)};
    const struct cel_variable variable = {"this", cel_type_of_avro(&arena, sch_root(schema))};
    const struct cel_scope scope = {.variables = &variable, .variable_count = 1, .container = ""};
    const struct cel_value value = {
        .kind = CEL_RECORD, .shape = CEL_ROW, .row = &row, .avro = sch_root(schema)};
    struct cel_program *program =
        cel_compile(expr, strlen(expr), &scope, &(struct cel_options){0}, &err);
    assert_non_null(program);
    struct cel_settings *settings = cel_settings_new(&(struct cel_settings_spec){0}, &err);
    struct cel_machine *machine = cel_machine_new(settings, &err);
    assert_non_null(machine);
    struct cel_value result;
    cel_machine_begin(machine, 0, CEL_COST_LIMIT);
    cel_evaluate(machine, program, &value, &result);
    assert_int_equal(result.kind, CEL_ERROR);
    assert_int_equal(result.shape, CEL_COST);
    cel_machine_free(&machine);
    cel_settings_free(&settings);
    cel_program_free(&program);
    arena_fini(&arena);
    sch_schema_unref(&schema);
    free(tape);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(long_work_reaches_the_limit),
        cmocka_unit_test(ordinary_work_does_not),
        cmocka_unit_test(a_long_list_is_paid_for_each_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
