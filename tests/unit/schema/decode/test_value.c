/* SPDX-License-Identifier: Apache-2.0
 * tests/unit/schema/decode/test_value.c - values at the edges of their types. */
#include "decode_help.h"

/* 16 bytes are read at once, so the sizes around 16 are tried; the text stands first and last in its message. */
static void text_is_utf8_without_nul(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t len;
        bool good;
    } rows[] = {
        {"plain", 5, true},
        {"a\0b", 3, false},
        {"\xd9\x85\xd8\xad", 4, true},
        {"\xd9", 1, false},
        {"\xd9\x85\xd8", 3, false},
        {"\x85", 1, false},
        {"a\x85", 2, false},
        {"\xd9\x61", 2, false},
        {"\xd9\xd9\x85", 3, false},
        {"\xd9\x85\x85", 3, false},
        {"\xc0\x80", 2, false},
        {"\xc1\xbf", 2, false},
        {"\xe6\xbc\xa2", 3, true},
        {"\xe0\x80\x80", 3, false},
        {"\xed\xa0\x80", 3, false},
        {"\xf0\x9f\x98\x80", 4, true},
        {"\xf4\x90\x80\x80", 4, false},
        {"\xf5\x80\x80\x80", 4, false},
        {"\xff", 1, false},
    };
    struct decoder d;
    struct decoder alone;
    decoder_open(&d, REC(FIELD("f", "'string'") "," FIELD("g", "'bytes'")));
    decoder_open(&alone, REC(FIELD("f", "'string'")));
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        for (size_t before = 0; before < 36; before++) {
            for (size_t after = 0; after < 40; after += after < 4 ? 1 : 7) {
                for (size_t behind = 0; behind < 24; behind += 23) {
                    uint8_t bytes[256];
                    size_t len = before + rows[i].len + after;
                    size_t at = 0;
                    if (len > 63) {
                        bytes[at++] = (uint8_t)(len * 2 & 0x7F) | 0x80;
                        bytes[at++] = (uint8_t)(len * 2 >> 7);
                    } else {
                        bytes[at++] = (uint8_t)(len * 2);
                    }
                    memset(bytes + at, 'x', len);
                    memcpy(bytes + at + before, rows[i].bytes, rows[i].len);
                    at += len;
                    assert_int_equal(decode(&alone, bytes, at) == 0, rows[i].good);
                    bytes[at++] = (uint8_t)(behind * 2);
                    memset(bytes + at, 0x85, behind);
                    int rc = decode(&d, bytes, at + behind);
                    if ((rc == 0) != rows[i].good || (rc != 0 && d.err.code != ERR_BAD_TEXT)) {
                        fail_msg("row %zu, %zu before, %zu after, %zu behind: %d", i, before, after,
                                 behind, rc);
                    }
                }
            }
        }
    }
    decoder_close(&d);
    decoder_close(&alone);
}

static void text_is_stored_verbatim(void **state)
{
    (void)state;
    expect_read(F("'string'"), "1c 5c2e 09 22 0a e2808f 3b4452 4f50 20",
                "{'f':'\\\\.\\t\\\"\\n\u200f;DROP '}");
}

static void what_is_not_finite_is_kept_everywhere(void **state)
{
    (void)state;
    static const char list[] = F("{'type':'array','items':'double'}");
    static const char floats[] = F("{'type':'map','values':'float'}");
    expect_read(F("'double'"), "000000000000f87f", "{'f':'NaN'}");
    expect_read(F("'double'"), "000000000000f0ff", "{'f':'-Infinity'}");
    expect_read(F("'float'"), "0000807f", "{'f':'Infinity'}");
    expect_read(list, "02 000000000000f03f 00", "{'f':[1]}");
    expect_read(list, "04 000000000000f87f 000000000000f0ff 00", "{'f':['NaN','-Infinity']}");
    expect_read(floats, "02 026b 0000807f 00", "{'f':{'k':'Infinity'}}");
    expect_read(F("['int','double','null']"), "02 000000000000f87f", "{'f':{'double':'NaN'}}");
}

