/* SPDX-License-Identifier: Apache-2.0
 * JSON Schema's patterns in the words of ours. tests/e2e/test_contract_options.py holds the outcome against a JavaScript. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>

#include "base/buf.h"
#include "schema/contract/ecma.h"

struct row {
    const char *ecma;
    const char *ours; /* NULL: refused */
    size_t at;        /* then: at this byte */
};

static void check(const struct row *row)
{
    struct buf out = BUF_INIT;
    const char *why = NULL;
    size_t at = 0;
    bool good = ecma_translate(row->ecma, strlen(row->ecma), &out, &at, &why);
    if (good != (row->ours != NULL) || (good && strcmp(buf_cstr(&out), row->ours) != 0) ||
        (!good && (at != row->at || why == NULL))) {
        fail_msg("%s -> %s, at %zu: %s", row->ecma, buf_cstr(&out), at, why != NULL ? why : "good");
    }
    buf_fini(&out);
}

static void what_means_the_same_is_written_anew(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"^[0-9]{8}$", "\\A[0-9]{8}\\z", 0},
        {"a+?b*?|(c)(?<n>d)(?:e)", "a+?b*?|(?:c)(?:d)(?:e)", 0},
        {"(?!000)\\d{3}(?=x)", "(?!000)\\d{3}(?=x)", 0},
        {".", "[^\\n\\r\\x{2028}\\x{2029}]", 0},
        {"\\/\\.\\-", NULL, 4},
        {"[\\-a\\b-]", "[\\-a\\x{8}\\-]", 0},
        {"[[a]", "[\\[a]", 0},
        {"[^\\]\\\\]", "[^\\]\\\\]", 0},
        {"\\v\\0\\x41\\u0645\\u{1F600}\\uD83D\\uDE00",
         "\\x{B}\\x{0}\\x{41}\\x{645}\\x{1F600}\\x{1F600}", 0},
        {"\\p{L}\\P{Lu}\\p{Script=Arabic}", "\\p{L}\\P{Lu}\\p{Arabic}", 0},
        {"م+[ء-ي]", "م+[ء-ي]", 0},
        {"", "", 0},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        check(&rows[i]);
    }
}

static void what_means_another_thing_or_nothing_is_refused(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"(a)\\1", NULL, 3},      {"(?<n>a)\\k<n>", NULL, 7},
        {"(?<=a)b", NULL, 0},     {"x(?i)a", NULL, 1},
        {"(?>a)", NULL, 0},       {"(?#c)", NULL, 0},
        {"(?P<n>a)", NULL, 0},    {"(*UTF8)a", NULL, 1},
        {"a++", NULL, 2},         {"a{2}+", NULL, 4},
        {"*a", NULL, 0},          {"^*", NULL, 1},
        {"a{,3}", NULL, 1},       {"a{", NULL, 1},
        {"}", NULL, 0},           {"]", NULL, 0},
        {"[]a]", NULL, 0},        {"[^]", NULL, 0},
        {"[a", NULL, 0},          {"(a", NULL, 2},
        {"a)", NULL, 1},          {"\\A", NULL, 0},
        {"\\Qa\\E", NULL, 0},     {"\\z", NULL, 0},
        {"\\h", NULL, 0},         {"\\", NULL, 0},
        {"\\u12", NULL, 0},       {"\\uD800", NULL, 0},
        {"\\u{110000}", NULL, 0}, {"\\p{Foo}", NULL, 0},
        {"\\pL", NULL, 0},        {"[\\d-z]", NULL, 0},
        {"[\\B]", NULL, 0},       {"a{1001}", NULL, 1},
        {"a{3,2}", NULL, 1},      {"(?=a)*", NULL, 5},
        {"\\x4", NULL, 0},        {"\\01", NULL, 0},
        {"\\-", NULL, 0},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        check(&rows[i]);
    }
}

/* A stranger's groups and brackets, as deep and as long as a pattern may be. */
static void depth_is_bounded(void **state)
{
    (void)state;
    static char deep[1001];
    memset(deep, '(', 1000);
    check(&(const struct row){deep, NULL, 100});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_means_the_same_is_written_anew),
        cmocka_unit_test(what_means_another_thing_or_nothing_is_refused),
        cmocka_unit_test(depth_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
