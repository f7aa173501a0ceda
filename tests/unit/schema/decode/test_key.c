/* SPDX-License-Identifier: Apache-2.0
 * tests/unit/schema/decode/test_key.c - keys in every format, and what is no key. */
#include "decode_help.h"

#include "schema/decode/key.h"

/* A key has the name of the field, not that of its column. */
#define COL(n, t)                                                                                  \
    {                                                                                              \
        .name = "column_" n, .field = n, .type = (t)                                               \
    }

static const struct column text_key[] = {COL("k", COLUMN_TEXT)};
static const struct column bigint_key[] = {COL("k", COLUMN_BIGINT)};
static const struct column date_key[] = {COL("k", COLUMN_DATE)};
static const struct column uuid_key[] = {COL("k", COLUMN_UUID)};
static const struct column bytea_key[] = {COL("k", COLUMN_BYTEA)};
static const struct column two_keys[] = {COL("a", COLUMN_BIGINT), COL("b", COLUMN_TEXT)};

static const char uuid_text[] = "11111111-2222-3333-4444-5555555555fA";

struct key {
    struct arena arena;
    struct cell cells[2];
    struct err err;
    struct buf json;
};

static int read_key(struct key *key, enum sch_key_format format, const struct column *columns,
                    size_t count, const void *bytes, size_t len)
{
    *key = (struct key){.err = ERR_INIT};
    uint8_t *copy = malloc(len > 0 ? len : 1);
    if (bytes != NULL) {
        memcpy(copy, bytes, len);
    }
    int rc = sch_key_read(format, columns, count, bytes != NULL ? copy : NULL, len, &key->arena,
                          key->cells, &key->err);
    for (size_t i = 0; rc == 0 && i < count; i++) {
        buf_put_str(&key->json, i > 0 ? " " : "");
        cell_print_json(&key->json, &key->cells[i], columns[i].type);
    }
    free(copy);
    return rc;
}

static void close_key(struct key *key)
{
    arena_fini(&key->arena);
    buf_fini(&key->json);
}

static void expect_key(enum sch_key_format format, const struct column *columns, size_t count,
                       const void *bytes, size_t len, const char *json)
{
    struct key key;
    if (read_key(&key, format, columns, count, bytes, len) != 0) {
        fail_msg("refused: %s", key.err.text);
    }
    assert_string_equal(buf_cstr(&key.json), json);
    close_key(&key);
}

static void expect_no_key(enum sch_key_format format, const struct column *columns, size_t count,
                          const void *bytes, size_t len, enum err_code code)
{
    struct key key;
    if (read_key(&key, format, columns, count, bytes, len) == 0) {
        fail_msg("\"%.*s\" was read as %s", (int)len, (const char *)bytes, buf_cstr(&key.json));
    }
    if (key.err.code != code || key.err.kind != ERR_KIND_POISON) {
        fail_msg("\"%.*s\": %s, expected %s", (int)len, (const char *)bytes,
                 err_token(key.err.code), err_token(code));
    }
    close_key(&key);
}

#define TEXT(columns, text, json) expect_key(SCH_KEY_TEXT, columns, 1, text, strlen(text), json)
#define NO_TEXT(columns, text, code)                                                               \
    expect_no_key(SCH_KEY_TEXT, columns, 1, text, strlen(text), code)
#define JSON(columns, text, json)                                                                  \
    expect_key(SCH_KEY_JSON, columns, COUNT_OF(columns), text, strlen(text), json)
#define NO_JSON(columns, text, code)                                                               \
    expect_no_key(SCH_KEY_JSON, columns, COUNT_OF(columns), text, strlen(text), code)

static void text_is_read_in_the_columns_notation(void **state)
{
    (void)state;
    TEXT(text_key, "سالم 1", "\"سالم 1\"");
    TEXT(text_key, "", "\"\"");
    TEXT(bigint_key, "0", "0");
    TEXT(bigint_key, "-0012", "-12");
    TEXT(bigint_key, "9223372036854775807", "9223372036854775807");
    TEXT(bigint_key, "-9223372036854775808", "-9223372036854775808");
    TEXT(bigint_key, "00000000000000000000000000001", "1");
    TEXT(date_key, "1970-01-01", "\"1970-01-01\"");
    TEXT(date_key, "2024-02-29", "\"2024-02-29\"");
    TEXT(date_key, "2000-02-29", "\"2000-02-29\"");
    TEXT(date_key, "0001-01-01", "\"0001-01-01\"");
    TEXT(date_key, "9999-12-31", "\"9999-12-31\"");
    TEXT(uuid_key, uuid_text, "\"11111111-2222-3333-4444-5555555555fa\"");
    expect_key(SCH_KEY_AUTO, text_key, 1, "a", 1, "\"a\"");
}

