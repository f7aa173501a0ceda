/* SPDX-License-Identifier: Apache-2.0
 * Of rules that stand in a schema itself: their names are anything that can be shown. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schema/parse/parse.h"
#include "schema/ruleset/ruleset.h"

/* Reads a structure with one rule of that name, as JSON has it. */
static int read_named(const char *name, struct err *err)
{
    char text[2000];
    snprintf(
        text, sizeof(text),
        "{\"type\":\"record\",\"name\":\"R\",\"fields\":[{\"name\":\"a\",\"type\":\"string\"}],"
        "\"confluent:rules\":[{\"name\":\"%s\",\"expr\":\"true\"}]}",
        name);
    err_reset(err);
    struct sch_schema *schema = sch_parse(text, strlen(text), err);
    assert_non_null(schema);
    struct sch_ruleset set = {.arena = ARENA_INIT};
    const struct sch_ruleset_source source = {.schema = schema};
    int rc = sch_ruleset_read(&source, &set, err);
    sch_ruleset_fini(&set);
    sch_schema_unref(&schema);
    return rc;
}

static void a_name_is_any_words(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    static const char *const names[] = {"a b",          "الاسم الكامل", "قَاعِدة",        "a/b.c",
                                        "rule 1 of /x", "e\u0301",      "می\u200Cخواهم"};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        if (read_named(names[i], &err) != 0) {
            fail_msg("%s: %s", names[i], err.text);
        }
    }
}

static void a_name_that_moves_what_stands_around_it_is_refused(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    static const char *const names[] = {"a\\n",        "a\\u001b[2J", "a\\u0085",
                                        "\\u202eevil", "a\\u2066b",   "a\\u2028b",
                                        "a\\u200f",    "\\u200eab",   "\\u061c"};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        if (read_named(names[i], &err) == 0 || err.code != ERR_BAD_RULE ||
            strstr(err.text, "a control character or a mark of direction") == NULL) {
            fail_msg("%s: %s", names[i], err.text);
        }
    }
}

static void a_name_has_at_most_256_bytes(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    char name[300];
    memset(name, 'a', sizeof(name));
    name[256] = '\0';
    assert_int_equal(read_named(name, &err), 0);
    name[256] = 'a';
    name[257] = '\0';
    assert_int_equal(read_named(name, &err), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_name_is_any_words),
        cmocka_unit_test(a_name_that_moves_what_stands_around_it_is_refused),
        cmocka_unit_test(a_name_has_at_most_256_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
