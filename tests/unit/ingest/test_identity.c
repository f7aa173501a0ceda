/* SPDX-License-Identifier: Apache-2.0
 * tests/unit/ingest/test_identity.c - which record an event is of: keys, in the message and in the value.
 *
 * Links verdict_kit.c
 * Wraps ing_message_header */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "unit/ingest/verdict_kit.h"

/* What the message's header __key_schema_id holds; NULL: it has none. */
static const uint8_t *key_header;
enum { KEY_HEADER_BYTES = 17 };

const uint8_t *__wrap_ing_message_header(const struct ing_message *message, const char *name,
                                         size_t *len);

const uint8_t *__wrap_ing_message_header(const struct ing_message *message, const char *name,
                                         size_t *len)
{
    (void)message;
    if (key_header == NULL || strcmp(name, "__key_schema_id") != 0) {
        return NULL;
    }
    *len = KEY_HEADER_BYTES;
    return key_header;
}

static void keys_are_checked_against_the_value(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_new(&(struct options){.has_order = true});
    quarantined(fixture, message_of(NULL, VALUE(GOOD)), ERR_MISSING_KEY, "");
    quarantined(fixture, message_of("", VALUE(GOOD)), ERR_KEY_MISMATCH,
                ""); /* a key, of no bytes */
    quarantined(fixture, message_of("ax", VALUE(GOOD)), ERR_KEY_MISMATCH, "");
    quarantined(fixture, message_of("abc", VALUE(GOOD)), ERR_KEY_MISMATCH, "");
    char longest[1026];
    memset(longest, 'k', sizeof(longest));
    longest[1025] = '\0';
    quarantined(fixture, message_of(longest, NULL, 0), ERR_KEY_TOO_LONG, "");
    longest[1024] = '\0';
    assert_int_equal(verdict_of(fixture, message_of(longest, NULL, 0), true), ING_ACCEPT);
    fixture_free(fixture);
}

/* A text key of no bytes is the text "": what can be stored under it can be deleted too. */
static void a_key_of_no_bytes_is_stored_and_deleted(void **state)
{
    (void)state;
    const char *const formats[] = {"text", "auto"};
    for (size_t i = 0; i < COUNT_OF(formats); i++) {
        struct fixture *fixture =
            fixture_new(&(struct options){.key_format = formats[i], .has_order = true});
        struct ing_message stored = message_of("", VALUE("\0\0\0\0\007\000\002\012\000\000"));
        assert_int_equal(verdict_of(fixture, stored, true), ING_ACCEPT);
        assert_int_equal(fixture->out.event.key_len, 0);
        assert_int_equal(verdict_of(fixture, keyed("", 0, true), true), ING_ACCEPT);
        assert_int_equal(fixture->out.event.op, 'd');
        assert_int_equal(fixture->out.event.key_len, 0);
        fixture_free(fixture);
    }
}

static void an_auto_key_is_a_frame_whether_or_not_its_structure_is_known(void **state)
{
    (void)state;
    struct fixture *fixture =
        fixture_new(&(struct options){.key_format = "auto", .has_order = true});
    for (int tombstone = 0; tombstone < 2; tombstone++) {
        struct ing_message framed = keyed(VALUE("\0\0\0\0\036\004ab"), tombstone);
        struct ing_message unknown = keyed(VALUE("\0\0\0\0\143\004ab"), tombstone);
        struct ing_message foreign_key = keyed(VALUE("\0\0\0\0\024\004ab"), tombstone);
        struct ing_message text = keyed(VALUE("ab"), tombstone);
        struct ing_message cut = keyed(VALUE("\0ab"), tombstone);
        assert_int_equal(verdict_of(fixture, framed, false), ING_ACCEPT);
        assert_memory_equal(fixture->out.event.key, "ab", 2);
        assert_int_equal(verdict_of(fixture, text, false), ING_ACCEPT);
        assert_int_equal(verdict_of(fixture, unknown, false), ING_UNKNOWN);
        quarantined(fixture, unknown, ERR_UNKNOWN_STRUCTURE, "");
        assert_int_equal(verdict_of(fixture, foreign_key, false), ING_UNKNOWN);
        quarantined(fixture, foreign_key, ERR_FOREIGN_STRUCTURE, "");
        quarantined(fixture, cut, ERR_BAD_TEXT, "/id");
    }
    fixture_free(fixture);
}

/* Given a header that names the key's structure by its GUID, then the key's bytes are bare Avro. */
static void a_header_names_the_structure_of_a_key(void **state)
{
    (void)state;
    static const uint8_t known[KEY_HEADER_BYTES] = {1};
    static const uint8_t unknown[KEY_HEADER_BYTES] = {1, 0xff};
    const char *const formats[] = {"avro", "auto"};
    for (size_t i = 0; i < COUNT_OF(formats); i++) {
        struct fixture *fixture =
            fixture_new(&(struct options){.key_format = formats[i], .has_order = true});
        for (int tombstone = 0; tombstone < 2; tombstone++) {
            struct ing_message message = keyed(VALUE("\004ab"), tombstone);
            key_header = known;
            assert_int_equal(verdict_of(fixture, message, false), ING_ACCEPT);
            assert_int_equal(fixture->out.event.key_len, 2);
            assert_memory_equal(fixture->out.event.key, "ab", 2);
            key_header = unknown;
            assert_int_equal(verdict_of(fixture, message, false), ING_UNKNOWN);
            quarantined(fixture, message, ERR_UNKNOWN_STRUCTURE, "");
        }
        key_header = NULL;
        fixture_free(fixture);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_are_checked_against_the_value),
        cmocka_unit_test(a_key_of_no_bytes_is_stored_and_deleted),
        cmocka_unit_test(an_auto_key_is_a_frame_whether_or_not_its_structure_is_known),
        cmocka_unit_test(a_header_names_the_structure_of_a_key),
    };
    return cmocka_run_group_tests_name("identity", tests, NULL, NULL);
}
