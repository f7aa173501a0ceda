/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>

#include "base/err.h"
#include "base/utf8.h"

static void setting_overwrites_everything(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    err_set(&err, ERR_KIND_POISON, ERR_BAD_TEXT, "first");
    err.partition = 4;
    err.offset = 9;
    err.progress = 2;
    memcpy(err.sqlstate, "22021", 6);
    err_path_prepend(&err, "name");
    assert_int_equal(err_set(&err, ERR_KIND_RETRY, ERR_IO, "second %d", 2), -1);
    assert_int_equal(err.kind, ERR_KIND_RETRY);
    assert_int_equal(err.code, ERR_IO);
    assert_string_equal(err.text, "second 2");
    assert_string_equal(err.path, "");
    assert_string_equal(err.sqlstate, "");
    assert_int_equal(err.partition, -1);
    assert_int_equal(err.offset, -1);
    assert_int_equal(err.progress, -1);
}

static void context_is_appended(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    err_set(&err, ERR_KIND_RETRY, ERR_IO, "disk full");
    assert_int_equal(err_add(&err, "writing %s", "x"), -1);
    err_add(&err, "sealing");
    assert_string_equal(err.text, "disk full, while writing x, while sealing");
    assert_int_equal(err.kind, ERR_KIND_RETRY);
}

/* Whether the text ends in the middle of a two-byte character, as all here are. */
static int ends_in_half(const char *text)
{
    size_t len = strlen(text);
    return len > 0 && ((unsigned char)text[len - 1] & 0xE0) == 0xC0;
}

static void a_cut_leaves_whole_characters(void **state)
{
    (void)state;
    char arabic[1001];
    for (size_t i = 0; i < 1000; i += 2) {
        memcpy(arabic + i, "م", 2);
    }
    arabic[1000] = '\0';
    for (int shift = 0; shift < 2; shift++) {
        struct err err = ERR_INIT;
        err_set(&err, ERR_KIND_FATAL, ERR_BUG, "%.*s%s", shift, "x", arabic);
        assert_false(ends_in_half(err.text));
        assert_true(strlen(err.text) >= ERR_TEXT_BYTES - 3);

        err_set(&err, ERR_KIND_FATAL, ERR_BUG, "%.*s", shift, "x");
        err_add(&err, "%s", arabic);
        assert_false(ends_in_half(err.text));

        err_path_prepend(&err, arabic); /* fills it; the next name pushes bytes out */
        err_path_prepend(&err, shift == 0 ? "a" : "ab");
        assert_false(ends_in_half(err.path));
        assert_true(strlen(err.path) >= ERR_PATH_BYTES - 2);
    }
    /* Three and four bytes a character. */
    for (int pad = 0; pad < 4; pad++) {
        char text[ERR_TEXT_BYTES + 8];
        memset(text, 'x', sizeof(text));
        memcpy(text + ERR_TEXT_BYTES - 1 - pad, "\xF0\x9F\x98\x80", 5);
        struct err err = ERR_INIT;
        err_set(&err, ERR_KIND_FATAL, ERR_BUG, "%s", text);
        assert_int_equal(strlen(err.text),
                         pad == 4 ? ERR_TEXT_BYTES - 1 : ERR_TEXT_BYTES - 1 - pad);
        memcpy(text + ERR_TEXT_BYTES - 1 - pad, "\xE2\x82\xAC", 4);
        err_set(&err, ERR_KIND_FATAL, ERR_BUG, "%s", text);
        assert_int_equal(strlen(err.text),
                         pad == 3 ? ERR_TEXT_BYTES - 1 : ERR_TEXT_BYTES - 1 - pad);
    }
}

/* A precision cuts bytes, wherever in the message it stands. */
static void a_piece_cut_inside_a_character_leaves_text(void **state)
{
    (void)state;
    for (int cut = 0; cut < 12; cut++) {
        struct err err = ERR_INIT;
        err_set(&err, ERR_KIND_FATAL, ERR_NOT_FOUND, "Subject '%.*s' not found", cut,
                "aم€\xF0\x9F\x98\x80z");
        assert_true(utf8_is_text((const uint8_t *)err.text, strlen(err.text)));
        assert_non_null(strstr(err.text, "' not found"));
        err_add(&err, "asking for '%.*s'.", cut, "aم€\xF0\x9F\x98\x80z");
        assert_true(utf8_is_text((const uint8_t *)err.text, strlen(err.text)));
        assert_int_equal(err.text[strlen(err.text) - 1], '.');
    }
    struct err err = ERR_INIT;
    err_set(&err, ERR_KIND_FATAL, ERR_NOT_FOUND, "a\xFFz \xD8' \xED\xA0\x80 \xC0\xAF \x80");
    assert_string_equal(err.text, "a?z ?' ? ? ?");

    char name[ERR_PATH_BYTES + 8];
    for (int shift = 0; shift < 2; shift++) {
        err_reset(&err);
        err_path_prepend(&err, "x");
        memset(name, 'n', sizeof(name));
        for (size_t i = (size_t)shift; i + 2 < sizeof(name); i += 2) {
            memcpy(name + i, "م", 2);
        }
        name[sizeof(name) - 1] = '\0';
        err_path_prepend(&err, name);
        assert_true(utf8_is_text((const uint8_t *)err.path, strlen(err.path)));
    }
}

static void a_full_text_takes_no_more(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    err_set(&err, ERR_KIND_RETRY, ERR_IO, "x");
    for (int i = 0; i < 100; i++) {
        assert_int_equal(err_add(&err, "doing one more thing"), -1);
    }
    assert_true(strlen(err.text) < ERR_TEXT_BYTES);
}

static void a_path_grows_from_the_inside_out(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    err_path_prepend(&err, "3");
    err_path_prepend(&err, "lines");
    err_path_prepend(&err, "address");
    assert_string_equal(err.path, "/address/lines/3");
}

static void a_path_too_long_keeps_its_outer_names(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    char name[300];
    memset(name, 'n', sizeof(name));
    name[80] = '\0';
    for (int i = 0; i < 5; i++) {
        err_path_prepend(&err, name);
    }
    err_path_prepend(&err, "outer");
    assert_int_equal(strncmp(err.path, "/outer/nnn", 10), 0);
    assert_int_equal(strlen(err.path), ERR_PATH_BYTES - 1);
    name[80] = 'n';
    name[299] = '\0';
    err_path_prepend(&err, name);
    assert_int_equal(strlen(err.path), ERR_PATH_BYTES - 1);
}

static void every_code_has_a_token_of_its_own(void **state)
{
    (void)state;
    for (int a = 0; a < ERR_CODE_COUNT; a++) {
        assert_non_null(err_token((enum err_code)a));
        assert_non_null(err_sentence((enum err_code)a));
        assert_true(err_http_status((enum err_code)a) >= 200);
        for (int b = 0; b < a; b++) {
            assert_string_not_equal(err_token((enum err_code)a), err_token((enum err_code)b));
        }
    }
    assert_string_equal(err_token(ERR_TRUNCATED), "truncated");
    assert_string_equal(err_kind_name(ERR_KIND_IN_DOUBT), "IN_DOUBT");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(setting_overwrites_everything),
        cmocka_unit_test(context_is_appended),
        cmocka_unit_test(a_cut_leaves_whole_characters),
        cmocka_unit_test(a_piece_cut_inside_a_character_leaves_text),
        cmocka_unit_test(a_full_text_takes_no_more),
        cmocka_unit_test(a_path_grows_from_the_inside_out),
        cmocka_unit_test(a_path_too_long_keeps_its_outer_names),
        cmocka_unit_test(every_code_has_a_token_of_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