/* 1,000 digits are 416 bytes, and one more may hold the sign. */
static void the_longest_decimal_has_room(void **state)
{
    (void)state;
    static const char *const firsts[] = {"7f", "80", "00ff", "ff00"};
    for (size_t i = 0; i < COUNT_OF(firsts); i++) {
        for (size_t len = 415; len <= 419; len++) {
            struct buf hex = BUF_INIT;
            buf_printf(&hex, "%02zx%02zx %s", (len * 2 & 0x7f) | 0x80, len * 2 >> 7, firsts[i]);
            for (size_t at = strlen(firsts[i]) / 2; at < len; at++) {
                buf_put_str(&hex, "55");
            }
            struct decoder d;
            decoder_open(&d, F(DECIMAL(1000, 0)));
            bool is_shorter = firsts[i][2] != '\0'; /* its first byte only says the sign */
            assert_int_equal(decode_hex(&d, buf_cstr(&hex)), len - is_shorter <= 415 ? 0 : -1);
            decoder_close(&d);
            buf_fini(&hex);
        }
    }
}

static void decimals_fit_their_precision_exactly(void **state)
{
    (void)state;
    static const char five[] = F(DECIMAL(5, 2));
    expect_read(five, "06 01869f", "{'f':999.99}");
    expect_read(five, "06 fe7961", "{'f':-999.99}");
    expect_read(five, "02 00", "{'f':0.00}");
    expect_read(five, "02 ff", "{'f':-0.01}");
    expect_read(five, "10 ffffffffffffff80", "{'f':-1.28}"); /* bytes that repeat the sign */
    expect_read(five, "16 0000000000000000000005", "{'f':0.05}");
    expect_refused(five, "06 0186a0", ERR_BAD_NUMBER, "/f");
    expect_refused(five, "06 fe7960", ERR_BAD_NUMBER, "/f");
    expect_refused(five, "10 8000000000000000", ERR_BAD_NUMBER, "/f");
    expect_refused(five, "14 00ffffffffffffffffff", ERR_BAD_NUMBER, "/f");
    expect_refused(five, "00", ERR_BAD_NUMBER, "/f"); /* no bytes are no number */
    static const char twenty[] = F(DECIMAL(20, 0));
    expect_read(twenty, "12 056bc75e2d630fffff", "{'f':99999999999999999999}");
    expect_read(twenty, "12 fa9438a1d29cf00001", "{'f':-99999999999999999999}");
    expect_refused(twenty, "12 056bc75e2d63100000", ERR_BAD_NUMBER, "/f");
    expect_refused(twenty, "12 fa9438a1d29cf00000", ERR_BAD_NUMBER, "/f");
    expect_read(F(DECIMAL(18, 0)), "10 0de0b6b3a763ffff", "{'f':999999999999999999}");
    expect_refused(F(DECIMAL(18, 0)), "10 0de0b6b3a7640000", ERR_BAD_NUMBER, "/f");
    expect_read(F(DECIMAL(19, 0)), "10 7fffffffffffffff", "{'f':9223372036854775807}");
    expect_read(F(DECIMAL(19, 0)), "12 008ac7230489e7ffff", "{'f':9999999999999999999}");
    expect_refused(F(DECIMAL(19, 0)), "12 008ac7230489e80000", ERR_BAD_NUMBER, "/f");
    expect_read(
        F("{'type':'fixed','name':'D','size':2,'logicalType':'decimal','precision':4,'scale':3}"),
        "d8f1", "{'f':-9.999}");
    expect_refused(
        F("{'type':'fixed','name':'D','size':2,'logicalType':'decimal','precision':4,'scale':3}"),
        "d8f0", ERR_BAD_NUMBER, "/f");
    expect_refused(F("{'type':'array','items':" DECIMAL(1, 0) "}"), "02 02 0a 00", ERR_BAD_NUMBER,
                   "/f/0");
}

/* f holds one whole number. row NULL: it is refused as bad_time. */
static void expect_whole(const char *schema, int64_t value, const char *row)
{
    uint8_t bytes[16];
    size_t len = 0;
    uint64_t raw = ((uint64_t)value << 1) ^ (uint64_t)(value >> 63);
    for (; raw >= 0x80; raw >>= 7) {
        bytes[len++] = (uint8_t)(raw | 0x80);
    }
    bytes[len++] = (uint8_t)raw;
    struct decoder d;
    char wanted[128];
    decoder_open(&d, schema);
    int rc = decode(&d, bytes, len);
    if (row != NULL) {
        to_json(wanted, sizeof(wanted), row);
        assert_int_equal(rc, 0);
        assert_string_equal(buf_cstr(&d.row), wanted);
    } else {
        assert_int_equal(rc, -1);
        assert_int_equal(d.err.code, ERR_BAD_TIME);
        assert_string_equal(d.err.path, "/f");
    }
    decoder_close(&d);
}

