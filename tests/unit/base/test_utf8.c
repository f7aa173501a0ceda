/* SPDX-License-Identifier: Apache-2.0
 * tests/unit/base/test_utf8.c - the validator against a plain one that knows only what an
 * encoding is, and widths against the C library's. */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include <cmocka.h>

#include "base/attr.h"
#include "base/utf8.h"

/* The bytes of a code point, by the definition; 0 for what has no encoding. */
static size_t put_code(uint32_t code, uint8_t *out)
{
    if (code == 0 || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) {
        return 0;
    }
    size_t len = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    static const uint8_t marks[] = {0, 0x00, 0xC0, 0xE0, 0xF0};
    for (size_t i = len - 1; i > 0; i--) {
        out[i] = (uint8_t)(0x80 | (code & 0x3F));
        code >>= 6;
    }
    out[0] = (uint8_t)(marks[len] | code);
    return len;
}

/* Text is what splits into pieces that are each the encoding of the code point their bits spell. */
static bool is_text_plainly(const uint8_t *p, size_t len)
{
    for (size_t at = 0; at < len;) {
        size_t n = 1;
        uint32_t code = p[at];
        if (code >= 0x80) {
            n = (code & 0xE0) == 0xC0 ? 2 : (code & 0xF0) == 0xE0 ? 3 : 4;
            code &= 0xFFu >> (n + 1);
        }
        if (at + n > len) {
            return false;
        }
        for (size_t i = 1; i < n; i++) {
            code = code << 6 | (p[at + i] & 0x3F);
        }
        uint8_t again[4];
        if (put_code(code, again) != n || memcmp(again, p + at, n) != 0) {
            return false;
        }
        at += n;
    }
    return true;
}

/* Compares in a block of exactly len bytes, so that a read outside is seen. */
static void compare(const uint8_t *bytes, size_t len)
{
    uint8_t *copy = malloc(len > 0 ? len : 1);
    assert_non_null(copy);
    memcpy(copy, bytes, len);
    bool expected = is_text_plainly(copy, len);
    if (utf8_is_text(copy, len) != expected) {
        fprintf(stderr, "should be %d:", expected);
        for (size_t i = 0; i < len; i++) {
            fprintf(stderr, " %02x", copy[i]);
        }
        fail_msg("other verdict on %zu bytes", len);
    }
    free(copy);
}

static void every_code_point_is_judged_right_at_every_place_of_a_word(void **state)
{
    (void)state;
    static const char *const around[] = {"aaaaaaaa", "\xd8\xb3\xd8\xac\xd9\x84 \xd9\x85"};
    uint8_t text[40];
    for (uint32_t code = 1; code <= 0x10FFFF; code++) {
        uint8_t bytes[4];
        size_t len = put_code(code, bytes);
        /* Every place for the code points where rules change, one for the rest. */
        bool edge = code < 0x900 || (code & 0xFFF) < 2 || (code & 0xFFF) > 0xFFD;
        for (size_t before = edge ? 0 : code % 9; len > 0 && before < 10; before += edge ? 1 : 10) {
            const char *fill = around[(code + before) & 1];
            size_t fill_len = strlen(fill);
            size_t at = 0;
            for (size_t i = 0; i < before; i++) {
                text[at++] = 'a';
            }
            memcpy(text + at, bytes, len);
            at += len;
            for (size_t i = 0; i < fill_len; i++) {
                text[at + i] = (uint8_t)fill[i];
            }
            if (!utf8_is_text(text, at + fill_len)) {
                fail_msg("U+%04X refused after %zu bytes", code, before);
            }
        }
    }
}

static void every_pair_of_bytes_is_judged_as_plainly(void **state)
{
    (void)state;
    for (unsigned pair = 0; pair < 0x10000; pair++) {
        uint8_t text[32];
        for (size_t before = 0; before < 9; before++) {
            memset(text, 'a', sizeof(text));
            text[before] = (uint8_t)pair;
            text[before + 1] = (uint8_t)(pair >> 8);
            if (utf8_is_text(text, sizeof(text)) != is_text_plainly(text, sizeof(text))) {
                fail_msg("other verdict on %02x %02x after %zu bytes", text[before],
                         text[before + 1], before);
            }
        }
        compare(text + 8, 2);
    }
}

