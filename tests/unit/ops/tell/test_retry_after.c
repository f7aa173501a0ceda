/* SPDX-License-Identifier: Apache-2.0
 * Retry-After: both forms of RFC 9110, and what receivers send instead. Many senders read the number
 * alone, or follow "9999999999" into a wait of 317 years; "-1" and "" have been seen too. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/attr.h"
#include "ops/tell/retry_after.h"

enum { NOW_S = 1445412480 }; /* Wed, 21 Oct 2015 07:28:00 GMT */

static void each_form_is_read_and_bounded(void **state)
{
    static const struct {
        const char *value;
        int64_t seconds;
    } cases[] = {
        {"0", 0},
        {"120", 120},
        {" 120 \r\n", 120},
        {"0000000000000000000000120", 120},
        {"86400", 86400},
        {"86401", 86400},
        {"9999999999", 86400},
        {"99999999999999999999999999999999999999999999", 86400},
        {"Wed, 21 Oct 2015 07:29:00 GMT", 60},
        {" Wed, 21 Oct 2015 07:29:00 GMT\r\n", 60},
        {"Wednesday, 21-Oct-15 07:29:00 GMT", 60},
        {"Wed Oct 21 07:29:00 2015", 60},
        {"Wed, 21 Oct 2015 07:27:00 GMT", 0}, /* past */
        {"Thu, 01 Jan 1970 00:00:01 GMT", 0},
        {"Fri, 31 Dec 9999 23:59:59 GMT", 86400},
        {"", -1},
        {"-1", -1},
        {"+5", -1},
        {"2.5", -1},
        {"120s", -1},
        {"120, 60", -1},
        {"soon", -1},
        {"Wed, soon", -1},
        {"2015-10-21T07:29:00Z", -1},
        {"Wed, 32 Oct 2015 07:29:00 GMT", -1},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        int64_t seconds = ops_retry_after(cases[i].value, NOW_S);
        if (seconds != cases[i].seconds) {
            fail_msg("'%s': %lld, not %lld", cases[i].value, (long long)seconds,
                     (long long)cases[i].seconds);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(each_form_is_read_and_bounded)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
