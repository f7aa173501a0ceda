/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/jsonw.h"

static void commas_are_kept_for_the_caller(void **state)
{
    (void)state;
    struct buf out = BUF_INIT;
    struct jsonw w = jsonw_to(&out);
    jsonw_open(&w, '{');
    jsonw_key(&w, "a");
    jsonw_open(&w, '[');
    jsonw_int(&w, 1);
    jsonw_open(&w, '{');
    jsonw_close(&w, '}');
    jsonw_bool(&w, true);
    jsonw_null(&w);
    jsonw_close(&w, ']');
    jsonw_key(&w, "b");
    jsonw_str(&w, NULL);
    jsonw_key(&w, "c");
    jsonw_raw(&w, "{\"x\":1}");
    jsonw_key(&w, "d");
    jsonw_open(&w, '[');
    jsonw_close(&w, ']');
    jsonw_number(&w, "e", INT64_MIN);
    jsonw_text(&w, "f", NULL);
    jsonw_given(&w, "g", NULL);
    jsonw_close(&w, '}');
    assert_string_equal(buf_cstr(&out),
                        "{\"a\":[1,{},true,null],\"b\":null,\"c\":{\"x\":1},\"d\":[],"
                        "\"e\":-9223372036854775808,\"f\":null}");
    buf_fini(&out);
}

static void text_is_escaped_as_json_must(void **state)
{
    (void)state;
    struct buf out = BUF_INIT;
    jsonw_quote(&out, "a\"b\\c\n\r\t\b\0\x1f/م", strlen("a\"b\\c\n\r\t\b") + 1 + strlen("\x1f/م"));
    assert_string_equal(buf_cstr(&out), "\"a\\\"b\\\\c\\n\\r\\t\\u0008\\u0000\\u001f/م\"");
    buf_fini(&out);
}

static void numbers_are_exact(void **state)
{
    (void)state;
    struct buf out = BUF_INIT;
    struct jsonw w = jsonw_to(&out);
    jsonw_open(&w, '[');
    jsonw_int(&w, INT64_MIN);
    jsonw_int(&w, INT64_MAX);
    jsonw_double(&w, 0.1);
    jsonw_double(&w, 1e300);
    jsonw_double(&w, NAN);
    jsonw_double(&w, -INFINITY);
    jsonw_close(&w, ']');
    assert_string_equal(buf_cstr(&out),
                        "[-9223372036854775808,9223372036854775807,0.1,1e+300,null,null]");
    buf_fini(&out);
}

static void every_double_reads_back(void **state)
{
    (void)state;
    struct buf out = BUF_INIT;
    uint64_t bits = 88172645463325252u;
    for (int i = 0; i < 20000; i++) {
        bits ^= bits << 13;
        bits ^= bits >> 7;
        bits ^= bits << 17;
        double v;
        memcpy(&v, &bits, sizeof(v));
        if (!isfinite(v)) {
            continue;
        }
        buf_reset(&out);
        struct jsonw w = jsonw_to(&out);
        jsonw_double(&w, v);
        assert_true(strtod(buf_cstr(&out), NULL) == v);
    }
    buf_fini(&out);
}

static void nesting_beyond_the_limit_fails(void **state)
{
    (void)state;
    struct buf out = BUF_INIT;
    struct jsonw w = jsonw_to(&out);
    for (int i = 0; i < 63; i++) {
        jsonw_open(&w, '[');
    }
    assert_false(buf_failed(&out));
    for (int i = 0; i < 10; i++) {
        jsonw_open(&w, '[');
    }
    assert_true(buf_failed(&out));
    for (int i = 0; i < 73; i++) {
        jsonw_close(&w, ']');
    }
    jsonw_int(&w, 1);
    assert_true(buf_failed(&out));
    buf_fini(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(commas_are_kept_for_the_caller),
        cmocka_unit_test(text_is_escaped_as_json_must),
        cmocka_unit_test(numbers_are_exact),
        cmocka_unit_test(every_double_reads_back),
        cmocka_unit_test(nesting_beyond_the_limit_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
