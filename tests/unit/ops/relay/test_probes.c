/* SPDX-License-Identifier: Apache-2.0
 * tests/unit/ops/relay/test_probes.c - whether the relay is called ready. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "ops/relay/probes.h"

static void the_relay_is_ready_or_says_why_not(void **state)
{
    (void)state;
    static const struct {
        struct ops_relay_health health;
        unsigned reasons;
        const char *text;
    } cases[] = {
        {{100000, 99800, true, false}, 0, ""},
        {{100000, 99800, false, false}, OPS_RELAY_AWAY, "the register cannot be reached"},
        {{100000, 70001, true, false}, 0, ""},
        {{100000, 70000, true, false},
         OPS_RELAY_SILENT,
         "the relay has not looked for work for 30 s"},
        {{100000, 99800, true, true}, OPS_RELAY_STOPPING, "the relay ends"},
        {{100000, 10000, false, true},
         OPS_RELAY_STOPPING | OPS_RELAY_AWAY | OPS_RELAY_SILENT,
         "the relay ends\nthe register cannot be reached\nthe relay has not looked for work for 90 "
         "s"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct http_readiness out = {0};
        ops_relay_judge(&cases[i].health, &out);
        assert_int_equal(out.reasons, cases[i].reasons);
        assert_string_equal(out.text, cases[i].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_relay_is_ready_or_says_why_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
