/* SPDX-License-Identifier: Apache-2.0
 * tests/unit/schema/compat/test_compat.c - the levels of compatibility. */
#include "compat_help.h"

struct level_row {
    enum sch_level level;
    const char *name;
    const char
        *checks; /* in order: '<' earlier reads next, '>' next reads earlier, and its index */
};

static const struct level_row level_rows[] = {
    {SCH_LEVEL_NONE, "NONE", ""},
    {SCH_LEVEL_BACKWARD, "BACKWARD", ">2"},
    {SCH_LEVEL_BACKWARD_TRANSITIVE, "BACKWARD_TRANSITIVE", ">2>1>0"},
    {SCH_LEVEL_FORWARD, "FORWARD", "<2"},
    {SCH_LEVEL_FORWARD_TRANSITIVE, "FORWARD_TRANSITIVE", "<2<1<0"},
    {SCH_LEVEL_FULL, "FULL", "<2>2"},
    {SCH_LEVEL_FULL_TRANSITIVE, "FULL_TRANSITIVE", "<2>2<1>1<0>0"},
};

static void each_level_checks_from_the_newest(void **state)
{
    (void)state;
    struct sch_schema *next = parse("'int'");
    struct sch_schema *earlier[3] = {parse("'string'"), parse("'bytes'"), parse("'null'")};
    for (size_t i = 0; i < COUNT_OF(level_rows); i++) {
        char checks[64] = "";
        struct err err = ERR_INIT;
        struct sch_faults faults = {.count = 0};
        assert_int_equal(sch_compatible(level_rows[i].level, next, earlier, 3, &faults, &err), 0);
        for (size_t k = 0; k < faults.count; k++) {
            size_t used = strlen(checks);
            snprintf(checks + used, sizeof(checks) - used, "%c%zu",
                     faults.items[k].backward ? '>' : '<', faults.items[k].earlier);
        }
        assert_string_equal(checks, level_rows[i].checks);
        sch_faults_fini(&faults);
        assert_int_equal(sch_compatible(level_rows[i].level, next, NULL, 0, &faults, &err), 0);
        assert_int_equal(faults.count, 0);
    }
    sch_schema_unref(&next);
    for (size_t i = 0; i < 3; i++) {
        sch_schema_unref(&earlier[i]);
    }
}

static size_t faults_of(enum sch_level level, const char *next_text, const char *earlier_text)
{
    struct err err = ERR_INIT;
    struct sch_faults faults = {.count = 0};
    struct sch_schema *next = parse(next_text);
    struct sch_schema *earlier = parse(earlier_text);
    assert_int_equal(sch_compatible(level, next, &earlier, 1, &faults, &err), 0);
    size_t count = faults.count;
    sch_faults_fini(&faults);
    sch_schema_unref(&next);
    sch_schema_unref(&earlier);
    return count;
}

static void backward_means_that_the_new_one_reads_the_old(void **state)
{
    (void)state;
    assert_int_equal(faults_of(SCH_LEVEL_BACKWARD, "'long'", "'int'"), 0);
    assert_int_equal(faults_of(SCH_LEVEL_FORWARD, "'long'", "'int'"), 1);
    assert_int_equal(faults_of(SCH_LEVEL_FULL, "'long'", "'int'"), 1);
    assert_int_equal(faults_of(SCH_LEVEL_BACKWARD, "'int'", "'long'"), 1);
    assert_int_equal(faults_of(SCH_LEVEL_FORWARD, "'int'", "'long'"), 0);
    assert_int_equal(faults_of(SCH_LEVEL_FULL, "'bytes'", "'string'"), 0);
}

static void levels_have_exact_names(void **state)
{
    (void)state;
    enum sch_level level = SCH_LEVEL_FULL;
    for (size_t i = 0; i < COUNT_OF(level_rows); i++) {
        assert_true(sch_level_parse(level_rows[i].name, &level));
        assert_int_equal(level, level_rows[i].level);
        assert_string_equal(sch_level_name(level), level_rows[i].name);
    }
    static const char *const wrong[] = {"", "none", "Full", "FULL ", "BACKWARDS", "FULL_"};
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        assert_false(sch_level_parse(wrong[i], &level));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_level_checks_from_the_newest),
        cmocka_unit_test(backward_means_that_the_new_one_reads_the_old),
        cmocka_unit_test(levels_have_exact_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