static void text_in_another_notation_is_refused(void **state)
{
    (void)state;
    const char *const numbers[] = {"", "-", "+1", " 1", "1 ", "1.0", "0x1", "1e3", "١"};
    for (size_t i = 0; i < COUNT_OF(numbers); i++) {
        NO_TEXT(bigint_key, numbers[i], ERR_KEY_FORMAT);
    }
    NO_TEXT(bigint_key, "9223372036854775808", ERR_BAD_NUMBER);
    NO_TEXT(bigint_key, "-9223372036854775809", ERR_BAD_NUMBER);
    NO_TEXT(bigint_key, "99999999999999999999999", ERR_BAD_NUMBER);
    const char *const dates[] = {"",         "2024-1-1",         "2024/01/01",
                                 "20240101", "2024-01-01T00:00", "-024-01-01"};
    for (size_t i = 0; i < COUNT_OF(dates); i++) {
        NO_TEXT(date_key, dates[i], ERR_KEY_FORMAT);
    }
    const char *const days[] = {"2023-02-29", "1900-02-29", "2024-04-31", "2024-00-01",
                                "2024-13-01", "2024-01-00", "0000-01-01"};
    for (size_t i = 0; i < COUNT_OF(days); i++) {
        NO_TEXT(date_key, days[i], ERR_BAD_TIME);
    }
    NO_TEXT(uuid_key, "11111111222233334444555555555555", ERR_BAD_UUID);
    NO_TEXT(uuid_key, "", ERR_BAD_UUID);
    NO_TEXT(text_key, "\xff", ERR_BAD_TEXT);
    expect_no_key(SCH_KEY_TEXT, text_key, 1, "a\0b", 3, ERR_BAD_TEXT);
    NO_TEXT(bytea_key, "00", ERR_KEY_FORMAT);
}

static void every_day_is_counted_as_it_is_printed(void **state)
{
    (void)state;
    for (int64_t day = -719162; day <= 2932896; day += 37) { /* 0001-01-01 to 9999-12-31 */
        struct cell cell = {.type = CELL_I64, .i = day};
        struct buf text = BUF_INIT;
        struct key key;
        cell_print_json(&text, &cell, COLUMN_DATE);
        assert_int_equal(text.len, 12);
        assert_int_equal(read_key(&key, SCH_KEY_TEXT, date_key, 1, text.data + 1, 10), 0);
        assert_int_equal(key.cells[0].i, day);
        close_key(&key);
        buf_fini(&text);
    }
}

static void a_missing_key_is_named_so(void **state)
{
    (void)state;
    const enum sch_key_format formats[] = {SCH_KEY_AUTO, SCH_KEY_TEXT, SCH_KEY_JSON, SCH_KEY_LONG};
    for (size_t i = 0; i < COUNT_OF(formats); i++) {
        expect_no_key(formats[i], bigint_key, 1, NULL, 0, ERR_MISSING_KEY);
    }
}

static void a_long_is_eight_bytes(void **state)
{
    (void)state;
    expect_key(SCH_KEY_LONG, bigint_key, 1, "\0\0\0\0\0\0\1\2", 8, "258");
    expect_key(SCH_KEY_LONG, bigint_key, 1, "\xff\xff\xff\xff\xff\xff\xff\xff", 8, "-1");
    expect_no_key(SCH_KEY_LONG, bigint_key, 1, "\0\0\0\0\0\0\1", 7, ERR_KEY_FORMAT);
    expect_no_key(SCH_KEY_LONG, bigint_key, 1, "\0\0\0\0\0\0\0\0\1", 9, ERR_KEY_FORMAT);
    expect_no_key(SCH_KEY_LONG, text_key, 1, "\0\0\0\0\0\0\0\1", 8, ERR_KEY_FORMAT);
}

static void an_int_is_four_bytes(void **state)
{
    (void)state;
    expect_key(SCH_KEY_INT, bigint_key, 1, "\0\0\1\2", 4, "258");
    expect_key(SCH_KEY_INT, bigint_key, 1, "\xff\xff\xff\xfe", 4, "-2");
    expect_key(SCH_KEY_INT, bigint_key, 1, "\x80\0\0\0", 4, "-2147483648");
    expect_no_key(SCH_KEY_INT, bigint_key, 1, "\0\0\1", 3, ERR_KEY_FORMAT);
    expect_no_key(SCH_KEY_INT, bigint_key, 1, "\0\0\0\0\0\0\0\1", 8, ERR_KEY_FORMAT);
    expect_no_key(SCH_KEY_INT, text_key, 1, "\0\0\0\1", 4, ERR_KEY_FORMAT);
}