static uint32_t next(uint32_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 17;
    *seed ^= *seed << 5;
    return *seed;
}

static void random_mixtures_are_judged_as_plainly(void **state)
{
    (void)state;
    static const uint8_t odd[] = {0x00, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF,
                                  0xC0, 0xC1, 0xC2, 0xDF, 0xE0, 0xED, 0xEF, 0xF0,
                                  0xF4, 0xF5, 0xFF, 0xED, 0xA0, 0x80, 0xD8, 0xB3};
    uint32_t seed = 20240607;
    unsigned texts = 0;
    for (int round = 0; round < 300000; round++) {
        uint8_t text[64];
        size_t len = 0;
        size_t want = next(&seed) % 48;
        while (len < want) {
            uint32_t what = next(&seed) % 16;
            uint32_t code = what < 5    ? 0x20 + next(&seed) % 0x5F
                            : what < 11 ? 0x600 + next(&seed) % 0x100
                            : what < 14 ? 0x800 + next(&seed) % 0xC000
                                        : 0x10000 + next(&seed) % 0x100000;
            len += put_code(code, text + len);
        }
        for (uint32_t spoil = next(&seed) % 3; spoil > 0 && len > 0; spoil--) {
            text[next(&seed) % len] = odd[next(&seed) % sizeof(odd)];
        }
        if (len > 0 && next(&seed) % 4 == 0) {
            len -= next(&seed) % (len < 4 ? len : 4); /* a cut character */
        }
        texts += is_text_plainly(text, len);
        compare(text, len);
    }
    assert_in_range(texts, 50000, 250000); /* both verdicts were tried */
}

static void text_of_every_length_is_taken_and_a_zero_anywhere_is_not(void **state)
{
    (void)state;
    static const char arabic[] = "\xd8\xa7\xd9\x84\xd8\xb3\xd8\xac\xd9\x84 "
                                 "\xd8\xa7\xd9\x84\xd9\x85\xd8\xaf\xd9\x86\xd9\x8a 2024 \xd8\xb3";
    compare((const uint8_t *)arabic, 0);
    for (size_t len = 0; len < sizeof(arabic); len++) {
        compare((const uint8_t *)arabic, len);
        for (size_t zero = 0; zero < len; zero++) {
            uint8_t copy[sizeof(arabic)];
            memcpy(copy, arabic, sizeof(arabic));
            copy[zero] = 0;
            assert_false(utf8_is_text(copy, sizeof(arabic) - 1));
        }
    }
}

/* What Java says of each character is asked by tests/oracle/schema_oracle.py. */
static void letters_and_digits_are_those_of_every_script(void **state)
{
    (void)state;
    static const uint32_t letters[] = {'A',    'z',    0xAA,   0xB5,   0xE9,  0x621,
                                       0x633,  0x640,  0x6C1,  0x905,  0x1C5, 0x2B0,
                                       0x4E2D, 0x3042, 0xAC00, 0xFEFB, 0xFFDC};
    static const uint32_t digits[] = {'0', '9', 0x660, 0x669, 0x6F0, 0x966, 0xFF19};
    static const uint32_t others[] = {
        0,      0x1F,   ' ',    '@',    '[',     '`',     '{',     '/',     ':',
        '_',    0x7F,   0xA0,   0xB2,   0xD7,    0x300,   0x60C,   0x61F,   0x64B,
        0x64E,  0x670,  0x93E,  0x200C, 0x200D,  0x202E,  0x2066,  0x2160,  0x3000,
        0xFE0F, 0xFEFF, 0xFFFD, 0xFFFF, 0x10400, 0x1D49C, 0x1EE00, 0x20000, 0x10FFFF};
    for (size_t i = 0; i < COUNT_OF(letters); i++) {
        assert_true(utf8_is_letter(letters[i]) && !utf8_is_digit(letters[i]));
    }
    for (size_t i = 0; i < COUNT_OF(digits); i++) {
        assert_true(utf8_is_digit(digits[i]) && !utf8_is_letter(digits[i]));
    }
    for (size_t i = 0; i < COUNT_OF(others); i++) {
        assert_false(utf8_is_digit(others[i]) || utf8_is_letter(others[i]));
    }
}

