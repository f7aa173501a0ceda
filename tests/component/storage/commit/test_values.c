/* SPDX-License-Identifier: Apache-2.0
 * Cells of every type, written as an image, read back by PostgreSQL as what PostgreSQL's own
 * text input makes of the value that was meant. */
#include "database.h"

#include "storage/commit/batch.h"
#include "storage/conn/copy.h"
#include "storage/conn/statement.h"

enum { MAX_DIGITS = 1000 };

static uint64_t seed = 11;

static uint32_t rnd(uint32_t below)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)((seed >> 33) % below);
}

struct values {
    struct sto_conn *conn;
    struct sto_copy copy;
    struct err err;
    enum column_type type;
    size_t count;
};

/* A table with the image's column, the value that was meant, as text, and the value as JSON. */
static void values_open(struct values *v, enum column_type type)
{
    char sql[128];
    *v = (struct values){.conn = sto_open(STO_ROLE_NONE), .type = type};
    snprintf(sql, sizeof(sql), "CREATE TEMP TABLE given (n bigserial, v %s, meant text, json text)",
             column_type_name(type));
    assert_ok(sto_run(v->conn, sql, &v->err), v->err);
    assert_int_equal(sto_copy_init(&v->copy), 0);
    assert_ok(
        sto_copy_open(&v->copy, v->conn, "COPY given (v, meant, json) FROM STDIN BINARY", &v->err),
        v->err);
}

static void values_put(struct values *v, const struct cell *cell, const char *meant)
{
    const struct column column = {.name = "v", .type = v->type};
    const uint16_t key = 0;
    const struct sto_table table = {
        .columns = &column, .column_count = 1, .key_columns = &key, .key_count = 1};
    struct buf image = BUF_INIT;
    int64_t content;
    assert_ok(sto_image_put(&image, &table, cell, false, &content, &v->err), v->err);
    struct buf json = BUF_INIT;
    cell_print_json(&json, cell, v->type);
    assert_false(buf_failed(&json));
    sto_copy_row(&v->copy, 3);
    sto_copy_bytes(&v->copy, image.data, image.len);
    sto_copy_field(&v->copy, meant, meant != NULL ? strlen(meant) : 0);
    sto_copy_field(&v->copy, json.data, json.len);
    v->count++;
    buf_fini(&json);
    buf_fini(&image);
}

/* Equal as values, and shown alike (the scale of a numeric, the zone of a time); and the same value
 * when its JSON, which stands in nested columns, is cast back. */
static void values_close(struct values *v)
{
    char sql[600];
    const bool is_base64 = v->type == COLUMN_BYTEA;
    assert_ok(sto_copy_finish(&v->copy, &v->err), v->err);
    const char *name = column_type_name(v->type);
    snprintf(sql, sizeof(sql),
             "SELECT left(v::text, 300), left(meant::%s::text, 300), left(json, 300) FROM given"
             " WHERE v IS DISTINCT FROM meant::%s OR v::text IS DISTINCT FROM (meant::%s)::text"
             " OR v IS DISTINCT FROM %s(json::jsonb #>> '{}'%s)::%s",
             name, name, name, is_base64 ? "decode" : "", is_base64 ? ", 'base64'" : "", name);
    PGresult *wrong = sto_exec(v->conn, sql, NULL, 0, &v->err);
    if (wrong == NULL) {
        fail_msg("%s", v->err.text);
    }
    for (int i = 0; i < PQntuples(wrong); i++) {
        print_error("%s: stored %s, meant %s, as JSON %s\n", name, PQgetvalue(wrong, i, 0),
                    PQgetvalue(wrong, i, 1), PQgetvalue(wrong, i, 2));
    }
    assert_int_equal(PQntuples(wrong), 0);
    PQclear(wrong);
    PGresult *all = sto_exec(v->conn, "SELECT count(*) FROM given", NULL, 0, &v->err);
    assert_non_null(all);
    assert_int_equal(strtoull(PQgetvalue(all, 0, 0), NULL, 10), v->count);
    PQclear(all);
    sto_copy_fini(&v->copy);
    sto_conn_close(&v->conn);
}

/* Big-endian two's complement of a decimal integer, by hand; its length. */
static uint32_t twos_complement(uint8_t *out, size_t size, const char *digits, bool negative)
{
    memset(out, 0, size);
    for (; *digits != '\0'; digits++) {
        unsigned carry = (unsigned)(*digits - '0');
        for (size_t i = size; i-- > 0;) {
            carry += out[i] * 10U;
            out[i] = (uint8_t)carry;
            carry >>= 8;
        }
    }
    if (negative) {
        unsigned carry = 1;
        for (size_t i = size; i-- > 0;) {
            carry += (uint8_t)~out[i];
            out[i] = (uint8_t)carry;
            carry >>= 8;
        }
    }
    return (uint32_t)size;
}

