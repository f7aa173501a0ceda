/* SPDX-License-Identifier: Apache-2.0
 * tests/unit/ingest/test_writer.c - which structure an event was written with.
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

static void structures_are_the_datasets_own_and_in_force(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_new(&(struct options){.has_order = true});
    quarantined(fixture, message_of("ab", VALUE("\0\0\0\0\010\004ab\002\012\000\000")),
                ERR_STRUCTURE_RETIRED, "");
    quarantined(fixture, message_of("ab", VALUE("\0\0\0\0\011\004ab\002\012\000\000")),
                ERR_NOT_YET_ACTIVE, "");
    quarantined(fixture, message_of("ab", VALUE("\0\0\0\0\024\004ab\002\012\000\000")),
                ERR_FOREIGN_STRUCTURE, "");
    fixture_free(fixture);
}

/* The snapshot may be older than what the agency did just before it sent: an id that it does not
 * have, that only another dataset has, that is pending or retired in it. */
static void the_register_is_asked_before_a_structure_is_held_against_an_event(void **state)
{
    (void)state;
    static const struct {
        char id;
        enum err_code then;
    } rows[] = {
        {99, ERR_UNKNOWN_STRUCTURE},
        {20, ERR_FOREIGN_STRUCTURE},
        {9, ERR_NOT_YET_ACTIVE},
        {8, ERR_STRUCTURE_RETIRED},
    };
    struct fixture *fixture = fixture_new(&(struct options){.has_order = true});
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char value[] = GOOD;
        value[4] = rows[i].id;
        struct ing_message message = message_of("ab", VALUE(value));
        assert_int_equal(verdict_of(fixture, message, false), ING_UNKNOWN);
        quarantined(fixture, message, rows[i].then, "");
        assert_int_equal(fixture->out.schema_id, rows[i].id);
    }
    fixture_free(fixture);
}

/* A producer with RecordNameStrategy: its structure is registered, under a subject of its own. */
static void a_structure_of_another_subject_is_told_with_the_subject(void **state)
{
    (void)state;
    char value[] = GOOD;
    struct fixture *fixture = fixture_new(&(struct options){.has_order = true});
    value[4] = 99;
    struct ing_message message = message_of("ab", VALUE(value));
    assert_int_equal(verdict_of(fixture, message, false), ING_UNKNOWN);
    assert_int_equal(verdict_of(fixture, message, false), ING_UNKNOWN);
    assert_int_equal(fixture->unknown.count, 1);
    quarantined(fixture, message, ERR_UNKNOWN_STRUCTURE, ""); /* no subject has it */
    fixture->unknown.items[0].version = 3;
    strcpy(fixture->unknown.items[0].subject, "gov.moh.Birth");
    quarantined(fixture, message, ERR_OTHER_SUBJECT, "");
    assert_non_null(strstr(fixture->out.reason.err.text, "version 3 of the subject gov.moh.Birth"));
    assert_non_null(strstr(fixture->out.reason.err.text, "TopicNameStrategy"));
    fixture_free(fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(structures_are_the_datasets_own_and_in_force),
        cmocka_unit_test(the_register_is_asked_before_a_structure_is_held_against_an_event),
        cmocka_unit_test(a_structure_of_another_subject_is_told_with_the_subject),
    };
    return cmocka_run_group_tests_name("writer", tests, NULL, NULL);
}