static void a_letter_has_one_spelling_or_is_not_composed(void **state)
{
    (void)state;
    static const uint32_t composed[] = {'a',    0xE9,   0x622,  0x633,  0x6D3, 0x1E9B,
                                        0xAC00, 0x1100, 0x4E2D, 0x3F40, 0xFEFB};
    static const uint32_t other[] = {0x212B, 0x2126, 0x1F71, 0x958, 0xF900,
                                     0xFB1D, 0x1161, 0x11C2, 0x374};
    for (size_t i = 0; i < COUNT_OF(composed); i++) {
        assert_true(utf8_is_letter(composed[i]) && utf8_is_composed(composed[i]));
    }
    for (size_t i = 0; i < COUNT_OF(other); i++) {
        assert_true(utf8_is_letter(other[i]) && !utf8_is_composed(other[i]));
    }
}

static void controls_are_what_a_terminal_obeys(void **state)
{
    (void)state;
    static const uint32_t controls[] = {1,    '\n',   0x1B,   0x1F,   0x7F,   0x80,
                                        0x9F, 0x2028, 0x202A, 0x202E, 0x2066, 0x2069};
    static const uint32_t shown[] = {' ',    '~',    0xA0,   0x61C,  0x633,  0x200B,
                                     0x200F, 0x2027, 0x202F, 0x2065, 0x206A, 0x10FFFF};
    for (size_t i = 0; i < COUNT_OF(controls); i++) {
        assert_true(utf8_is_control(controls[i]) && !utf8_is_control(shown[i]));
    }
}

static void every_code_point_is_the_next_character_once(void **state)
{
    (void)state;
    for (uint32_t code = 1; code <= 0x10FFFF; code++) {
        char text[8] = {0};
        size_t len = put_code(code, (uint8_t *)text);
        const char *at = text;
        if (len > 0 && (utf8_next(&at) != code || at != text + len || utf8_next(&at) != 0 ||
                        at != text + len)) {
            fail_msg("U+%04X", code);
        }
    }
    const char *cut = "\xe2\x82";
    assert_int_equal(utf8_next(&cut), 0);
    assert_string_equal(cut, "\x82");
}

static void a_text_is_cut_behind_a_whole_character(void **state)
{
    (void)state;
    static const char text[] = "a\xd8\xb3\xe6\x97\xa5\xf0\x9f\x98\x80";
    static const size_t cuts[] = {0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 10};
    for (size_t most = 0; most < COUNT_OF(cuts); most++) {
        assert_int_equal(utf8_cut(text, most), cuts[most]);
    }
}

static void widths_are_those_of_a_terminal(void **state)
{
    (void)state;
    assert_int_equal(utf8_width(""), 0);
    assert_int_equal(utf8_width("abc"), 3);
    assert_int_equal(utf8_width("\xd8\xb3\xd8\xac\xd9\x84"), 3); /* سجل */
    assert_int_equal(utf8_width("\xd8\xb3\xd9\x90\xd8\xac\xd9\x90\xd9\x84"),
                     3); /* with two kasras */
    assert_int_equal(utf8_width("\xd9\x85\xd9\x8f\xd8\xad\xd9\x8e\xd9\x85\xd9\x8e\xd9\x91\xd8\xaf"),
                     4);
    assert_int_equal(utf8_width("a\xe2\x80\x8d\xe2\x80\x8c\xe2\x80\x8f\xe2\x80\xab"
                                "b\xe2\x81\xa6\xef\xbb\xbf"),
                     2);                                         /* ZWJ, ZWNJ, RLM, RLE, LRI, BOM */
    assert_int_equal(utf8_width("\xe6\x97\xa5\xe6\x9c\xac"), 4); /* 日本 */
    assert_int_equal(utf8_width("\xed\x95\x9c"), 2);             /* 한 */
    assert_int_equal(utf8_width("\xf0\x9f\x98\x80"), 2);
    assert_int_equal(utf8_width("e\xcc\x81"), 1);
    assert_int_equal(utf8_width("a\xff\xc3"), 3); /* bytes that are no text */
    assert_int_equal(utf8_width("\xe2\x82"), 2);
}