static void put_decimal(struct values *v, const char *digits, bool negative, unsigned scale)
{
    uint8_t bytes[460];
    char meant[MAX_DIGITS * 2 + 8];
    size_t count = strlen(digits);
    /* As long as it must be, and sometimes longer. */
    size_t size = count * 5 / 12 + 2 + rnd(3) * 5;
    uint32_t len = twos_complement(bytes, size, digits, negative);
    int at = snprintf(meant, sizeof(meant), "%s", negative ? "-" : "");
    if (scale >= count) {
        at += snprintf(meant + at, sizeof(meant) - (size_t)at, "0.");
        for (size_t i = count; i < scale; i++) {
            meant[at++] = '0';
        }
        snprintf(meant + at, sizeof(meant) - (size_t)at, "%s", digits);
    } else if (scale == 0) {
        snprintf(meant + at, sizeof(meant) - (size_t)at, "%s", digits);
    } else {
        snprintf(meant + at, sizeof(meant) - (size_t)at, "%.*s.%s", (int)(count - scale), digits,
                 digits + count - scale);
    }
    const struct cell cell = {
        .type = CELL_DECIMAL, .scale = (uint16_t)scale, .len = len, .p = bytes};
    values_put(v, &cell, meant);
}

static void decimals_are_exact_at_any_size(void **state)
{
    (void)state;
    struct values v;
    char digits[MAX_DIGITS + 1];
    values_open(&v, COLUMN_NUMERIC);
    for (int i = 0; i < 6000; i++) {
        size_t longest = i % 100 == 0 ? MAX_DIGITS : i % 2 == 0 ? 40 : 19;
        size_t count = 1 + rnd((uint32_t)longest);
        bool round = rnd(3) == 0;
        for (size_t d = 0; d < count; d++) {
            digits[d] = (char)('0' + (round && d > count / 3 ? 0 : rnd(10)));
        }
        digits[count] = '\0';
        put_decimal(&v, digits, rnd(2) == 0, rnd((uint32_t)(i % 7 == 0 ? count + 9 : count + 1)));
    }
    memset(digits, '9', MAX_DIGITS);
    digits[MAX_DIGITS] = '\0';
    put_decimal(&v, digits, true, 0);
    put_decimal(&v, digits, false, MAX_DIGITS);
    put_decimal(&v, "9223372036854775808", true, 0);
    put_decimal(&v, "18446744073709551615", false, 2);
    put_decimal(&v, "18446744073709551616", false, 3);
    values_close(&v);
}

static void put_i64(struct values *v, int64_t i, const char *meant)
{
    const struct cell cell = {.type = CELL_I64, .i = i};
    values_put(v, &cell, meant);
}

static void dates_reach_both_ends(void **state)
{
    (void)state;
    struct values v;
    values_open(&v, COLUMN_DATE);
    put_i64(&v, 0, "1970-01-01");
    put_i64(&v, 10957, "2000-01-01");
    put_i64(&v, -1, "1969-12-31");
    put_i64(&v, 2932896, "9999-12-31");
    put_i64(&v, 2932897, "10000-01-01");
    put_i64(&v, -719162, "0001-01-01");
    put_i64(&v, -719163, "0001-12-31 BC");
    put_i64(&v, 20514, "2026-03-02");
    put_i64(&v, CELL_DATE_MIN_DAYS, "4714-11-24 BC");
    put_i64(&v, CELL_DATE_MAX_DAYS, "5874897-12-31");
    values_close(&v);
}

static void times_reach_both_ends(void **state)
{
    (void)state;
    struct values v;
    values_open(&v, COLUMN_TIME);
    put_i64(&v, 0, "00:00:00");
    put_i64(&v, CELL_TIME_MAX_US, "24:00:00");
    put_i64(&v, CELL_TIME_MAX_US - 1, "23:59:59.999999");
    put_i64(&v, INT64_C(34200000001), "09:30:00.000001");
    values_close(&v);
    static const enum column_type types[] = {COLUMN_TIMESTAMPTZ, COLUMN_TIMESTAMP};
    for (size_t i = 0; i < COUNT_OF(types); i++) {
        const bool zone = types[i] == COLUMN_TIMESTAMPTZ;
        values_open(&v, types[i]);
        put_i64(&v, 0, zone ? "1970-01-01 00:00:00+00" : "1970-01-01 00:00:00");
        put_i64(&v, -1, zone ? "1969-12-31 23:59:59.999999+00" : "1969-12-31 23:59:59.999999");
        put_i64(&v, INT64_C(1767225600123456),
                zone ? "2026-01-01 00:00:00.123456+00" : "2026-01-01 00:00:00.123456");
        put_i64(&v, INT64_C(253402300800000000),
                zone ? "10000-01-01 00:00:00+00" : "10000-01-01 00:00:00");
        put_i64(&v, INT64_C(-62135596800000001),
                zone ? "0001-12-31 23:59:59.999999+00 BC" : "0001-12-31 23:59:59.999999 BC");
        put_i64(&v, CELL_TIMESTAMP_MIN_US,
                zone ? "4714-11-24 00:00:00+00 BC" : "4714-11-24 00:00:00 BC");
        put_i64(&v, CELL_TIMESTAMP_MAX_US,
                zone ? "294247-01-01 23:59:59.999999+00" : "294247-01-01 23:59:59.999999");
        values_close(&v);
    }
}