static void json_is_a_scalar_or_exactly_the_key_fields(void **state)
{
    (void)state;
    JSON(bigint_key, " 5 ", "5");
    JSON(bigint_key, "{\"k\":-9223372036854775808}", "-9223372036854775808");
    JSON(text_key, "\"a\\\"{[\\\\\"", "\"a\\\"{[\\\\\"");
    JSON(date_key, "\"2024-02-29\"", "\"2024-02-29\"");
    JSON(bytea_key, "\"00fFa0\"", "\"AP+g\"");
    JSON(two_keys, "{\"b\":\"x\",\"a\":1}", "1 \"x\"");
    NO_JSON(two_keys, "{\"a\":1}", ERR_KEY_FORMAT);
    NO_JSON(two_keys, "{\"a\":1,\"c\":\"x\"}", ERR_KEY_FORMAT);
    NO_JSON(two_keys, "{\"a\":1,\"b\":\"x\",\"c\":1}", ERR_KEY_FORMAT);
    NO_JSON(two_keys, "{\"a\":1,\"b\":null}", ERR_MISSING_KEY);
    NO_JSON(two_keys, "1", ERR_KEY_FORMAT);
    NO_JSON(bigint_key, "null", ERR_MISSING_KEY);
    NO_JSON(bigint_key, "1.0", ERR_KEY_FORMAT);
    NO_JSON(bigint_key, "\"1\"", ERR_KEY_FORMAT);
    NO_JSON(bigint_key, "true", ERR_KEY_FORMAT);
    NO_JSON(bigint_key, "", ERR_KEY_FORMAT);
    NO_JSON(bigint_key, "1 2", ERR_KEY_FORMAT);
    NO_JSON(text_key, "1", ERR_KEY_FORMAT);
    NO_JSON(text_key, "[\"a\"]", ERR_KEY_FORMAT);
    NO_JSON(bytea_key, "\"0\"", ERR_KEY_FORMAT);
    NO_JSON(bytea_key, "\"0g\"", ERR_KEY_FORMAT);
    NO_JSON(uuid_key, "\"x\"", ERR_BAD_UUID);
}

static void hostile_json_is_refused(void **state)
{
    (void)state;
    NO_JSON(bigint_key, "{\"k\":1,\"k\":2}", ERR_KEY_FORMAT);
    NO_JSON(bigint_key, "9223372036854775808", ERR_BAD_NUMBER);
    NO_JSON(bigint_key, "-9223372036854775809", ERR_BAD_NUMBER);
    NO_JSON(text_key, "\"a\\u0000b\"", ERR_BAD_TEXT);
    NO_JSON(text_key, "\"\xff\"", ERR_BAD_TEXT);
    NO_JSON(text_key, "{\"k\":{\"k\":\"a\"}}", ERR_KEY_FORMAT);
    char deep[4001];
    memset(deep, '[', sizeof(deep) - 1);
    deep[sizeof(deep) - 1] = '\0';
    NO_JSON(text_key, deep, ERR_KEY_FORMAT);
    deep[17] = '\0';
    NO_JSON(text_key, deep, ERR_KEY_FORMAT);
    static char longer[70000];
    memset(longer, ' ', sizeof(longer) - 1);
    longer[0] = '1';
    NO_JSON(bigint_key, longer, ERR_KEY_TOO_LONG);
    longer[64 * 1024] = '\0';
    JSON(bigint_key, longer, "1");
}

/* As Kafka Connect's JsonConverter writes keys by default. */
#define STRUCT(fields)            "{\"type\":\"struct\",\"optional\":false,\"fields\":[" fields "]}"
#define ENVELOPE(schema, payload) "{\"schema\":" schema ",\"payload\":" payload "}"