static void widths_agree_with_the_c_library(void **state)
{
    (void)state;
    /* Newer C libraries know newer characters; the blocks compared have not changed for years. */
    static const uint32_t blocks[][2] = {
        {0x20, 0x7E},       {0xA0, 0xAC},     {0xAE, 0x24F},      {0x300, 0x36F},
        {0x5D0, 0x5EA},     {0x606, 0x61B},   {0x61E, 0x6DC},     {0x6DE, 0x70D},
        {0x750, 0x77F},     {0x8A0, 0x8B4},   {0x8E3, 0x8FF},     {0x1100, 0x11FF},
        {0x200B, 0x200F},   {0x202A, 0x202E}, {0x2060, 0x2064},   {0x2066, 0x2069},
        {0x3041, 0x3096},   {0x3400, 0x4DB5}, {0x4E00, 0x9FCC},   {0xAC00, 0xD7A3},
        {0xFB50, 0xFBC1},   {0xFE00, 0xFE0F}, {0xFE70, 0xFE74},   {0xFEFF, 0xFEFF},
        {0xFF01, 0xFF60},   {0xFF61, 0xFFBE}, {0x1F600, 0x1F64F}, {0x20000, 0x2A6D6},
        {0xE0100, 0xE01EF},
    };
    if (setlocale(LC_CTYPE, "C.UTF-8") == NULL) {
        fail_msg("this system has no locale C.UTF-8");
    }
    for (size_t b = 0; b < COUNT_OF(blocks); b++) {
        for (uint32_t code = blocks[b][0]; code <= blocks[b][1]; code++) {
            char text[5];
            text[put_code(code, (uint8_t *)text)] = '\0';
            if ((int)utf8_width(text) != wcwidth((wchar_t)code)) {
                fail_msg("U+%04X has width %zu, not %d", code, utf8_width(text),
                         wcwidth((wchar_t)code));
            }
        }
    }
}

static void what_shows_nothing_is_blank(void **state)
{
    static const char *const blank[] = {
        "",
        " \t\r\n",
        "\xC2\xA0",                 /* no-break space */
        "\xE2\x80\x8F\xE2\x80\x8B", /* direction mark, zero width space */
        "\xEF\xBB\xBF",
        "\xE3\x80\x80\xE3\x85\xA4",
        "\xE2\x81\xA6 \xE2\x81\xA9"};
    static const char *const said[] = {"a", " a", "\xE2\x80\x8Fس", ".", "\xFF", "0"};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(blank); i++) {
        assert_true(utf8_is_blank(blank[i]));
    }
    for (size_t i = 0; i < COUNT_OF(said); i++) {
        assert_false(utf8_is_blank(said[i]));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_shows_nothing_is_blank),
        cmocka_unit_test(every_code_point_is_judged_right_at_every_place_of_a_word),
        cmocka_unit_test(every_pair_of_bytes_is_judged_as_plainly),
        cmocka_unit_test(random_mixtures_are_judged_as_plainly),
        cmocka_unit_test(text_of_every_length_is_taken_and_a_zero_anywhere_is_not),
        cmocka_unit_test(letters_and_digits_are_those_of_every_script),
        cmocka_unit_test(a_letter_has_one_spelling_or_is_not_composed),
        cmocka_unit_test(controls_are_what_a_terminal_obeys),
        cmocka_unit_test(every_code_point_is_the_next_character_once),
        cmocka_unit_test(a_text_is_cut_behind_a_whole_character),
        cmocka_unit_test(widths_are_those_of_a_terminal),
        cmocka_unit_test(widths_agree_with_the_c_library),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
