/* SPDX-License-Identifier: Apache-2.0
 * tests/unit/ingest/test_exemption.c - events that leave no trace (NRL-2), and reasons that quote nothing.
 *
 * Links verdict_kit.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "unit/ingest/verdict_kit.h"

/* NRL-2: what is exempt is counted; a broken event of such a dataset may be an exempt one. */
static void nrl_2_exempt_rows_are_exempt_whatever_else_is_wrong(void **state)
{
    (void)state;
    struct fixture *fixture =
        fixture_new(&(struct options){.exempt_field = "note", .has_order = true});
    const char secret[] = "\0\0\0\0\007\004ab\002\012\000\002\014secret";
    assert_int_equal(verdict_of(fixture, message_of("ab", VALUE(secret)), true), ING_EXEMPT);
    assert_int_equal(verdict_of(fixture, message_of("wrong", VALUE(secret)), true), ING_EXEMPT);
    assert_int_equal(
        verdict_of(fixture, message_of("ab", VALUE("\0\0\0\0\007\004ab\002\012\000\002\014public")),
                   true),
        ING_ACCEPT);
    fixture->rows[0].exempt = true;
    assert_int_equal(verdict_of(fixture, message_of("x", VALUE("junk")), true), ING_EXEMPT);
    assert_int_equal(verdict_of(fixture, message_of(NULL, NULL, 0), true), ING_EXEMPT);
    fixture_free(fixture);
}

static void nrl_2_numbers_compare_in_decimal(void **state)
{
    (void)state;
    struct fixture *fixture =
        fixture_new(&(struct options){.exempt_field = "seq", .has_order = true});
    assert_int_equal(verdict_of(fixture, message_of("ab", VALUE(GOOD)), true), ING_EXEMPT);
    assert_int_equal(
        verdict_of(fixture, message_of("ab", VALUE("\0\0\0\0\007\004ab\002\014\000\000")), true),
        ING_ACCEPT);
    fixture_free(fixture);
}

/* Registration refuses such a field; if one stands here, secret rows must not pass for others. */
static void nrl_2_a_field_that_cannot_tell_stops_the_partition(void **state)
{
    (void)state;
    struct fixture *fixture =
        fixture_new(&(struct options){.exempt_field = "at", .has_order = true});
    struct ing_message timed = message_of("ab", VALUE("\0\0\0\0\007\004ab\002\012\002\012\000"));
    assert_int_equal(verdict_of(fixture, timed, true), ING_BROKEN);
    assert_int_equal(fixture->out.reason.err.kind, ERR_KIND_FATAL);
    assert_int_equal(verdict_of(fixture, message_of("ab", VALUE(GOOD)), true), ING_ACCEPT);
    fixture_free(fixture);
    fixture = fixture_new(&(struct options){.exempt_field = "gone", .has_order = true});
    assert_int_equal(verdict_of(fixture, message_of("ab", VALUE(GOOD)), true), ING_BROKEN);
    fixture_free(fixture);
}

/* What an error says is kept for all to read, also where the event itself is withheld. */
static void nrl_2_no_reason_quotes_the_event(void **state)
{
    (void)state;
    static const struct {
        const char *key_format;
        const char *key;
        const char *value;
        size_t value_len;
        const char *leak;
    } rows[] = {
        {"text", "ab", VALUE("SECRET"), "53"},   {"text", "ab", VALUE("\0SECR"), "1397048146"},
        {"text", "ab", VALUE("\0\377SEC"), "-"}, {"json", "{SECR:1}", NULL, 0, "SECR"},
        {"json", "\"SECR", NULL, 0, "SECR"},     {"text", "SECR", VALUE(GOOD), "SECR"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct fixture *fixture =
            fixture_new(&(struct options){.key_format = rows[i].key_format, .has_order = true});
        struct ing_message message = message_of(rows[i].key, rows[i].value, rows[i].value_len);
        assert_int_equal(verdict_of(fixture, message, true), ING_QUARANTINE);
        assert_null(strstr(fixture->out.reason.err.text, rows[i].leak));
        fixture_free(fixture);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nrl_2_exempt_rows_are_exempt_whatever_else_is_wrong),
        cmocka_unit_test(nrl_2_numbers_compare_in_decimal),
        cmocka_unit_test(nrl_2_a_field_that_cannot_tell_stops_the_partition),
        cmocka_unit_test(nrl_2_no_reason_quotes_the_event),
    };
    return cmocka_run_group_tests_name("exemption", tests, NULL, NULL);
}
