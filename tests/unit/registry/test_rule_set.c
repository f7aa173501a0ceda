/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "base/attr.h"
#include "registry/rule_set.h"

/* Forms a set of one rule with that name; NULL, with the error. */
static json_t *formed(const char *name, struct err *err)
{
    json_t *given = json_pack("{s:[{s:s, s:s, s:s}]}", "domainRules", "name", name, "type", "CEL",
                              "expr", "true");
    assert_non_null(given);
    err_reset(err);
    json_t *set = reg_rule_set_form(given, err);
    json_decref(given);
    return set;
}

static void is_refused(const char *name)
{
    struct err err = ERR_INIT;
    json_t *set = formed(name, &err);
    if (set != NULL || err.code != ERR_BAD_RULE_SET ||
        strstr(err.text, "letters and digits of any script") == NULL) {
        fail_msg("\"%s\": %s", name, set != NULL ? "taken" : err.text);
    }
}

static void a_name_is_letters_of_any_script_as_confluent_has_it(void **state)
{
    (void)state;
    static const char *const names[] = {"a",      "_",    "A9_b",    "no-blank", "الرقم_المدني",
                                        "قاعدة١", "名前", "Έλεγχος", "étape"};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        struct err err = ERR_INIT;
        json_t *set = formed(names[i], &err);
        if (set == NULL) {
            fail_msg("%s: %s", names[i], err.text);
        }
        const json_t *rule = json_array_get(json_object_get(set, "domainRules"), 0);
        assert_string_equal(json_string_value(json_object_get(rule, "name")), names[i]);
        json_decref(set);
    }
}

static void a_name_that_misleads_is_refused(void **state)
{
    (void)state;
    static const char *const names[] = {"",
                                        "1a",
                                        "-a",
                                        "١قاعدة",
                                        "a b",
                                        "a.b",
                                        "a/b",
                                        "a\n",
                                        "a\033[2J",
                                        "a\xC2\x85",
                                        "\u202Eevil",
                                        "a\u2066b",
                                        "a\u200Fb",
                                        "a\u061Cb",
                                        "a\u200Db", /* direction, joiners */
                                        "قَاعِدة",    /* vowel marks */
                                        "e\u0301tape",
                                        "\u0627\u0653", /* two code points for one */
                                        "\u212Bngstrom",
                                        "\u2126",
                                        "\uF900",
                                        "\u1100\u1161", /* NFC writes another */
                                        "\U00010400",
                                        "\U0001F600"};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        is_refused(names[i]);
    }
}

static void a_name_is_bounded_in_bytes_and_told_whole_characters(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    char name[512];
    size_t len = 0;
    while (len < 256) {
        memcpy(name + len, "م", 2);
        len += 2;
    }
    name[len] = '\0';
    json_t *set = formed(name, &err);
    assert_non_null(set);
    json_decref(set);
    memcpy(name + len, "م", 3);
    assert_null(formed(name, &err));
    assert_null(strchr(err.text, '?'));
    memmove(name + 1, name, len);
    name[len + 1] = '\0';
    name[0] = ' ';
    assert_null(formed(name, &err)); /* its 64 bytes end within a letter */
    assert_null(strchr(err.text, '?'));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_name_is_letters_of_any_script_as_confluent_has_it),
        cmocka_unit_test(a_name_that_misleads_is_refused),
        cmocka_unit_test(a_name_is_bounded_in_bytes_and_told_whole_characters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