static void numbers_and_booleans(void **state)
{
    (void)state;
    struct values v;
    values_open(&v, COLUMN_BIGINT);
    put_i64(&v, INT64_MIN, "-9223372036854775808");
    put_i64(&v, INT64_MAX, "9223372036854775807");
    values_close(&v);
    values_open(&v, COLUMN_DOUBLE);
    values_put(&v, &(struct cell){.type = CELL_F64, .d = 0.1}, "0.1");
    values_put(&v, &(struct cell){.type = CELL_F64, .d = -1.7976931348623157e308},
               "-1.7976931348623157e308");
    values_put(&v, &(struct cell){.type = CELL_F64, .d = __builtin_nan("")}, "NaN");
    values_put(&v, &(struct cell){.type = CELL_F64, .d = -__builtin_inf()}, "-Infinity");
    values_close(&v);
    values_open(&v, COLUMN_BOOLEAN);
    values_put(&v, &(struct cell){.type = CELL_BOOL, .i = 1}, "true");
    values_put(&v, &(struct cell){.type = CELL_BOOL, .i = 0}, "false");
    values_put(&v, &(struct cell){.type = CELL_NULL}, NULL);
    values_close(&v);
}

static struct cell bytes_cell(const char *bytes, size_t len)
{
    return (struct cell){.type = CELL_BYTES, .len = (uint32_t)len, .p = (const uint8_t *)bytes};
}

static void texts_are_verbatim(void **state)
{
    (void)state;
    static const char *const texts[] = {"",
                                        "\\.",
                                        "a\tb\nc\r\\N",
                                        "'; DROP TABLE x; --",
                                        "\xD8\xB3\xD8\xA7\xD9\x84\xD9\x85",
                                        "\xE2\x80\x8F\xF0\x9F\x98\x80"};
    struct values v;
    values_open(&v, COLUMN_TEXT);
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        const struct cell cell = bytes_cell(texts[i], strlen(texts[i]));
        values_put(&v, &cell, texts[i]);
    }
    values_close(&v);
    values_open(&v, COLUMN_BYTEA);
    const struct cell zero = bytes_cell("\0\xFF\\", 3);
    values_put(&v, &zero, "\\x00ff5c");
    const struct cell nothing = bytes_cell("", 0);
    values_put(&v, &nothing, "\\x");
    values_close(&v);
    values_open(&v, COLUMN_UUID);
    const struct cell uuid = {
        .type = CELL_UUID,
        .p = (const uint8_t *)"\x12\x34\x56\x78\x9a\xbc\xde\xf0\0\1\2\3\4\5\6\7"};
    values_put(&v, &uuid, "12345678-9abc-def0-0001-020304050607");
    values_close(&v);
}

static void nested_values_are_jsonb(void **state)
{
    (void)state;
    const struct cell tape[] = {
        {.type = CELL_OBJECT, .len = 8},
        {.type = CELL_KEY, .len = 4, .p = (const uint8_t *)"city"},
        {.type = CELL_BYTES, .column_type = COLUMN_TEXT, .len = 6, .p = (const uint8_t *)"Suhar\""},
        {.type = CELL_KEY, .len = 3, .p = (const uint8_t *)"ids"},
        {.type = CELL_ARRAY, .len = 2},
        {.type = CELL_I64, .column_type = COLUMN_BIGINT, .i = INT64_MAX},
        {.type = CELL_NULL},
        {.type = CELL_KEY, .len = 3, .p = (const uint8_t *)"fee"},
        {.type = CELL_DECIMAL,
         .column_type = COLUMN_NUMERIC,
         .scale = 2,
         .len = 2,
         .p = (const uint8_t *)"\x30\x39"},
    };
    struct values v;
    values_open(&v, COLUMN_JSONB);
    const struct cell cell = {.type = CELL_NESTED, .len = COUNT_OF(tape), .tape = tape};
    values_put(&v, &cell,
               "{\"city\": \"Suhar\\\"\", \"ids\": [9223372036854775807, null], \"fee\": 123.45}");
    values_close(&v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decimals_are_exact_at_any_size),
        cmocka_unit_test(dates_reach_both_ends),
        cmocka_unit_test(times_reach_both_ends),
        cmocka_unit_test(numbers_and_booleans),
        cmocka_unit_test(texts_are_verbatim),
        cmocka_unit_test(nested_values_are_jsonb),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