static void dates_and_times_stay_in_the_registers_range(void **state)
{
    (void)state;
    static const char date[] = F(LOGICAL("int", "date"));
    static const char millis[] = F(LOGICAL("int", "time-millis"));
    static const char micros[] = F(LOGICAL("long", "time-micros"));
    expect_whole(date, 2932896, "{'f':'9999-12-31'}");
    expect_whole(date, CELL_DATE_MAX_DAYS, "{'f':'5874897-12-31'}");
    expect_whole(date, CELL_DATE_MAX_DAYS + 1, NULL);
    expect_whole(date, CELL_DATE_MIN_DAYS, "{'f':'4714-11-24 BC'}");
    expect_whole(date, -719162, "{'f':'0001-01-01'}");
    expect_whole(date, -719163, "{'f':'0001-12-31 BC'}");
    expect_whole(date, CELL_DATE_MIN_DAYS - 1, NULL);
    expect_whole(millis, 86399999, "{'f':'23:59:59.999'}");
    expect_whole(millis, 86400000, "{'f':'24:00:00'}");
    expect_whole(millis, 86400001, NULL);
    expect_whole(millis, -1, NULL);
    expect_whole(micros, 86399999999, "{'f':'23:59:59.999999'}");
    expect_whole(micros, 86400000000, "{'f':'24:00:00'}");
    expect_whole(micros, 86400000001, NULL);
    expect_whole(micros, -1, NULL);
}

static void timestamps_stay_in_the_registers_range(void **state)
{
    (void)state;
    const struct {
        const char *micros;
        const char *millis;
        const char *z;
    } kinds[] = {
        {F(LOGICAL("long", "timestamp-micros")), F(LOGICAL("long", "timestamp-millis")), "Z"},
        {F(LOGICAL("long", "local-timestamp-micros")), F(LOGICAL("long", "local-timestamp-millis")),
         ""},
    };
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        char first[64];
        char last[64];
        char last_millis[64];
        snprintf(first, sizeof(first), "{'f':'4714-11-24T00:00:00%s BC'}", kinds[i].z);
        snprintf(last, sizeof(last), "{'f':'294247-01-01T23:59:59.999999%s'}", kinds[i].z);
        snprintf(last_millis, sizeof(last_millis), "{'f':'294247-01-01T23:59:59.999%s'}",
                 kinds[i].z);
        expect_whole(kinds[i].micros, CELL_TIMESTAMP_MIN_US, first);
        expect_whole(kinds[i].micros, CELL_TIMESTAMP_MIN_US - 1, NULL);
        expect_whole(kinds[i].micros, CELL_TIMESTAMP_MAX_US, last);
        expect_whole(kinds[i].micros, CELL_TIMESTAMP_MAX_US + 1, NULL);
        expect_whole(kinds[i].micros, INT64_MAX, NULL);
        expect_whole(kinds[i].micros, INT64_MIN, NULL);
        expect_whole(kinds[i].millis, CELL_TIMESTAMP_MIN_US / 1000, first);
        expect_whole(kinds[i].millis, CELL_TIMESTAMP_MIN_US / 1000 - 1, NULL);
        expect_whole(kinds[i].millis, CELL_TIMESTAMP_MAX_US / 1000, last_millis);
        expect_whole(kinds[i].millis, CELL_TIMESTAMP_MAX_US / 1000 + 1, NULL);
        expect_whole(kinds[i].millis, INT64_MAX, NULL);
        expect_whole(kinds[i].millis, INT64_MIN, NULL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_is_utf8_without_nul),
        cmocka_unit_test(text_is_stored_verbatim),
        cmocka_unit_test(what_is_not_finite_is_kept_everywhere),
        cmocka_unit_test(the_longest_decimal_has_room),
        cmocka_unit_test(decimals_fit_their_precision_exactly),
        cmocka_unit_test(dates_and_times_stay_in_the_registers_range),
        cmocka_unit_test(timestamps_stay_in_the_registers_range),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