static void the_payload_of_connects_envelope_is_the_key(void **state)
{
    (void)state;
    static const char fields[] = "{\"type\":\"int64\",\"optional\":false,\"field\":\"k\"}";
    char text[512];
    snprintf(text, sizeof(text), ENVELOPE(STRUCT("%s"), "{\"k\":5}"), fields);
    JSON(bigint_key, text, "5");
    JSON(text_key, ENVELOPE("{\"type\":\"string\",\"optional\":false}", "\"a\""), "\"a\"");
    JSON(text_key, ENVELOPE("null", "\"a\""), "\"a\"");
    JSON(two_keys, ENVELOPE(STRUCT(""), "{\"a\":1,\"b\":\"x\"}"), "1 \"x\"");
    /* Connect's own notation of what JSON has none for. */
    JSON(date_key, ENVELOPE("{\"name\":\"org.apache.kafka.connect.data.Date\"}", "1"),
         "\"1970-01-02\"");
    JSON(bytea_key, ENVELOPE("{\"type\":\"bytes\"}", "\"AP+g\""), "\"AP+g\"");
    NO_JSON(date_key, ENVELOPE("null", "99999999999"), ERR_BAD_TIME);
    NO_JSON(bytea_key, ENVELOPE("null", "\"0g?\""), ERR_KEY_FORMAT);
    NO_JSON(text_key, ENVELOPE("null", "null"), ERR_MISSING_KEY);
    NO_JSON(text_key, ENVELOPE("null", "{\"x\":1}"), ERR_KEY_FORMAT);
    NO_JSON(text_key, "{\"payload\":\"a\"}", ERR_KEY_FORMAT);
    NO_JSON(date_key, "1", ERR_KEY_FORMAT); /* without the envelope a date is its text */
}

static void key_fields_may_be_named_as_the_envelope_is(void **state)
{
    (void)state;
    static const struct column both[] = {COL("schema", COLUMN_TEXT), COL("payload", COLUMN_BIGINT)};
    JSON(both, "{\"schema\":\"s\",\"payload\":7}", "\"s\" 7");
}

static void a_composite_key_cannot_be_text_or_long(void **state)
{
    (void)state;
    expect_no_key(SCH_KEY_TEXT, two_keys, 2, "1", 1, ERR_KEY_FORMAT);
    expect_no_key(SCH_KEY_AUTO, two_keys, 2, "1", 1, ERR_KEY_FORMAT);
    expect_no_key(SCH_KEY_LONG, two_keys, 2, "\0\0\0\0\0\0\0\1", 8, ERR_KEY_FORMAT);
    expect_no_key(SCH_KEY_AVRO, bigint_key, 1, "1", 1, ERR_KEY_FORMAT);
}

static struct sch_plan *compile(const char *quoted, const struct column *columns, size_t count,
                                struct err *err)
{
    struct sch_schema *schema = schema_of(quoted);
    err_reset(err);
    struct sch_plan *plan = sch_key_plan_compile(schema, columns, count, err);
    sch_schema_unref(&schema);
    return plan;
}

static void expect_avro(const char *schema, const struct column *columns, size_t count,
                        const char *hex, const char *json, enum err_code code, const char *path)
{
    struct err err;
    struct arena arena = ARENA_INIT;
    struct cell cells[2];
    uint8_t bytes[128];
    struct buf out = BUF_INIT;
    size_t len = hex_to(hex, bytes, sizeof(bytes));
    struct sch_plan *plan = compile(schema, columns, count, &err);
    if (plan == NULL) {
        fail_msg("%s: %s", schema, err.text);
    }
    int rc = sch_decode(plan, bytes, len, &arena, cells, &err);
    if (json != NULL) {
        assert_int_equal(rc, 0);
        for (size_t i = 0; i < count; i++) {
            buf_put_str(&out, i > 0 ? " " : "");
            cell_print_json(&out, &cells[i], columns[i].type);
        }
        assert_string_equal(buf_cstr(&out), json);
    } else {
        assert_int_equal(rc, -1);
        assert_int_equal(err.code, code);
        assert_string_equal(err.path, path);
    }
    buf_fini(&out);
    arena_fini(&arena);
    sch_plan_free(&plan);
}

static void an_avro_key_is_a_primitive_or_a_record(void **state)
{
    (void)state;
    expect_avro("'string'", text_key, 1, "02 61", "\"a\"", 0, NULL);
    expect_avro("'long'", bigint_key, 1, "05", "-3", 0, NULL);
    expect_avro("'int'", bigint_key, 1, "05", "-3", 0, NULL);
    expect_avro(LOGICAL("int", "date"), date_key, 1, "02", "\"1970-01-02\"", 0, NULL);
    expect_avro("'bytes'", bytea_key, 1, "02 ff", "\"/w==\"", 0, NULL);
    expect_avro("{'type':'fixed','name':'X','size':1}", bytea_key, 1, "ff", "\"/w==\"", 0, NULL);
    expect_avro("{'type':'enum','name':'E','symbols':['A','B']}", text_key, 1, "02", "\"B\"", 0,
                NULL);
    expect_avro("{'type':'record','name':'K','fields':[{'name':'b','type':'string'},{'name':'a','"
                "type':'int'}]}",
                two_keys, 2, "02 61 04", "2 \"a\"", 0, NULL);
    expect_avro("{'type':'record','name':'K','fields':[{'name':'k','type':['null','long']}]}",
                bigint_key, 1, "02 04", "2", 0, NULL);
}

