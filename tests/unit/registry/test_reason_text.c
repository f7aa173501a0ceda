/* SPDX-License-Identifier: Apache-2.0
 * Every reason against an event is said in both languages. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/attr.h"
#include "registry/reason_text.h"

static void every_reason_is_said_in_both_languages(void **state)
{
    (void)state;
    static const char *const tokens[] = {
#define X(name, token, http, confluent, sentence) token,
        ERR_TABLE_EVENT(X)
#undef X
    };
    for (size_t i = 0; i < COUNT_OF(tokens); i++) {
        const char *arabic = reg_reason_text_ar(tokens[i]);
        assert_string_not_equal(reg_reason_text(tokens[i]), tokens[i]);
        assert_non_null(arabic);
        for (size_t k = 0; k < i; k++) {
            assert_string_not_equal(arabic, reg_reason_text_ar(tokens[k]));
        }
    }
}

static void what_a_newer_program_wrote_is_its_token(void **state)
{
    (void)state;
    assert_string_equal(reg_reason_text("of_tomorrow"), "of_tomorrow");
    assert_null(reg_reason_text_ar("of_tomorrow"));
    assert_null(reg_reason_text(NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_reason_is_said_in_both_languages),
        cmocka_unit_test(what_a_newer_program_wrote_is_its_token),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
