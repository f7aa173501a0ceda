/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>

#include "ops/cli/table.h"
#include "storage/report/json.h"

static const char *names[] = {"code", "n", "ok", "doc"};
static enum sto_field_kind kinds[] = {STO_FIELD_TEXT, STO_FIELD_NUMBER, STO_FIELD_BOOL,
                                      STO_FIELD_JSON};

/* cols of the columns above. */
static struct sto_grid grid(const char **values, size_t rows, size_t cols)
{
    return (struct sto_grid){
        .rows = rows, .cols = cols, .names = names, .kinds = kinds, .values = values};
}

static void prints(const struct sto_grid *g, const char *expected)
{
    struct buf out = BUF_INIT;
    ops_table_print(g, false, &out);
    assert_string_equal(buf_cstr(&out), expected);
    buf_fini(&out);
}

static void columns_are_aligned_and_numbers_to_the_right(void **state)
{
    (void)state;
    const char *values[] = {"moh", "5", "a-longer-one", "1234"};
    struct sto_grid g = grid(values, 2, 2);
    prints(&g, "CODE             N\n"
               "moh              5\n"
               "a-longer-one  1234\n");
}

static void arabic_is_aligned_by_what_it_takes_on_the_screen(void **state)
{
    (void)state;
    /* The second has vowel marks, which take no column; the third is wide. */
    const char *values[] = {"صحة", "1", "صِحَّة", "2", "東京", "3"};
    struct sto_grid g = grid(values, 3, 2);
    prints(&g, "CODE  N\n"
               "صحة   1\n"
               "صِحَّة   2\n"
               "東京  3\n");
}

static void a_last_column_has_no_trailing_space(void **state)
{
    (void)state;
    const char *values[] = {"long value", "x"};
    struct sto_grid g = grid(values, 2, 1);
    prints(&g, "CODE\nlong value\nx\n");
}

static void null_is_a_dash(void **state)
{
    (void)state;
    const char *values[] = {NULL, NULL};
    struct sto_grid g = grid(values, 1, 2);
    prints(&g, "CODE  N\n-     -\n");
}

static void nothing_in_a_value_moves_the_cursor_or_turns_the_line(void **state)
{
    (void)state;
    const char *values[] = {"a\nb\t\x1b[31m\x7f", "\xC2\x85\u202Eevil\u2066", "\u200Fمن"};
    struct sto_grid g = grid(values, 3, 1);
    prints(&g, "CODE\n"
               "a\\nb\\t\\u001B[31m\\u007F\n"
               "\\u0085\\u202Eevil\\u2066\n"
               "\u200Fمن\n");
}

static void right_to_left_text_does_not_swap_its_neighbours(void **state)
{
    (void)state;
    const char *values[] = {"صحة", "1", "moh", "2"};
    struct sto_grid g = grid(values, 2, 2);
    struct buf out = BUF_INIT;
    ops_table_print(&g, true, &out);
    assert_string_equal(buf_cstr(&out), "CODE  N\n"
                                        "صحة\u200E   1\n"
                                        "moh   2\n");
    buf_fini(&out);
}

static void a_list_of_texts_is_its_items(void **state)
{
    (void)state;
    static enum sto_field_kind json[] = {STO_FIELD_JSON};
    const char *values[] = {"[\"a\", \"b\\\"c\\\\\"]", "[]",     NULL,
                            "[{\"name\": \"n\"}]",     "[1, 2]", "[\"x\\u001b\"]"};
    struct sto_grid g = grid(values, 6, 1);
    g.kinds = json;
    prints(&g, "CODE\n"
               "a,b\"c\\\n"
               "-\n"
               "-\n"
               "[{\"name\": \"n\"}]\n"
               "[1, 2]\n"
               "x\\u001b\n");
}

static void lines_may_stay(void **state)
{
    (void)state;
    struct buf out = BUF_INIT;
    ops_put_safe("{\n\t\x1b[2J}\r", true, &out);
    assert_string_equal(buf_cstr(&out), "{\n\t\\u001B[2J}\\r");
    buf_fini(&out);
}

static void a_record_is_a_line_for_each_field(void **state)
{
    (void)state;
    const char *values[] = {"moh", "5", "true"};
    struct sto_grid g = grid(values, 1, 3);
    struct buf out = BUF_INIT;
    ops_table_print_record(&g, 0, false, &out);
    assert_string_equal(buf_cstr(&out), "code  moh\nn     5\nok    true\n");
    buf_fini(&out);
}

static void json_has_the_types_of_the_columns(void **state)
{
    (void)state;
    const char *values[] = {"\"م\n", "12.50", "true", "[1]", NULL, NULL,
                            "false", NULL,    "",     "NaN", NULL, "{}"};
    struct sto_grid g = grid(values, 3, 4);
    struct buf out = BUF_INIT;
    struct jsonw w = jsonw_to(&out);
    sto_grid_json(&g, &w);
    assert_string_equal(buf_cstr(&out),
                        "[{\"code\":\"\\\"م\\n\",\"n\":12.50,\"ok\":true,\"doc\":[1]},"
                        "{\"code\":null,\"n\":null,\"ok\":false,\"doc\":null},"
                        "{\"code\":\"\",\"n\":\"NaN\",\"ok\":null,\"doc\":{}}]");
    buf_fini(&out);
}

static void values_are_found_by_name(void **state)
{
    (void)state;
    const char *values[] = {"moh", "5", "rop", "6"};
    struct sto_grid g = grid(values, 2, 2);
    assert_string_equal(sto_grid_get(&g, 1, "n"), "6");
    assert_null(sto_grid_get(&g, 1, "x"));
    assert_null(sto_grid_get(&g, 2, "n"));
}

static void no_rows_are_the_titles_alone(void **state)
{
    (void)state;
    struct sto_grid g = grid(NULL, 0, 2);
    prints(&g, "CODE  N\n");
    struct buf out = BUF_INIT;
    struct jsonw w = jsonw_to(&out);
    sto_grid_json(&g, &w);
    assert_string_equal(buf_cstr(&out), "[]");
    buf_fini(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_are_aligned_and_numbers_to_the_right),
        cmocka_unit_test(arabic_is_aligned_by_what_it_takes_on_the_screen),
        cmocka_unit_test(a_last_column_has_no_trailing_space),
        cmocka_unit_test(null_is_a_dash),
        cmocka_unit_test(nothing_in_a_value_moves_the_cursor_or_turns_the_line),
        cmocka_unit_test(right_to_left_text_does_not_swap_its_neighbours),
        cmocka_unit_test(a_list_of_texts_is_its_items),
        cmocka_unit_test(lines_may_stay),
        cmocka_unit_test(a_record_is_a_line_for_each_field),
        cmocka_unit_test(json_has_the_types_of_the_columns),
        cmocka_unit_test(values_are_found_by_name),
        cmocka_unit_test(no_rows_are_the_titles_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