/* The caller refuses a key that is null. */
static void a_null_key_field_is_a_null_cell(void **state)
{
    (void)state;
    expect_avro("['null','string']", text_key, 1, "00", "null", 0, NULL);
    expect_avro("{'type':'record','name':'K','fields':[{'name':'k','type':['null','long']}]}",
                bigint_key, 1, "00", "null", 0, NULL);
}

static void bad_avro_keys_have_reasons(void **state)
{
    (void)state;
    expect_avro("'string'", text_key, 1, "02", NULL, ERR_TRUNCATED, "");
    expect_avro("'string'", text_key, 1, "02 61 00", NULL, ERR_TRAILING_BYTES, "");
    expect_avro("'string'", uuid_key, 1, "02 61", NULL, ERR_BAD_UUID, "");
    expect_avro("'bytes'", bytea_key, 1, "02", NULL, ERR_TRUNCATED, "");
}

static void key_structures_that_do_not_fit_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *schema;
        const struct column *columns;
        size_t count;
    } rows[] = {
        {"'string'", bigint_key, 1},
        {"'long'", text_key, 1},
        {"'long'", date_key, 1},
        {"'long'", two_keys, 2},
        {"'double'", bigint_key, 1},
        {"'bytes'", text_key, 1},
        {"'null'", text_key, 1},
        {"{'type':'array','items':'int'}", text_key, 1},
        {"{'type':'record','name':'K','fields':[{'name':'x','type':'long'}]}", bigint_key, 1},
        {"{'type':'record','name':'K','fields':[{'name':'k','type':'long'},{'name':'x','type':'"
         "long'}]}",
         bigint_key, 1},
        {"{'type':'record','name':'K','fields':[]}", bigint_key, 1},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct err err;
        struct sch_plan *plan = compile(rows[i].schema, rows[i].columns, rows[i].count, &err);
        if (plan != NULL) {
            fail_msg("row %zu compiled", i);
        }
        assert_int_equal(err.code, ERR_INCOMPATIBLE);
        assert_int_equal(err.kind, ERR_KIND_FATAL);
    }
    static const struct column double_key[] = {COL("k", COLUMN_DOUBLE)};
    struct err err;
    assert_null(compile("'double'", double_key, 1, &err));
    assert_int_equal(err.code, ERR_INCOMPATIBLE);
}

static void formats_have_names(void **state)
{
    (void)state;
    for (int i = SCH_KEY_AUTO; i <= SCH_KEY_INT; i++) {
        enum sch_key_format format;
        struct err err = ERR_INIT;
        assert_int_equal(
            sch_key_format_parse(sch_key_format_name((enum sch_key_format)i), &format, &err), 0);
        assert_int_equal(format, i);
        assert_int_equal(sch_key_format_parse("xml", &format, &err), -1);
        assert_int_equal(err.kind, ERR_KIND_FATAL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_is_read_in_the_columns_notation),
        cmocka_unit_test(text_in_another_notation_is_refused),
        cmocka_unit_test(every_day_is_counted_as_it_is_printed),
        cmocka_unit_test(a_missing_key_is_named_so),
        cmocka_unit_test(a_long_is_eight_bytes),
        cmocka_unit_test(an_int_is_four_bytes),
        cmocka_unit_test(json_is_a_scalar_or_exactly_the_key_fields),
        cmocka_unit_test(hostile_json_is_refused),
        cmocka_unit_test(the_payload_of_connects_envelope_is_the_key),
        cmocka_unit_test(key_fields_may_be_named_as_the_envelope_is),
        cmocka_unit_test(a_composite_key_cannot_be_text_or_long),
        cmocka_unit_test(an_avro_key_is_a_primitive_or_a_record),
        cmocka_unit_test(a_null_key_field_is_a_null_cell),
        cmocka_unit_test(bad_avro_keys_have_reasons),
        cmocka_unit_test(key_structures_that_do_not_fit_are_refused),
        cmocka_unit_test(formats_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
